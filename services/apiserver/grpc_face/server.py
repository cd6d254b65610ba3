"""The gRPC server: two ports (certificates, tokens), the services, health checking and reflection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from services.apiserver.filters.authentication import Authenticator
from services.apiserver.grpc_face.callers import Callers
from services.apiserver.grpc_face.nodes import Nodes
from services.apiserver.grpc_face.reporting import Reporting
from services.apiserver.grpc_face.resources import Resources
from services.apiserver.grpc_face.scheduling import Scheduling
from services.apiserver.handlers.api import Api
from services.apiserver.streams.nodes import NodeSessions
from services.foundation import log, tls
from services.rpc.pinnace.v1 import (
    node_pb2,
    node_pb2_grpc,
    resources_pb2,
    resources_pb2_grpc,
    scheduling_pb2,
    scheduling_pb2_grpc,
)

logger = log.get(__name__)

DRAIN = 1.0  # seconds unary calls may still take when the server stops; streams are cut after it

OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.max_receive_message_length", 64 << 20),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_metadata_size", 1 << 20),
    ("grpc.so_reuseport", 0),
    # A dead peer is noticed within half a minute; clients may ping as often.
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
    ("grpc.http2.max_pings_without_data", 0),
)

_SERVICES = [
    descriptor.services_by_name[name]
    for descriptor, name in (
        (resources_pb2.DESCRIPTOR, "Resources"),
        (scheduling_pb2.DESCRIPTOR, "Scheduling"),
        (node_pb2.DESCRIPTOR, "Nodes"),
    )
]


class Ports(NamedTuple):
    """Where the server listens; they differ from what was asked for when that was 0."""

    certificates: int
    tokens: int


@asynccontextmanager
async def serve(
    api: Api, sessions: NodeSessions, identity: tls.Identity, authenticator: Authenticator, *, address: str = "0.0.0.0",
    port: int = 6444, token_port: int | None = None,
) -> AsyncIterator[Ports]:  # fmt: skip
    """Serves while the context is open.

    `port` takes client certificates of `identity.ca` only. `token_port` (`port` + 1 unless given) asks for no
    certificate: callers bring `authorization: Bearer ...`. Raises OSError when a port is taken.
    """
    server = grpc.aio.server(options=OPTIONS)
    callers = Callers(authenticator)
    add: Any  # generated code is untyped
    for add, servicer in (
        (resources_pb2_grpc.add_ResourcesServicer_to_server, Resources(api, callers)),
        (scheduling_pb2_grpc.add_SchedulingServicer_to_server, Scheduling(api, callers)),
        (node_pb2_grpc.add_NodesServicer_to_server, Nodes(Reporting(api), sessions, callers)),
    ):
        add(servicer, server)
    healths = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(healths, server)
    names = [service.full_name for service in _SERVICES]
    reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server)
    if token_port is None:
        token_port = port + 1 if port else 0
    ports = Ports(
        _listen(server, address, port, tls.server_credentials(identity, require_client=True)),
        _listen(server, address, token_port, tls.server_credentials(identity)),
    )
    await server.start()
    for name in ("", *names):
        await healths.set(name, health_pb2.HealthCheckResponse.SERVING)
    logger.info("gRPC server started", address=address, port=ports.certificates, token_port=ports.tokens)
    try:
        yield ports
    finally:
        await healths.enter_graceful_shutdown()
        await server.stop(DRAIN)


def _listen(server: grpc.aio.Server, address: str, port: int, credentials: grpc.ServerCredentials) -> int:
    host = f"[{address}]" if ":" in address else address
    try:
        return int(server.add_secure_port(f"{host}:{port}", credentials))
    except RuntimeError as error:
        raise OSError(f"the gRPC server cannot listen on {host}:{port}: {error}") from error
