"""What every handler stands on, and the answers they give."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import orjson

from services.apiserver.admission.chain import Chain
from services.apiserver.request import Target
from services.apiserver.resources.hooks import Hooks
from services.apiserver.watching.cache import Cache
from services.apiserver.watching.encoding import encode, splice
from services.apiserver.watching.item import Item
from services.foundation import clock
from services.objects.errors import NotFound
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj
from services.objects.schema import Schema
from services.storage import keys
from services.storage.store import Readable, Writable


class Answer(NamedTuple):
    """`json` is an object, or a Status for a deletion that left nothing."""

    code: int
    json: bytes
    warnings: list[str]


# The whole answer of a subresource that does something and has nothing to show for it.
SUCCESS = b'{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201}'


class Base(NamedTuple):
    """An object as a write starts from it, in its served form; `parsed` if that is at hand."""

    json: bytes
    revision: int
    parsed: Obj | None = None

    def object(self) -> Obj:
        """The caller's own."""
        obj: Obj = orjson.loads(self.json)
        return obj

    def shared(self) -> Obj:
        """Of which nothing may be changed."""
        return self.object() if self.parsed is None else self.parsed


class Recent:
    """What this process wrote and the cache has not seen yet: who writes the same object again need not lose a round.

    It may be out of date like the cache, and is believed no more than it.
    """

    LIMIT = 1024

    def __init__(self) -> None:
        self._written: dict[str, Base] = {}

    def __len__(self) -> int:
        return len(self._written)

    def remember(self, key: str, base: Base, seen: int) -> None:
        """`seen` is the resourceVersion up to which the cache knows better."""
        if len(self._written) >= self.LIMIT:
            self._written = {key: kept for key, kept in self._written.items() if kept.revision > seen}
            if len(self._written) >= self.LIMIT:
                self._written.clear()  # the cache is far behind: forgetting costs whoever writes again one round
        self._written[key] = base

    def newer(self, key: str, revision: int) -> Base | None:
        base = self._written.get(key)
        if base is None or base.revision > revision:
            return base
        del self._written[key]
        return None


@dataclass(slots=True)
class Core:
    cache: Cache
    reader: Readable
    writer: Writable
    schema: Schema
    admission: Chain
    hooks: Hooks
    now: Callable[[], datetime] = clock.now
    rng: random.Random = field(default_factory=random.Random)
    recent: Recent = field(default_factory=Recent)

    def key(self, target: Target) -> str:
        return keys.key(target.kind, target.namespace, target.name)

    def cached(self, target: Target) -> Base | None:
        kind = target.kind
        item = self.cache.get(kind, target.namespace, target.name)
        if item is None:
            return None
        recent = self.recent.newer(item.key, item.revision)
        return recent or Base(served(kind, item), item.revision)

    async def live(self, target: Target) -> Base | None:
        """From etcd, as it is now."""
        entry = await self.reader.get(self.key(target))
        return None if entry is None else from_entry(target.kind, entry.value, entry.resource_version)

    def wrote(self, target: Target, base: Base) -> None:
        if target.kind.stored_as is None:
            self.recent.remember(self.key(target), base, self.cache.resource_version)


def served(kind: Kind, item: Item) -> bytes:
    """The bytes of a cached object in the form that `kind` serves."""
    return item.json if kind.stored_as is None else item.view(kind, kind.from_stored)


def from_entry(kind: Kind, value: bytes, resource_version: int, obj: Obj | None = None) -> Base:
    """`obj` is what the value was made of, if nobody changes it any more."""
    json = splice(value, resource_version)
    if kind.stored_as is not None:
        return Base(orjson.dumps(kind.from_stored(orjson.loads(json))), resource_version)
    if obj is not None:
        obj = {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(resource_version)}}
    return Base(json, resource_version, obj)


def to_value(kind: Kind, obj: Obj) -> bytes:
    """What is stored of an object in its served form."""
    return encode(obj if kind.stored_as is None else kind.to_stored(obj))


def not_found(target: Target) -> NotFound:
    return NotFound.object(target.kind.group, target.kind.plural, target.name)
