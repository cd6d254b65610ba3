"""What a schema has against an object: values, formats, duplicates in lists, rules."""
