"""Leases for objects that expire: shared by writes of about the same moment.

A lease per object was rejected: each is a write of its own, and etcd walks all of them. One lease serves the writes of
the same lifetime for a while, and so outlives the first of them by that while.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from services.rpc.etcd import rpc_pb2
from services.storage.channel import Channel

_SHARED_FOR = 60  # seconds, at most a tenth of the lifetime
# An expiry deletes all keys of a lease in one revision, which has places for 254 deletions (see codec).
_KEYS = 200


@dataclass(slots=True)
class _Bucket:
    lease: int
    until: float
    keys: int = 0


class Leases:
    def __init__(self, channel: Channel, deadline: float) -> None:
        self._channel = channel
        self._deadline = deadline
        self._buckets: dict[int, _Bucket] = {}

    async def take(self, ttl: int) -> int:
        """A lease that lives `ttl` seconds or a little longer, for one key; raises StoreUnavailable."""
        now = asyncio.get_running_loop().time()
        bucket = self._buckets.get(ttl)
        if bucket is None or bucket.until < now or bucket.keys >= _KEYS:
            shared_for = min(_SHARED_FOR, ttl // 10)
            request = rpc_pb2.LeaseGrantRequest(TTL=ttl + shared_for)
            # A lease granted twice is harmless: the other one expires unused.
            response = await self._channel.read(lambda member: member.lease.LeaseGrant, request, self._deadline)
            bucket = self._buckets[ttl] = _Bucket(response.ID, now + shared_for)
        bucket.keys += 1
        return bucket.lease

    def forget(self) -> None:
        """Grants new leases from now on."""
        self._buckets.clear()
