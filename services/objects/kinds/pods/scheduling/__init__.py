"""The rules of where a pod may go."""
