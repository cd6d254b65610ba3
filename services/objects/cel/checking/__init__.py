"""From trees to typed trees, and the functions that calls resolve to."""
