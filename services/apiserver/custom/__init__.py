"""Custom resources served: definitions become kinds while the process runs, and their objects go with them."""
