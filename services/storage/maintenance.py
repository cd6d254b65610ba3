"""Care for etcd's members: compaction, so that history does not fill the disk, and health.

Per member, rare, and not on the data path: this goes through etcd's JSON gateway with `etcd3-py`, which knows the whole
maintenance API. Imported only by who maintains (the import is slow).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp
import semantic_version  # type: ignore[import-untyped]
from etcd3 import AioClient
from etcd3.baseclient import BaseClient
from etcd3.errors import ErrCompacted, Etcd3Exception

from services.foundation import log
from services.foundation.tls import Identity, client_context
from services.storage.store import Readable, StoreUnavailable

logger = log.get(__name__)

_GATEWAY = "3.4.0"  # the oldest etcd we run on; from here on the gateway's API is the same
_DEADLINE = 10.0  # seconds


class Health(NamedTuple):
    """`problem` is "" for a healthy member; `size` is its database in bytes."""

    endpoint: str
    problem: str
    version: str = ""
    size: int = 0
    leads: bool = False


async def compact_periodically(
    reader: Readable, endpoints: Sequence[str], identity: Identity | None = None, interval: float = 300.0
) -> None:
    """Every `interval` seconds forgets what was already history an interval ago; runs until cancelled.

    Several processes may do so at once: compacting what is compacted is no error, and no revision goes younger than
    one interval.
    """
    history = 0
    while True:
        try:
            if history:
                await compact(endpoints, history, identity)
                logger.info("store compacted", revision=history)
            history = await reader.revision()
        except StoreUnavailable as error:
            logger.warning("store not compacted", error=str(error))
        await asyncio.sleep(interval)


async def compact(endpoints: Sequence[str], revision: int, identity: Identity | None = None) -> None:
    """Forgets everything before `revision` in the whole cluster; raises StoreUnavailable when no member answers."""
    problems = []
    for endpoint in endpoints:
        try:
            async with _Client(endpoint, identity) as client, asyncio.timeout(_DEADLINE):
                await client.compact(revision)
                return
        except ErrCompacted:
            return
        except (Etcd3Exception, aiohttp.ClientError, TimeoutError, OSError) as error:
            problems.append(f"{endpoint}: {error!r}")
    raise StoreUnavailable("; ".join(problems))


async def health(endpoints: Sequence[str], identity: Identity | None = None) -> list[Health]:
    """How each member is, in the order of the endpoints."""
    return list(await asyncio.gather(*(_health(endpoint, identity) for endpoint in endpoints)))


async def _health(endpoint: str, identity: Identity | None) -> Health:
    try:
        async with _Client(endpoint, identity) as client, asyncio.timeout(_DEADLINE):
            status = await client.status()
            alarms = (await client.alarm(0)).alarms or ()
    except (Etcd3Exception, aiohttp.ClientError, TimeoutError, OSError) as error:
        return Health(endpoint, repr(error))
    raised = ", ".join(str(alarm.alarm) for alarm in alarms)
    member = status.header.member_id
    problem = f"alarm: {raised}" if raised else "" if status.leader else "the member knows no leader"
    return Health(endpoint, problem, status.version, int(status.dbSize or 0), member == status.leader)


class _Client(AioClient):  # type: ignore[misc]
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
