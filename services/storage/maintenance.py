"""Care for etcd's members: compaction, so that history does not fill the disk, and health.

Per member, rare, and not on the data path: this goes through etcd's JSON gateway with `etcd3-py`, which knows the whole
maintenance API. That library is imported when first used (see gateway): it costs 70 ms and 14 MB.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from services.foundation import log
from services.foundation.tls import Identity
from services.storage.store import Readable, StoreUnavailable

logger = log.get(__name__)

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
    from services.storage import gateway

    problems = []
    for endpoint in endpoints:
        try:
            async with gateway.Client(endpoint, identity) as client, asyncio.timeout(_DEADLINE):
                await client.compact(revision)
                return
        except gateway.AlreadyCompacted:
            return
        except gateway.ERRORS as error:
            problems.append(f"{endpoint}: {error!r}")
    raise StoreUnavailable("; ".join(problems))


async def health(endpoints: Sequence[str], identity: Identity | None = None) -> list[Health]:
    """How each member is, in the order of the endpoints."""
    return list(await asyncio.gather(*(_health(endpoint, identity) for endpoint in endpoints)))


async def _health(endpoint: str, identity: Identity | None) -> Health:
    from services.storage import gateway

    try:
        async with gateway.Client(endpoint, identity) as client, asyncio.timeout(_DEADLINE):
            status = await client.status()
            alarms = (await client.alarm(0)).alarms or ()
    except gateway.ERRORS as error:
        return Health(endpoint, repr(error))
    raised = ", ".join(str(alarm.alarm) for alarm in alarms)
    member = status.header.member_id
    problem = f"alarm: {raised}" if raised else "" if status.leader else "the member knows no leader"
    return Health(endpoint, problem, status.version, int(status.dbSize or 0), member == status.leader)
