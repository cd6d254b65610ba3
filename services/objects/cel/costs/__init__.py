"""What running costs, and what it may cost at most: Kubernetes' units, and a bound on what they do not see."""
