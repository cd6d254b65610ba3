"""Connections to etcd's members: one is in use, the next takes over when it fails.

A single gRPC channel over all addresses was rejected: gRPC balances only addresses of one name, and a member that lost
its quorum looks healthy to it. Here every failed call moves everybody to the next member. A read is asked again until
its deadline; a write only while it is certain that it never left this process, else it raises StoreUnavailable with
`maybe_written`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import grpc

from services.foundation import log
from services.foundation.tls import Identity, channel_credentials
from services.objects.errors import RequestEntityTooLarge
from services.rpc.etcd import rpc_pb2_grpc
from services.storage.reader import Reader
from services.storage.store import Compacted, StoreUnavailable

logger = log.get(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5  # seconds between attempts
_READ_ATTEMPT = 3.0  # seconds until a read is asked of the next member

_OPTIONS = [
    ("grpc.max_receive_message_length", 256 << 20),
    ("grpc.max_send_message_length", 256 << 20),
    # etcd cuts off clients that ping more often than every 5 s, or without a call.
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 3_000),  # how long one attempt may take
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.use_local_subchannel_pool", 1),
]


class LeaseNotFound(Exception):
    """The lease has expired or been revoked; nothing was written."""


class Member(NamedTuple):
    """One etcd member and its stubs."""

    endpoint: str
    channel: grpc.aio.Channel
    kv: Any
    watch: Any
    lease: Any


class Channel:
    """Calls go to the member in use."""

    def __init__(self, endpoints: Sequence[str], identity: Identity | None = None) -> None:
        if not endpoints:
            raise ValueError("no etcd endpoint given")
        self._members = [_member(endpoint, identity) for endpoint in endpoints]
        self._position = 0

    @property
    def member(self) -> Member:
        return self._members[self._position]

    def failed(self, member: Member) -> None:
        """Moves on to the next member, unless somebody did already."""
        if member is self.member and len(self._members) > 1:
            self._position = (self._position + 1) % len(self._members)
            logger.info("etcd member failed, trying the next", failed=member.endpoint, next=self.member.endpoint)

    async def read(self, method: Callable[[Member], Any], request: Any, timeout: float) -> Any:
        """Asks until there is an answer; raises StoreUnavailable, Compacted."""
        return await self._call(method, request, timeout, min(timeout, _READ_ATTEMPT), repeatable=True)

    async def write(self, method: Callable[[Member], Any], request: Any, timeout: float) -> Any:
        """Is done at most once; raises StoreUnavailable, LeaseNotFound, RequestEntityTooLarge."""
        return await self._call(method, request, timeout, timeout, repeatable=False)

    async def _call(
        self, method: Callable[[Member], Any], request: Any, timeout: float, patience: float, *, repeatable: bool
    ) -> Any:
        now = asyncio.get_running_loop().time
        deadline = now() + timeout
        pause = _FIRST_PAUSE
        while True:
            member = self.member
            try:
                return await method(member)(request, timeout=max(min(patience, deadline - now()), 0.001))
            except grpc.aio.AioRpcError as error:
                _raise_if_final(error)
                unsent = is_unsent(error)
                if not repeatable and not unsent:
                    self.failed(member)
                    raise StoreUnavailable(describe(member, error), maybe_written=True) from error
                if now() + pause >= deadline:
                    raise StoreUnavailable(describe(member, error)) from error
                self.failed(member)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def close(self) -> None:
        for member in self._members:
            await member.channel.close()


class Connection(NamedTuple):
    """What everybody but the apiserver may have: no writer (see writer.connect)."""

    reader: Reader
    channel: Channel


@asynccontextmanager
async def connect(endpoints: Sequence[str], identity: Identity | None = None) -> AsyncIterator[Connection]:
    """For readers and elections; returns at once, whether or not etcd is there."""
    channel = Channel(endpoints, identity)
    reader = Reader(channel)
    try:
        yield Connection(reader, channel)
    finally:
        await reader.close()
        await channel.close()


def is_unsent(error: grpc.aio.AioRpcError) -> bool:
    """Whether the call certainly had no effect: it found no connection, or etcd turned it away at the door."""
    details = error.details() or ""
    if error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED:
        return "too many requests" in details
    return error.code() == grpc.StatusCode.UNAVAILABLE and (
        details.startswith(("failed to connect to all addresses", "connections to all backends failing",
                            "DNS resolution failed")) or "etcdserver: no leader" in details)  # fmt: skip


def describe(member: Member, error: grpc.aio.AioRpcError) -> str:
    return f"etcd at {member.endpoint}: {error.code().name}: {error.details()}"


def _raise_if_final(error: grpc.aio.AioRpcError) -> None:
    """Answers that another attempt would not change."""
    code, details = error.code(), error.details() or ""
    if code == grpc.StatusCode.OUT_OF_RANGE:  # compacted, or ahead of a store that was restored from a backup
        raise Compacted(0) from error
    if code == grpc.StatusCode.NOT_FOUND and "lease" in details:
        raise LeaseNotFound(details) from error
    if "request is too large" in details or "message larger than max" in details:
        raise RequestEntityTooLarge("the object is larger than the store takes") from error
    if code == grpc.StatusCode.RESOURCE_EXHAUSTED and "database space exceeded" in details:
        raise StoreUnavailable("etcd has no space left: its quota is used up") from error
    if code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED,
                grpc.StatusCode.UNIMPLEMENTED):  # fmt: skip
        raise StoreUnavailable(f"etcd refused: {code.name}: {details}") from error


def _member(endpoint: str, identity: Identity | None) -> Member:
    parts = urlsplit(endpoint if "://" in endpoint else f"http://{endpoint}")
    if parts.scheme == "https":
        if identity is None:
            raise ValueError(f"{endpoint} needs a certificate, a key and a CA")
        channel = grpc.aio.secure_channel(parts.netloc, channel_credentials(identity), options=_OPTIONS)
    elif parts.scheme == "http":
        channel = grpc.aio.insecure_channel(parts.netloc, options=_OPTIONS)
    else:
        raise ValueError(f"{endpoint} is not an http or https URL")
    stubs: Any = rpc_pb2_grpc
    return Member(endpoint, channel, stubs.KVStub(channel), stubs.WatchStub(channel), stubs.LeaseStub(channel))
