"""Who leads: one of several processes that do the same work.

A candidate puts a key of its own, bound to a lease, below `/registry/elections/<name>/`; the oldest key leads. The next
in line watches only the key before its own, so that a change of leader wakes one process. A lease alone proves nothing
to others (a paused leader wakes up believing in it): every write of a leader carries `leadership.fence`.

Whoever stands under a name for the first time ends what stood under that name before: a process that was killed and
started again does not wait for its predecessor's lease to run out. The fence makes that safe even if the predecessor
should still live; and as it does not do the same when it stands again, two processes that were given one name by
mistake end up in line, instead of taking the lead from each other for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import NamedTuple

import grpc
import orjson

from services.foundation import log
from services.rpc.etcd import rpc_pb2
from services.storage import keys, watcher
from services.storage.channel import Channel, LeaseNotFound
from services.storage.store import Compacted, Fence, StoreUnavailable

logger = log.get(__name__)

_PAUSE = 1.0  # seconds until a candidature that failed is tried again


class Leadership(NamedTuple):
    """`lost` is set when the lease can no longer be relied upon: stop at once, then leave the context."""

    fence: Fence
    lost: asyncio.Event


class _Candidature(NamedTuple):
    lease: int
    key: str
    create_revision: int
    since: float  # loop time; the lease was granted later


class Election:
    """`identity` is unique among the candidates, and best stays the same when a process is started again; `ttl` in
    seconds is how long a leader that fell silent keeps the others waiting. One Election for the life of a process."""

    def __init__(self, channel: Channel, name: str, identity: str, ttl: int = 15) -> None:
        self._channel = channel
        self._prefix = keys.election(name)
        self._name = name
        self._identity = identity
        self._ttl = ttl
        self._stood = False
        self._abandoned: list[int] = []  # leases of ours that may still live; a restarted etcd would revive them

    @asynccontextmanager
    async def lead(self) -> AsyncIterator[Leadership]:
        """Waits, for as long as it takes, until this process leads; resigns on the way out."""
        while True:
            lost = asyncio.Event()
            candidature = await self._stand()
            renewing = asyncio.create_task(self._renew(candidature, lost))
            try:
                if not await self._wait_for_turn(candidature, lost):
                    continue
                logger.info("leading", election=self._name, identity=self._identity)
                yield Leadership(Fence(candidature.key, candidature.create_revision), lost)
                return
            finally:
                renewing.cancel()
                await asyncio.gather(renewing, return_exceptions=True)
                await self._resign(candidature.lease)

    async def leader(self) -> str:
        """The identity of who leads, "" when nobody does."""
        candidates = await self._candidates()
        return candidates[0][1] if candidates else ""

    async def _candidates(self) -> list[tuple[int, str]]:
        """(lease, identity) of each, the leader first."""
        request = rpc_pb2.RangeRequest(
            key=self._prefix.encode(), range_end=keys.range_end(self._prefix),
            sort_target=rpc_pb2.RangeRequest.CREATE, sort_order=rpc_pb2.RangeRequest.ASCEND,
        )  # fmt: skip
        response = await self._channel.read(lambda member: member.kv.Range, request, self._ttl)
        return [(kv.lease, str(orjson.loads(kv.value)["identity"])) for kv in response.kvs]

    async def _predecessors(self) -> list[int]:
        """Leases of those who stand under our name."""
        return [lease for lease, identity in await self._candidates() if identity == self._identity]

    async def _stand(self) -> _Candidature:
        while True:
            try:
                return await self._try_to_stand()
            except (StoreUnavailable, LeaseNotFound) as error:
                logger.warning("cannot stand for election", election=self._name, error=str(error))
                await asyncio.sleep(_PAUSE)

    async def _try_to_stand(self) -> _Candidature:
        for lease in tuple(self._abandoned):  # not to wait behind ourselves
            await self._revoke(lease)
            self._abandoned.remove(lease)
        if not self._stood:
            for lease in await self._predecessors():
                await self._revoke(lease)
        since = asyncio.get_running_loop().time()
        grant = rpc_pb2.LeaseGrantRequest(TTL=self._ttl)
        lease = (await self._channel.read(lambda member: member.lease.LeaseGrant, grant, self._ttl)).ID
        self._abandoned.append(lease)  # until it is certain that we stand with it
        key = f"{self._prefix}{lease:016x}"
        put = rpc_pb2.PutRequest(key=key.encode(), value=orjson.dumps({"identity": self._identity}), lease=lease)
        # The key is this lease's alone, so the put may be repeated; only the first of them creates.
        missing = rpc_pb2.Compare(target=rpc_pb2.Compare.CREATE, key=key.encode(), create_revision=0)
        txn = rpc_pb2.TxnRequest(
            compare=[missing],
            success=[rpc_pb2.RequestOp(request_put=put)],
            failure=[rpc_pb2.RequestOp(request_range=rpc_pb2.RangeRequest(key=key.encode()))],
        )
        response = await self._channel.read(lambda member: member.kv.Txn, txn, self._ttl)
        self._abandoned.remove(lease)
        self._stood = True
        if response.succeeded:
            return _Candidature(lease, key, response.header.revision, since)
        return _Candidature(lease, key, response.responses[0].response_range.kvs[0].create_revision, since)

    async def _wait_for_turn(self, candidature: _Candidature, lost: asyncio.Event) -> bool:
        """True once nobody stands before us; False when the lease was lost while waiting."""
        waiting = asyncio.create_task(self._first_in_line(candidature))
        losing = asyncio.create_task(lost.wait())
        try:
            await asyncio.wait((waiting, losing), return_when=asyncio.FIRST_COMPLETED)
            return waiting.done() and await waiting and not lost.is_set()
        finally:
            for task in (waiting, losing):
                task.cancel()
            await asyncio.gather(waiting, losing, return_exceptions=True)

    async def _first_in_line(self, candidature: _Candidature) -> bool:
        """False when our own key has gone."""
        while True:
            try:
                before, revision = await self._before(candidature)
                if before is None:
                    return False
                if not before:
                    return True
                await self._gone(before, revision)
            except (StoreUnavailable, Compacted) as error:
                logger.info("election interrupted", election=self._name, reason=str(error))
                await asyncio.sleep(_PAUSE)

    async def _before(self, candidature: _Candidature) -> tuple[str | None, int]:
        """(the key next before ours, "" when we are first, None when ours is gone; the revision of the answer)."""
        request = rpc_pb2.RangeRequest(
            key=self._prefix.encode(), range_end=keys.range_end(self._prefix), keys_only=True,
            max_create_revision=candidature.create_revision,
            sort_target=rpc_pb2.RangeRequest.CREATE, sort_order=rpc_pb2.RangeRequest.DESCEND, limit=2,
        )  # fmt: skip
        response = await self._channel.read(lambda member: member.kv.Range, request, self._ttl)
        found = [kv.key.decode() for kv in response.kvs]
        if candidature.key not in found:
            return None, response.header.revision
        return (found[1] if len(found) > 1 else ""), response.header.revision

    async def _gone(self, key: str, revision: int) -> None:
        async with aclosing(watcher.watch(self._channel, revision, key)) as stream:
            async for changes in stream:
                if any(event.key == key and event.entry is None for event in changes.events):
                    return

    async def _renew(self, candidature: _Candidature, lost: asyncio.Event) -> None:
        """Renews until it fails for so long that the lease may have expired."""
        now = asyncio.get_running_loop().time
        valid_until = candidature.since + self._ttl
        while now() < valid_until:
            await asyncio.sleep(min(self._ttl / 3, max(valid_until - now(), 0)))
            asked = now()
            while now() < valid_until:
                ttl = await self._keep_alive(candidature.lease, valid_until - now())
                if ttl is not None:
                    valid_until = asked + ttl if ttl > 0 else asked
                    break
                await asyncio.sleep(min(_PAUSE / 4, max(valid_until - now(), 0)))
        logger.warning("leadership lost", election=self._name, identity=self._identity)
        lost.set()

    async def _keep_alive(self, lease: int, timeout: float) -> int | None:
        """The lease's new time to live in seconds, 0 when etcd no longer knows it, None without an answer."""
        member = self._channel.member
        call = member.lease.LeaseKeepAlive()
        try:
            async with asyncio.timeout(min(timeout, self._ttl / 3)):
                await call.write(rpc_pb2.LeaseKeepAliveRequest(ID=lease))
                response = await call.read()
                return None if response is grpc.aio.EOF else int(response.TTL)
        except (grpc.aio.AioRpcError, TimeoutError, asyncio.InvalidStateError) as error:
            logger.info("lease not renewed", election=self._name, endpoint=member.endpoint, error=repr(error))
            self._channel.failed(member)
            return None
        finally:
            call.cancel()

    async def _resign(self, lease: int) -> None:
        """Lets the next one lead at once; without etcd the lease expires by itself."""
        try:
            async with asyncio.timeout(min(2.0, self._ttl)):
                await self._revoke(lease)
        except (StoreUnavailable, TimeoutError) as error:
            logger.info("lease not revoked", election=self._name, error=str(error))
            self._abandoned.append(lease)

    async def _revoke(self, lease: int) -> None:
        request = rpc_pb2.LeaseRevokeRequest(ID=lease)
        try:
            await self._channel.read(lambda member: member.lease.LeaseRevoke, request, self._ttl)
        except LeaseNotFound:
            return  # it has expired
