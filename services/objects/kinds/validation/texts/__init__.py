"""What one text must look like: an address, a path, a name with a domain, a share of a whole."""
