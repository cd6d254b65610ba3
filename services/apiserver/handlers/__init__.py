"""What the API does, whichever face it is asked through."""
