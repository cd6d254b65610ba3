"""Devices for pods: which fit a request, and who gets which."""
