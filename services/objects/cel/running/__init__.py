"""From typed trees to Python functions, and the values that these work on."""
