"""What may change of a pod that is made: itself, its status, its resources, its ephemeral containers."""
