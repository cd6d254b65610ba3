"""Reading and writing the cluster: informers, workqueue, and the gRPC SDK for users."""
