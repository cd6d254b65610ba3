"""The apiserver: the only writer of the store, behind REST and gRPC."""
