"""Doors to a part of an object, each with rules of its own: binding, eviction, scale, token."""
