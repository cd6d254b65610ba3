"""The REST face: HTTP in, handlers, HTTP out."""
