"""One gRPC channel: credentials, limits, keepalive, deadlines, and gRPC's errors as Kubernetes' errors.

Calls fail fast when no server is there: who needs patience has a queue with backoff, and a deadline spent waiting for
a connection cannot be told from a write that may have happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import orjson

from services.foundation.tls import Identity
from services.objects import errors

STATUS_METADATA = "pinnace-status-bin"
STATUS_LIMIT = (("pinnace-status-limit", str(512 << 10)),)  # bytes of an error's Status that the channel below takes
TIMEOUT = 30.0  # seconds; the deadline of a call that was given none

CHANNEL_OPTIONS: tuple[tuple[str, int | str], ...] = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_metadata_size", 1 << 20),
    ("grpc.absolute_max_metadata_size", 1 << 20),
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 3_000),
)

_ERRORS: dict[grpc.StatusCode, type[errors.StatusError]] = {
    grpc.StatusCode.UNAVAILABLE: errors.ServiceUnavailable,
    grpc.StatusCode.CANCELLED: errors.ServiceUnavailable,  # by the server, when it stops
    grpc.StatusCode.DEADLINE_EXCEEDED: errors.Timeout,
    grpc.StatusCode.PERMISSION_DENIED: errors.Forbidden,
    grpc.StatusCode.NOT_FOUND: errors.NotFound,
    grpc.StatusCode.ALREADY_EXISTS: errors.AlreadyExists,
    grpc.StatusCode.ABORTED: errors.Conflict,
    grpc.StatusCode.INVALID_ARGUMENT: errors.BadRequest,
    grpc.StatusCode.OUT_OF_RANGE: errors.Expired,
    grpc.StatusCode.RESOURCE_EXHAUSTED: errors.TooManyRequests,
    grpc.StatusCode.UNIMPLEMENTED: errors.NotFound,
    grpc.StatusCode.UNAUTHENTICATED: errors.Unauthorized,
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """PEM bytes. Without `ca` the system's authorities are trusted; a certificate needs its key; `plaintext` (no TLS
    at all) is for tests and sidecars and excludes the rest."""

    ca: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = field(default=None, repr=False)
    server_name: str = ""  # the name the server's certificate must bear, when it is not the address
    plaintext: bool = False

    @classmethod
    def of(cls, identity: Identity) -> Credentials:
        """Reads the files of an identity."""
        return cls(identity.ca.read_bytes(), identity.certificate.read_bytes(), identity.key.read_bytes())


def channel(address: str, credentials: Credentials, options: Sequence[tuple[str, int | str]] = ()) -> grpc.aio.Channel:
    """A channel to `address`: host:port, or several ip:port with commas, of which the first that answers is used."""
    target = f"ipv4:{address}" if "," in address else address
    chosen = [*CHANNEL_OPTIONS, *options]
    if credentials.plaintext:
        return grpc.aio.insecure_channel(target, chosen)
    name = credentials.server_name or (address.split(",")[0].rpartition(":")[0] if "," in address else "")
    if name:
        chosen.append(("grpc.ssl_target_name_override", name))
    tls = grpc.ssl_channel_credentials(credentials.ca, credentials.key, credentials.certificate)
    return grpc.aio.secure_channel(target, tls, chosen)


def error_of(error: grpc.aio.AioRpcError) -> errors.StatusError:
    """The Kubernetes error behind a gRPC one: the Status in the trailing metadata, else the nearest class.

    UNAVAILABLE and DEADLINE_EXCEEDED leave it open whether a write happened.
    """
    for key, value in error.trailing_metadata() or ():
        if key == STATUS_METADATA:
            return errors.from_status(orjson.loads(value))
    cls = _ERRORS.get(error.code(), errors.InternalError)
    return cls(error.details() or error.code().name)


@contextmanager
def translated() -> Iterator[None]:
    """Raises gRPC's errors as `services.objects.errors`."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise error_of(error) from error


class Connection:
    """A channel and the token of its user; `call` makes one call with a deadline."""

    def __init__(self, channel: grpc.aio.Channel, token: str | Callable[[], str]) -> None:
        self.channel = channel
        self._token = token
        self._stubs: dict[Any, Any] = {}

    def stub(self, kind: Any) -> Any:
        """The generated stub class `kind` (untyped, as all generated code) on this channel."""
        stub = self._stubs.get(kind)
        if stub is None:
            stub = self._stubs[kind] = kind(self.channel)
        return stub

    def metadata(self) -> tuple[tuple[str, str], ...]:
        token = self._token() if callable(self._token) else self._token
        return (*STATUS_LIMIT, ("authorization", f"Bearer {token}")) if token else STATUS_LIMIT

    async def call(self, method: Any, request: Any, timeout: float | None = None) -> Any:
        """One unary call; `timeout` in seconds. Raises `services.objects.errors`."""
        with translated():
            return await method(request, timeout=TIMEOUT if timeout is None else timeout, metadata=self.metadata())
