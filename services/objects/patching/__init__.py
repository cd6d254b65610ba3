"""Changing an object by a patch: JSON patch, merge patch, strategic merge."""
