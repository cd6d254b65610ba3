"""Slices: what devices there are, and how much of what each has."""
