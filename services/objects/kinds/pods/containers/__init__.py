"""The rules of a pod's containers."""
