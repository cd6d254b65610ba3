"""Load on any Kubernetes API, and what it measures. It is a client like any other and imports nothing of the server."""
