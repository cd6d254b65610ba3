"""Streams between users and pods: logs, exec, attach, port-forward, and the tunnels to the nodes that carry them."""
