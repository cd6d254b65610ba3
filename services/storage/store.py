"""The words of the store: what is read, written and seen changing, whoever keeps it.

`reader`, `writer` and `watcher` speak to etcd in these words; `memory` keeps the same contract in a dict. A
resource_version is an integer, `mod_revision << 8 | place` (see codec); `revision` is etcd's own.
"""

from __future__ import annotations

from typing import NamedTuple


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
    """The revision asked for is gone; `revision` is the oldest that is left. List again."""

    def __init__(self, revision: int) -> None:
        super().__init__(f"compacted up to revision {revision}")
        self.revision = revision
