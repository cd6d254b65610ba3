"""The skeleton every process stands on: settings, logs, TLS, clock, lifecycle, health, metrics."""
