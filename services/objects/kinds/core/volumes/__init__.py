"""Volumes that outlive pods, and the claims on them."""
