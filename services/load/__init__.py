"""The load generator: measures any Kubernetes API."""
