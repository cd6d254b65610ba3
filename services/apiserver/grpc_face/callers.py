"""Who calls: the subject of the client's certificate, or the bearer of a token.

A gRPC server either demands client certificates or never asks for one (there is no "optional" as in TLS), so the face
listens twice: certificates on the one port, tokens on the other. A terminator of our own in front of gRPC would make it
one port, and was rejected: every byte would pass through Python twice.
"""

from __future__ import annotations

import functools
import ssl

import grpc

from services.apiserver.filters.authentication import Authenticator
from services.apiserver.request import Caller
from services.objects.errors import Unauthorized


class Callers:
    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    async def of(self, context: grpc.aio.ServicerContext) -> Caller:
        """Raises Unauthorized for a call with neither certificate nor token."""
        pem = context.auth_context().get("x509_pem_cert")
        if pem:
            return self._authenticator.by_certificate(_der(bytes(pem[0])))
        for key, value in context.invocation_metadata() or ():
            if key == "authorization":
                return await self._authenticator.by_header(str(value))
        raise Unauthorized()


@functools.lru_cache(4096)
def _der(pem: bytes) -> bytes:
    return ssl.PEM_cert_to_DER_cert(pem.decode())
