"""The node-agent: runs the pods of one node on its Docker Engine."""
