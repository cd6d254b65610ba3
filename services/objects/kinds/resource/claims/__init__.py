"""Claims of devices, their templates, what they ask for and what they were given."""
