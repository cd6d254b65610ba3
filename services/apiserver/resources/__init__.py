"""What the writes of some kinds do outside the object: addresses and ports of Services."""
