"""An informer's source for control-plane services: straight from etcd, past the apiserver.

One watch on all of /registry/ whatever the number of kinds: it costs the store one watcher per process, and it advances
all kinds together, so that the stores are a snapshot across kinds. Keys of other kinds are dropped before parsing.

Custom resources come with their definitions, as kinds of their own with nothing but metadata. A definition is in the
history before its objects are, so the watch that tells of it tells of all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import orjson

from services.client.informer import Change, Delta, Sink, Snapshot
from services.foundation import log
from services.objects import custom
from services.objects.errors import ServiceUnavailable
from services.objects.kinds import CUSTOMRESOURCEDEFINITION
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj
from services.storage import codec, keys
from services.storage.store import Changes, Compacted, Entry, Event, Readable, StoreUnavailable

logger = log.get(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0  # seconds


class EtcdSource:
    """Who asks for definitions of custom resources gets the metadata of their objects with them."""

    def __init__(self, reader: Readable) -> None:
        self._reader = reader
        self._defined: dict[str, Kind] = {}  # by prefix; a kind stays the same as long as it means the same

    async def run(self, kinds: Sequence[Kind], sink: Sink) -> None:
        while True:
            by_prefix = {keys.prefix(kind): kind for kind in kinds}
            revision = await self._list(by_prefix, sink)
            watching: Any = self._reader.watch(revision)
            try:
                async with aclosing(watching) as stream:
                    async for changes in stream:
                        delta, same = self._delta(by_prefix, changes)
                        sink(delta)
                        if not same:
                            break
            except Compacted:
                logger.warning("fell behind the store's history, listing again", revision=revision)

    async def fresh(self) -> int:
        """The resourceVersion of now: who has reached it has seen everything written before the call. Raises
        ServiceUnavailable."""
        try:
            return codec.listed(await self._reader.revision())
        except StoreUnavailable as error:
            raise ServiceUnavailable(str(error)) from error

    async def _list(self, by_prefix: dict[str, Kind], sink: Sink) -> int:
        """Sends everything as of one revision, which it returns; as patient as it takes."""
        pause = _FIRST_PAUSE
        while True:
            try:
                revision = await self._reader.revision()
                if keys.prefix(CUSTOMRESOURCEDEFINITION) in by_prefix:
                    page = await self._reader.range(keys.prefix(CUSTOMRESOURCEDEFINITION), revision=revision)
                    for entry in page.entries:
                        self._define(by_prefix, _object(CUSTOMRESOURCEDEFINITION, entry))
                objects: dict[Kind, list[Obj]] = {}
                for prefix, kind in by_prefix.items():
                    page = await self._reader.range(prefix, revision=revision)
                    objects[kind] = [obj for entry in page.entries if (obj := _object(kind, entry)) is not None]
            except (StoreUnavailable, Compacted) as error:
                logger.warning("cannot list, trying again", error=str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                sink(Snapshot(objects, codec.listed(revision), whole=True))
                return revision

    def _delta(self, by_prefix: dict[str, Kind], changes: Changes) -> tuple[Delta, bool]:
        """The changes, and whether all kinds still mean the same."""
        found: list[Change] = []
        same = True
        for event in changes.events:
            change = _change(by_prefix, event)
            if change is None:
                continue
            found.append(change)
            if change.kind is CUSTOMRESOURCEDEFINITION:
                same = self._define(by_prefix, change.obj) and same
        return Delta(found, codec.listed(changes.revision)), same

    def _define(self, by_prefix: dict[str, Kind], crd: Obj | None) -> bool:
        """False when a kind that was followed has to be followed as another (in another version) from now on."""
        if crd is None:
            return True  # its objects went before it
        try:
            kind = custom.metadata_kind(crd)
        except (KeyError, TypeError):
            logger.exception("a definition cannot be understood", name=(crd.get("metadata") or {}).get("name"))
            return True
        prefix = keys.prefix(kind)
        known = self._defined.get(prefix)
        if known is not None and _means(known) == _means(kind):
            kind = known
        same = by_prefix.get(prefix, kind) is kind
        self._defined[prefix] = by_prefix[prefix] = kind
        return same


def _means(kind: Kind) -> tuple[str, str, bool]:
    return kind.version, kind.kind, kind.namespaced


def _change(by_prefix: dict[str, Kind], event: Event) -> Change | None:
    try:
        prefix, namespace, name = keys.split(event.key)
    except ValueError:
        return None
    kind = by_prefix.get(prefix)
    if kind is None:
        return None
    if event.entry is None:
        return Change(kind, namespace, name, None)
    obj = _object(kind, event.entry)
    return None if obj is None else Change(kind, namespace, name, obj)


def _object(kind: Kind, entry: Entry) -> Obj | None:
    """The object as the API shows it; None, with a log line, for a value that nobody could read."""
    try:
        obj: Obj = orjson.loads(entry.value)
        if not kind.definition:
            obj = {"metadata": obj["metadata"]}  # a custom resource
        obj["metadata"]["resourceVersion"] = str(entry.resource_version)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        logger.exception("stored object cannot be read", key=entry.key)
        return None
    obj["apiVersion"], obj["kind"] = kind.api_version, kind.kind
    return obj
