"""Changing an object that exists: optimistic, exact, and at most one write.

A change starts from the cached object. What it refuses (404, 409, 422, a failed `test`) and what it finds unchanged is
believed only at etcd's current revision; what etcd refuses comes back with the current object, from which the change is
made again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from services.apiserver.handlers.core import Base, Core, from_entry, not_found, to_value
from services.apiserver.request import Target
from services.objects.equality import identical
from services.objects.errors import Conflict, FencedOff, StatusError
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj
from services.storage.store import Fence, Fenced, Put, Refused, Remove, Written

# Writers of one object that meet: each round one of them wins.
_ATTEMPTS = 30


class Wanted(NamedTuple):
    """What a change makes of an object: `obj` to be stored, or `remove` it. `undo` frees what the change claimed if it
    does not happen; `done` is told when it has."""

    obj: Obj
    remove: bool = False
    undo: Callable[[], Awaitable[None]] | None = None
    done: Callable[[], Awaitable[None]] | None = None


class Changed(NamedTuple):
    """What came of it: the object, without a resourceVersion of its own, and where it is stored now, if it is."""

    kind: Kind
    obj: Obj
    revision: int
    stored: Base | None

    @property
    def removed(self) -> bool:
        return self.stored is None

    @property
    def json(self) -> bytes:
        """As users see it, for the last time if it was removed."""
        return (self.stored or _as_stored(self.kind, self.obj, self.revision)).json


Transform = Callable[[Obj, Obj], Awaitable[Wanted]]


async def change(core: Core, target: Target, transform: Transform, *, fence: Fence | None = None,
                 dry_run: bool = False, shallow: bool = False) -> Changed:  # fmt: skip
    """`transform(old, copy)` makes the new object of `copy`, or raises. Raises NotFound, Conflict, FencedOff.

    With `shallow`, which is cheaper, it sets fields of metadata, spec and status, and changes none of them in place."""
    base, confirmed = core.cached(target), False
    if base is None:
        base, confirmed = await core.live(target), True
    for _ in range(_ATTEMPTS):
        if base is None:
            raise not_found(target)
        old = base.shared() if shallow else base.object()
        try:
            wanted = await transform(old, _shallow(old) if shallow else base.object())
        except StatusError:
            if confirmed:
                raise
            live = await core.live(target)
            if live is not None and live.revision == base.revision:
                raise
            base, confirmed = live, True
            continue
        if not wanted.remove and wanted.obj == old and identical(wanted.obj, old):
            if confirmed or ((live := await core.live(target)) is not None and live.revision == base.revision):
                return Changed(target.kind, old, base.revision, base)
            base, confirmed = live, True
            continue
        if dry_run:
            if wanted.undo is not None:
                await wanted.undo()
            return Changed(target.kind, wanted.obj, base.revision, None if wanted.remove else _as_stored(
                target.kind, wanted.obj, base.revision))  # fmt: skip
        done = await _commit(core, target, wanted, base, fence, shallow)
        if isinstance(done, Changed):
            return done
        base, confirmed = done.current, True
    raise Conflict.object(target.kind.group, target.kind.plural, target.name)


def _shallow(obj: Obj) -> Obj:
    return {name: {**part} if part.__class__ is dict else part for name, part in obj.items()}


class _Lost(NamedTuple):
    current: Base | None


async def _commit(core: Core, target: Target, wanted: Wanted, base: Base, fence: Fence | None, shallow: bool
                  ) -> Changed | _Lost:  # fmt: skip
    kind = target.kind
    key = core.key(target)
    value = b"" if wanted.remove else to_value(kind, wanted.obj)
    write = Remove(key, base.revision) if wanted.remove else Put(key, value, base.revision, kind.ttl)
    # When this raises, nobody knows whether it was written: what was claimed stays, and the repair sorts it out.
    outcome = await core.writer.commit(write, fence)
    if isinstance(outcome, Written):
        if wanted.done is not None:
            await wanted.done()
        if wanted.remove:
            await core.hooks.removed(kind, wanted.obj)
            return Changed(kind, wanted.obj, outcome.resource_version, None)
        stored = from_entry(kind, value, outcome.resource_version, wanted.obj if shallow else None)
        core.wrote(target, stored)
        return Changed(kind, wanted.obj, outcome.resource_version, stored)
    if wanted.undo is not None:
        await wanted.undo()
    if isinstance(outcome, Fenced):
        raise FencedOff.object(kind.group, kind.plural, target.name, "the writer is no longer the leader")
    assert isinstance(outcome, Refused)
    current = outcome.current
    return _Lost(None if current is None else from_entry(kind, current.value, current.resource_version))


def _as_stored(kind: Kind, obj: Obj, revision: int) -> Base:
    return from_entry(kind, to_value(kind, obj), revision)
