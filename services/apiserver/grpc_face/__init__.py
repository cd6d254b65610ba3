"""The gRPC face: the handlers of the REST API over proto/pinnace/v1, and the sessions of node agents."""

from services.apiserver.grpc_face.server import serve

__all__ = ["serve"]
