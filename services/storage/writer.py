"""Writing etcd: compare-and-swap, many at a time. Only the apiserver imports this module.

Writes that come while transactions are in flight queue up and go together in the next one, as nested transactions with
compares of their own (group commit): under load a transaction carries a hundred writes for one fsync, and an idle store
answers a lone write at once. Waiting a moment for company was rejected: it costs the lone write and gains nothing.

A batch is never a unit: each write stands or falls alone. Fences are in the compare of each write, so that a leader's
writes may travel with a user's.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from services.foundation.tls import Identity
from services.objects.errors import RequestEntityTooLarge
from services.rpc.etcd import rpc_pb2
from services.storage import channel as channels
from services.storage import codec
from services.storage.channel import Channel, LeaseNotFound
from services.storage.leases import Leases
from services.storage.reader import Reader
from services.storage.store import (
    BATCH_LIMIT,
    Entry,
    Fence,
    Fenced,
    Outcome,
    Put,
    Refused,
    Remove,
    StoreUnavailable,
    Write,
    Written,
)

_IN_FLIGHT = 2  # transactions; one is on its way while the other is written, more would only make them smaller
_BATCH_BYTES = 1 << 20  # etcd takes 1.5 MiB in a request unless told otherwise
_CREATE = rpc_pb2.Compare.CREATE


@dataclass(slots=True, eq=False)
class _Pending:
    write: Write
    fence: Fence | None
    outcome: asyncio.Future[Outcome]


class Writer:
    """`deadline` in seconds is how long a transaction may take."""

    def __init__(self, channel: Channel, deadline: float = 10.0) -> None:
        self._channel = channel
        self._deadline = deadline
        self._leases = Leases(channel, deadline)
        # Those who write one thing do not wait behind those who write thousands.
        self._single: deque[_Pending] = deque()
        self._bulk: deque[_Pending] = deque()
        self._busy: set[str] = set()  # keys in flight: two writes of a key keep their order
        self._flights: set[asyncio.Task[None]] = set()
        self._scheduled = False

    async def commit(self, write: Put | Remove, fence: Fence | None = None) -> Outcome:
        """Raises StoreUnavailable, RequestEntityTooLarge."""
        pending = self._enqueue(self._single, write, fence)
        return await pending.outcome

    async def commit_all(self, writes: Sequence[Put | Remove], fence: Fence | None = None) -> list[Outcome]:
        """Outcomes in the order of the writes; raises StoreUnavailable when that of any is unknown."""
        found = [self._enqueue(self._bulk, write, fence).outcome for write in writes]
        outcomes = await asyncio.gather(*found, return_exceptions=True)
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if failures:
            some_written = any(isinstance(outcome, Written) for outcome in outcomes)
            maybe = some_written or any(getattr(failure, "maybe_written", False) for failure in failures)
            if isinstance(failures[0], StoreUnavailable):
                raise StoreUnavailable(str(failures[0]), maybe_written=maybe) from failures[0]
            raise failures[0]
        return [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]

    async def close(self) -> None:
        """What is in flight may or may not be written."""
        for flight in list(self._flights):
            flight.cancel()
        await asyncio.gather(*self._flights, return_exceptions=True)
        for lane in (self._single, self._bulk):
            while lane:
                _fail(lane.popleft(), StoreUnavailable("the store is closed"))

    def _enqueue(self, lane: deque[_Pending], write: Write, fence: Fence | None) -> _Pending:
        loop = asyncio.get_running_loop()
        pending = _Pending(write, fence, loop.create_future())
        lane.append(pending)
        if not self._scheduled and len(self._flights) < _IN_FLIGHT:
            self._scheduled = True
            loop.call_soon(self._depart)  # whatever else this turn of the loop writes comes along
        return pending

    def _depart(self) -> None:
        self._scheduled = False
        while len(self._flights) < _IN_FLIGHT:
            batch = self._next_batch()
            if not batch:
                return
            flight = asyncio.create_task(self._fly(batch))
            self._flights.add(flight)
            flight.add_done_callback(self._landed)

    def _landed(self, flight: asyncio.Task[None]) -> None:
        self._flights.discard(flight)
        self._depart()

    def _next_batch(self) -> list[_Pending]:
        load = _Load(self._busy)
        load.take(self._bulk, BATCH_LIMIT // 2 if self._single else BATCH_LIMIT)
        load.take(self._single, BATCH_LIMIT)
        load.take(self._bulk, BATCH_LIMIT)
        return load.batch

    async def _fly(self, batch: list[_Pending]) -> None:
        try:
            await self._send(batch)
        except asyncio.CancelledError:
            for pending in batch:
                _fail(pending, StoreUnavailable("the store is closed", maybe_written=True))
            raise
        except Exception as error:  # noqa: BLE001 - a bug here must reach those who wait, not hang them
            for pending in batch:
                _fail(pending, error)
        finally:
            self._busy.difference_update(pending.write.key for pending in batch)

    async def _send(self, batch: list[_Pending]) -> None:
        try:
            outcomes = await self._transaction(batch)
        except StoreUnavailable as error:
            for pending in batch:
                _fail(pending, StoreUnavailable(str(error), maybe_written=error.maybe_written))
        except RequestEntityTooLarge as error:
            if len(batch) == 1:
                _fail(batch[0], error)
                return
            for half in (batch[: len(batch) // 2], batch[len(batch) // 2 :]):
                await self._send(half)
        else:
            for pending, outcome in zip(batch, outcomes, strict=True):
                if not pending.outcome.done():
                    pending.outcome.set_result(outcome)

    async def _transaction(self, batch: list[_Pending]) -> list[Outcome]:
        try:
            return await self._attempt(batch)
        except LeaseNotFound:  # etcd forgot a lease; nothing was written
            self._leases.forget()
        try:
            return await self._attempt(batch)
        except LeaseNotFound as error:
            raise StoreUnavailable(str(error)) from error

    async def _attempt(self, batch: list[_Pending]) -> list[Outcome]:
        lone = len(batch) == 1
        request = rpc_pb2.TxnRequest()
        for number, pending in enumerate(batch, start=1):
            ttl = pending.write.ttl if isinstance(pending.write, Put) else None
            lease = await self._leases.take(ttl) if ttl else 0
            nested = request if lone else request.success.add().request_txn
            _fill(nested, pending.write, pending.fence, 0 if lone else number, lease)
        response = await self._channel.write(lambda member: member.kv.Txn, request, self._deadline)
        answers = [response] if lone else [answer.response_txn for answer in response.responses]
        done = [answer.succeeded for answer in answers]
        places = [0] if lone else codec.places([pending.write for pending in batch], done)
        return [
            Written(codec.encode(response.header.revision, place)) if answer.succeeded else _refusal(pending, answer)
            for pending, answer, place in zip(batch, answers, places, strict=True)
        ]


class Store(NamedTuple):
    """What the apiserver has."""

    reader: Reader
    writer: Writer
    channel: Channel


@asynccontextmanager
async def connect(endpoints: Sequence[str], identity: Identity | None = None) -> AsyncIterator[Store]:
    """As channel.connect, with the writer; returns at once, whether or not etcd is there."""
    async with channels.connect(endpoints, identity) as connection:
        writer = Writer(connection.channel)
        try:
            yield Store(connection.reader, writer, connection.channel)
        finally:
            await writer.close()


class _Load:
    """A batch being filled: bounded, no key twice, none that is in flight, nothing whose caller has gone."""

    def __init__(self, busy: set[str]) -> None:
        self.batch: list[_Pending] = []
        self._busy = busy
        self._bytes = 0

    def take(self, lane: deque[_Pending], limit: int) -> None:
        held: list[_Pending] = []
        while lane and len(self.batch) < limit:
            pending = lane.popleft()
            if pending.outcome.done():
                continue
            size = len(pending.write.value) if isinstance(pending.write, Put) else 0
            if self.batch and self._bytes + size > _BATCH_BYTES:
                held.append(pending)
                break
            if pending.write.key in self._busy:
                held.append(pending)
                continue
            self._busy.add(pending.write.key)
            self._bytes += size
            self.batch.append(pending)
        lane.extendleft(reversed(held))


def _fail(pending: _Pending, error: Exception) -> None:
    if not pending.outcome.done():
        pending.outcome.set_exception(error)


def _fill(request: Any, write: Write, fence: Fence | None, place: int, lease: int) -> None:
    """One write as a transaction: the fence and the expectation, the write, and what to answer when refused.

    `request` is filled where it is: a message made elsewhere is copied, values and all, into the one that holds it."""
    key = write.key.encode()
    if fence is not None:
        request.compare.add(target=_CREATE, key=fence.key.encode(), create_revision=fence.create_revision)
    if write.expected == 0:
        request.compare.add(target=_CREATE, key=key, create_revision=0)
    elif write.expected is not None:
        # Below 256 there is no revision, and etcd would take 0 for "does not exist".
        revision = codec.decode(write.expected)[0] or -1
        request.compare.add(target=rpc_pb2.Compare.MOD, key=key, mod_revision=revision)
    elif isinstance(write, Remove):
        request.compare.add(target=_CREATE, result=rpc_pb2.Compare.GREATER, key=key, create_revision=0)
    if isinstance(write, Put):
        put = request.success.add().request_put
        put.key, put.value, put.lease = key, codec.frame(write.value, place), lease
    else:
        request.success.add().request_delete_range.key = key
    for asked in (key,) if fence is None else (key, fence.key.encode()):
        request.failure.add().request_range.key = asked


def _refusal(pending: _Pending, answer: Any) -> Outcome:
    ranges = [response.response_range.kvs for response in answer.responses]
    if pending.fence is not None:
        leader = ranges[1]
        if not leader or leader[0].create_revision != pending.fence.create_revision:
            return Fenced()
    return Refused(_entry(ranges[0][0]) if ranges[0] else None)


def _entry(kv: Any) -> Entry:
    return codec.entry(kv.key.decode(), kv.value, kv.mod_revision, kv.create_revision)
