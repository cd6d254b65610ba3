"""Sets of fields, in the form of managedFields: the elements of paths, and the algebra of sets."""
