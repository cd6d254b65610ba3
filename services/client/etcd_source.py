"""An informer's source for control-plane services: straight from etcd, past the apiserver.

One watch on all of /registry/ whatever the number of kinds: it costs the store one watcher per process, and it advances
all kinds together, so that the stores are a snapshot across kinds. Keys of other kinds are dropped before parsing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import orjson

from services.client.informer import Change, Delta, Sink, Snapshot
from services.foundation import log
from services.objects.errors import ServiceUnavailable
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj
from services.storage import codec, keys
from services.storage.store import Changes, Compacted, Entry, Event, Readable, StoreUnavailable

logger = log.get(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0  # seconds


class EtcdSource:
    def __init__(self, reader: Readable) -> None:
        self._reader = reader

    async def run(self, kinds: Sequence[Kind], sink: Sink) -> None:
        by_prefix = {keys.prefix(kind): kind for kind in kinds}
        while True:
            revision = await self._list(by_prefix, sink)
            watching: Any = self._reader.watch(revision)
            try:
                async with aclosing(watching) as stream:
                    async for changes in stream:
                        sink(_delta(by_prefix, changes))
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
                objects: dict[Kind, list[Obj]] = {}
                for prefix, kind in by_prefix.items():
                    page = await self._reader.range(prefix, revision=revision)
                    objects[kind] = [obj for entry in page.entries if (obj := _object(kind, entry)) is not None]
            except (StoreUnavailable, Compacted) as error:
                logger.warning("cannot list, trying again", error=str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                sink(Snapshot(objects, codec.listed(revision)))
                return revision


def _delta(by_prefix: dict[str, Kind], changes: Changes) -> Delta:
    found = [change for event in changes.events if (change := _change(by_prefix, event)) is not None]
    return Delta(found, codec.listed(changes.revision))


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
        obj["metadata"]["resourceVersion"] = str(entry.resource_version)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        logger.exception("stored object cannot be read", key=entry.key)
        return None
    obj["apiVersion"], obj["kind"] = kind.api_version, kind.kind
    return obj
