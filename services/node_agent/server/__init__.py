"""The agent's own HTTP server, reached through tunnels: logs, exec, attach."""
