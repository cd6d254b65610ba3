"""Forms of objects on the wire other than JSON."""
