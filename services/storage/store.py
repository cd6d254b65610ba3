"""The words of the store: what is read, written and seen changing, whoever keeps it.

`reader`, `writer` and `watcher` speak to etcd in these words; `memory` keeps the same contract in a dict. A
resource_version is an integer, `mod_revision << 8 | place` (see codec); `revision` is etcd's own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple, Protocol

# etcd takes 128 operations in a transaction, counted through its nesting: the writes, and two answers to a refusal.
BATCH_LIMIT = 126


class Entry(NamedTuple):
    """A stored object: `value` is JSON without metadata.resourceVersion; `create_revision` is etcd's."""

    key: str
    value: bytes
    resource_version: int
    create_revision: int


class Page(NamedTuple):
    """Part of a range at one `revision`, in key order; `remaining` objects follow the last entry."""

    entries: list[Entry]
    revision: int
    remaining: int


class Event(NamedTuple):
    """One change. `entry` is None when the key was deleted; the resource_version is that of the change."""

    key: str
    entry: Entry | None
    resource_version: int


class Changes(NamedTuple):
    """All changes of one or more whole revisions up to and including `revision`; no events: only progress."""

    revision: int
    events: tuple[Event, ...]


class Fence(NamedTuple):
    """Holds while the election `key` still has this create_revision."""

    key: str
    create_revision: int


class Put(NamedTuple):
    """`expected`: the resource_version the key must have; 0, it must not exist; None, whatever it is. `ttl` in s."""

    key: str
    value: bytes
    expected: int | None = None
    ttl: int | None = None


class Remove(NamedTuple):
    key: str
    expected: int | None = None


Write = Put | Remove


class Written(NamedTuple):
    resource_version: int


class Refused(NamedTuple):
    """The key was not as expected; `current` is what it is, None when it does not exist."""

    current: Entry | None


class Fenced(NamedTuple):
    """The fence no longer held; nothing was compared or written."""


Outcome = Written | Refused | Fenced


class StoreUnavailable(Exception):
    """etcd did not answer within the deadline. `maybe_written`: a write may have happened all the same."""

    def __init__(self, message: str, *, maybe_written: bool = False) -> None:
        super().__init__(message)
        self.maybe_written = maybe_written


class Compacted(Exception):
    """The revision asked for is gone; `revision` is the oldest that is left, 0 when etcd did not say. List again."""

    def __init__(self, revision: int) -> None:
        super().__init__(f"compacted up to revision {revision}")
        self.revision = revision


class Readable(Protocol):
    """What `reader.Reader` and `memory.MemoryStore` promise. Every method raises StoreUnavailable."""

    async def get(self, key: str, *, revision: int = 0) -> Entry | None:
        """Linearizable; with `revision` as it was then, or raises Compacted."""

    async def revision(self) -> int:
        """The current one; linearizable."""

    async def range(self, prefix: str, *, after: str = "", limit: int = 0, revision: int = 0) -> Page:
        """Entries behind the key `after`; limit 0 is all of them; raises Compacted."""

    def watch(self, after_revision: int, prefix: str = "/registry/") -> AsyncIterator[Changes]:
        """Every change behind `after_revision`, exactly once, across reconnects; raises Compacted."""


class Writable(Protocol):
    """What `writer.Writer` and `memory.MemoryStore` promise. Every method raises StoreUnavailable."""

    async def commit(self, write: Put | Remove, fence: Fence | None = None) -> Outcome:
        """One write. Concurrent ones may share a transaction; each stands or falls alone."""

    async def commit_all(self, writes: Sequence[Put | Remove], fence: Fence | None = None) -> list[Outcome]:
        """Outcomes in the order of the writes; each stands or falls alone. Not atomic as a whole."""
