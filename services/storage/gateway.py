"""`etcd3-py`'s client for one member's JSON gateway. Imported when first needed: it drags in a lot."""

from __future__ import annotations

from urllib.parse import urlsplit

import aiohttp
import semantic_version  # type: ignore[import-untyped]
from etcd3 import AioClient
from etcd3.baseclient import BaseClient
from etcd3.errors import ErrCompacted, Etcd3Exception

from services.foundation.tls import Identity, client_context

_GATEWAY = "3.4.0"  # the oldest etcd we run on; from here on the gateway's API is the same

ERRORS = (Etcd3Exception, aiohttp.ClientError, TimeoutError, OSError)
AlreadyCompacted = ErrCompacted


class Client(AioClient):  # type: ignore[misc]
    """etcd3-py's client, but for its constructor.

    That asks for etcd's version with a blocking request, and makes its TLS context by a deprecated way.
    """

    def __init__(self, endpoint: str, identity: Identity | None) -> None:
        parts = urlsplit(endpoint if "://" in endpoint else f"http://{endpoint}")
        BaseClient.__init__(self, parts.hostname, parts.port or 2379, parts.scheme)
        self.ssl_context = client_context(identity) if identity is not None else None
        connector = aiohttp.TCPConnector(ssl=self.ssl_context or True)
        self.session = aiohttp.ClientSession(connector=connector)

    def _retrieve_version(self) -> None:
        self.server_version = self.cluster_version = _GATEWAY
        self.server_version_sem = self.cluster_version_sem = semantic_version.Version(_GATEWAY)
