"""What the scheduler knows: nodes as columns, pods as demands on them."""
