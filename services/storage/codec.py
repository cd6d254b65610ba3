"""resourceVersions and the form of stored values.

    resource_version = revision << 8 | place

`revision` is etcd's mod_revision, `place` the position of the change in its transaction, so that every event has a
resourceVersion of its own although the objects of a batch share a revision:

- a single write has place 0 and is stored as plain JSON;
- a write in a batch is stored with its place (its position in the batch, from 1) in front: `01 <place> <JSON>`;
- a deletion leaves no value, so its place comes from the order of events in its revision: one more than that of the
  event before it, 0 when it comes first. That is below the place of every later put of the batch (which counts the
  writes that were refused too), so places rise strictly. It needs all events of the revision: watch all of /registry/;
- lists and bookmarks have place 255: everything of their revision has been seen.

A first byte other than `{` marks a form. Storing resourceVersions in the objects was rejected: nobody knows a revision
before it is committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.storage.store import Entry, Event, Put, Write

LAST_PLACE = 255
_BATCHED = 0x01
_PLAIN = 0x7B  # {


class Change(NamedTuple):
    """A change as etcd tells it; `raw` is None for a deletion."""

    key: str
    raw: bytes | None
    create_revision: int


def encode(revision: int, place: int) -> int:
    """The resource_version of the change at `place` of `revision`."""
    return revision << 8 | place


def listed(revision: int) -> int:
    """The resource_version of a list, a bookmark or a snapshot: all of the revision is in it."""
    return revision << 8 | LAST_PLACE


def decode(resource_version: int) -> tuple[int, int]:
    """(revision, place)."""
    return resource_version >> 8, resource_version & 0xFF


def frame(value: bytes, place: int) -> bytes:
    """What is stored; place 0 is a single write."""
    return value if place == 0 else bytes((_BATCHED, place)) + value


def unframe(raw: bytes) -> tuple[int, bytes]:
    """(place, JSON); raises ValueError for a form that this version does not know."""
    if not raw or raw[0] == _PLAIN:
        return 0, raw
    if raw[0] == _BATCHED and len(raw) > 2:
        return raw[1], raw[2:]
    raise ValueError(f"stored value of unknown form {raw[0]:#04x}")


def entry(key: str, raw: bytes, mod_revision: int, create_revision: int) -> Entry:
    place, value = unframe(raw)
    return Entry(key, value, encode(mod_revision, place), create_revision)


def events(revision: int, changes: Iterable[Change]) -> tuple[Event, ...]:
    """The events of one whole revision, in the order of its transaction."""
    found: list[Event] = []
    following = 0
    for change in changes:
        if change.raw is None:
            # A lease may expire with more keys than there are places; only the writer's leases are bounded.
            place = min(following, LAST_PLACE - 1)
            found.append(Event(change.key, None, encode(revision, place)))
        else:
            place, value = unframe(change.raw)
            version = encode(revision, place)
            found.append(Event(change.key, Entry(change.key, value, version, change.create_revision), version))
        following = place + 1
    return tuple(found)


def places(writes: Sequence[Write], succeeded: Sequence[bool]) -> list[int]:
    """The place of each write of a batch once it is known which succeeded; what was refused counts for nothing."""
    found: list[int] = []
    following = 0
    for number, (write, done) in enumerate(zip(writes, succeeded, strict=True), start=1):
        if not done:
            found.append(-1)
            continue
        place = number if isinstance(write, Put) else following
        found.append(place)
        following = place + 1
    return found
