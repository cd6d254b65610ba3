"""What pods mount, below the agent's own folder."""
