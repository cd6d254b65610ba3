"""The libraries of cel-go, at the versions that Kubernetes has."""
