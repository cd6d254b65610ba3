"""Kubernetes objects as plain dicts, and their algebra: pure code, used by every process."""
