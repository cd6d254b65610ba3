"""What a schema makes of an object, in place: without unknown fields, with defaults, embedded metadata tidied."""
