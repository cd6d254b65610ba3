"""The contract of `Reader` and `Writer` kept in a dict, for tests of everything above the store.

Revisions, places, refusals, fences, compaction, expiry and watches behave as with etcd; one contract test suite runs
against both. Not for production: nothing is durable, and nothing is shared between processes.
"""

from __future__ import annotations

import asyncio
import bisect
from collections.abc import AsyncIterator, Iterator, Sequence

from sortedcontainers import SortedDict

from services.storage import codec
from services.storage.keys import ROOT
from services.storage.store import (
    BATCH_LIMIT,
    Changes,
    Compacted,
    Entry,
    Event,
    Fence,
    Fenced,
    Outcome,
    Page,
    Put,
    Refused,
    Remove,
    Write,
    Written,
)

_Version = tuple[int, Entry | None]


class MemoryStore:
    """`reader` and `writer` in one, so that it also stands in for what `connect` yields."""

    def __init__(self) -> None:
        self._now = 1  # as a fresh etcd
        self._compacted = 0
        self._versions: SortedDict[str, list[_Version]] = SortedDict()  # per key, oldest first
        self._history: list[tuple[int, tuple[Event, ...]]] = []
        self._changed = asyncio.Event()
        self._expiries: dict[str, asyncio.TimerHandle] = {}

    @property
    def reader(self) -> MemoryStore:
        return self

    @property
    def writer(self) -> MemoryStore:
        return self

    # Reading

    async def get(self, key: str, *, revision: int = 0) -> Entry | None:
        return self._at(key, self._readable(revision))

    async def revision(self) -> int:
        return self._now

    async def range(self, prefix: str, *, after: str = "", limit: int = 0, revision: int = 0) -> Page:
        moment = self._readable(revision)
        found: list[Entry] = []
        for key in self._versions.irange(minimum=max(prefix, after)):
            if not key.startswith(prefix):
                break
            entry = self._at(key, moment)
            if key != after and entry is not None:
                found.append(entry)
        kept = found[:limit] if limit else found
        return Page(kept, moment, len(found) - len(kept))

    async def watch(self, after_revision: int, prefix: str = ROOT) -> AsyncIterator[Changes]:
        """All changes behind `after_revision`, for ever; raises Compacted."""
        seen = after_revision
        if seen > self._now:
            raise Compacted(self._now)
        while True:
            changed = self._changed
            if seen + 1 < self._compacted:
                raise Compacted(self._compacted)
            start = bisect.bisect_right(self._history, seen, key=lambda item: item[0])
            missed = self._history[start:]
            if missed:
                seen = missed[-1][0]
                events = tuple(event for _, all_ in missed for event in all_ if event.key.startswith(prefix))
                yield Changes(seen, events)
                continue
            await changed.wait()

    # Writing

    async def commit(self, write: Put | Remove, fence: Fence | None = None) -> Outcome:
        await asyncio.sleep(0)  # as with etcd, others run meanwhile
        return self._transaction([write], fence)[0]

    async def commit_all(self, writes: Sequence[Put | Remove], fence: Fence | None = None) -> list[Outcome]:
        await asyncio.sleep(0)
        return [outcome for batch in _batches(writes) for outcome in self._transaction(batch, fence)]

    def compact(self, revision: int) -> None:
        """Forgets what came before `revision`; watchers and ranges from before get Compacted."""
        self._compacted = revision
        self._history = [item for item in self._history if item[0] >= revision]
        for key, versions in list(self._versions.items()):
            start = bisect.bisect_right(versions, revision, key=lambda version: version[0]) - 1
            kept = versions[max(start, 0) :]
            if len(kept) == 1 and kept[0][1] is None:
                del self._versions[key]
            else:
                self._versions[key] = kept
        self._wake()

    def _readable(self, revision: int) -> int:
        if revision and revision < self._compacted:
            raise Compacted(self._compacted)
        if revision > self._now:
            raise Compacted(0)
        return revision or self._now

    def _at(self, key: str, revision: int) -> Entry | None:
        versions = self._versions.get(key, ())
        position = bisect.bisect_right(versions, revision, key=lambda version: version[0])
        return versions[position - 1][1] if position else None

    def _transaction(self, batch: Sequence[Write], fence: Fence | None) -> list[Outcome]:
        if fence is not None:
            leader = self._at(fence.key, self._now)
            if leader is None or leader.create_revision != fence.create_revision:
                return [Fenced()] * len(batch)
        current = [self._at(write.key, self._now) for write in batch]
        holds = [_as_expected(write, entry) for write, entry in zip(batch, current, strict=True)]
        if not any(holds):
            return [Refused(entry) for entry in current]
        revision = self._now + 1
        places = [0] if len(batch) == 1 else codec.places(batch, holds)
        events = [
            _event(write, entry, revision, place)
            for write, entry, place, hold in zip(batch, current, places, holds, strict=True)
            if hold
        ]
        self._apply(revision, events)
        for write, hold in zip(batch, holds, strict=True):
            if hold:
                self._expire_later(write)
        return [
            Written(codec.encode(revision, place)) if hold else Refused(entry)
            for entry, place, hold in zip(current, places, holds, strict=True)
        ]

    def _apply(self, revision: int, events: Sequence[Event]) -> None:
        self._now = revision
        for event in events:
            self._versions.setdefault(event.key, []).append((revision, event.entry))
        self._history.append((revision, tuple(events)))
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _expire_later(self, write: Write) -> None:
        timer = self._expiries.pop(write.key, None)
        if timer is not None:
            timer.cancel()
        if isinstance(write, Put) and write.ttl:
            loop = asyncio.get_running_loop()
            self._expiries[write.key] = loop.call_later(write.ttl, self._transaction, [Remove(write.key)], None)


def _batches(writes: Sequence[Write]) -> Iterator[list[Write]]:
    """Whole transactions: bounded, and with no key twice."""
    batch: list[Write] = []
    keys: set[str] = set()
    for write in writes:
        if len(batch) == BATCH_LIMIT or write.key in keys:
            yield batch
            batch, keys = [], set()
        batch.append(write)
        keys.add(write.key)
    if batch:
        yield batch


def _as_expected(write: Write, current: Entry | None) -> bool:
    if write.expected is None:
        return isinstance(write, Put) or current is not None
    if write.expected == 0:
        return current is None
    return current is not None and current.resource_version >> 8 == write.expected >> 8


def _event(write: Write, current: Entry | None, revision: int, place: int) -> Event:
    version = codec.encode(revision, place)
    if isinstance(write, Remove):
        return Event(write.key, None, version)
    created = current.create_revision if current is not None else revision
    return Event(write.key, Entry(write.key, write.value, version, created), version)
