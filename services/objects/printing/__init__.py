"""Tables: what kubectl get shows of an object."""
