"""What is decided about a write between authorization and validation, and filled in on the way."""
