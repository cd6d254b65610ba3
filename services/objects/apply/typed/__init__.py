"""What a type tells of values: what a configuration owns, what changed, how two merge, what goes."""
