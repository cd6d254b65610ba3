"""Whether a container is started, alive and ready."""
