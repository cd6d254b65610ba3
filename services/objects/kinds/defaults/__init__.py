"""What users may leave out. Everything here fills in place, twice the same as once, and expects checked objects."""
