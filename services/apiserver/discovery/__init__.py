"""What this server serves, told to clients: groups, resources, schemas, its version and its health."""
