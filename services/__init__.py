"""Pinnace: Kubernetes for plain Docker Engines, as small asynchronous services."""
