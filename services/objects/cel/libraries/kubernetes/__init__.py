"""The libraries that Kubernetes adds."""
