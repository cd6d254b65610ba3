"""Cluster DNS, answered by the agent of the node a pod lives on: no pod has to run for names to resolve."""
