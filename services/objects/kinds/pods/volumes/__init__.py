"""A pod's volumes: their defaults, their rules, and where containers mount them."""
