"""The two notations that definitions name fields in: those of rules, and JSONPath."""
