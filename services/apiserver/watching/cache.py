"""The watch cache: one watch on everything in etcd, and every object as the bytes that users get.

It promises that a read is exact: `fresh` asks etcd for its current revision (one question serves all readers that
wait) and returns when the cache has reached it. Reading every object from etcd was rejected: it parses and copies what
nobody changed, and costs etcd the CPU it needs for writes.

Kinds come and go with their definitions while it runs. The collection of a new one is filled by a range at the revision
of its definition; what happens to its objects meanwhile waits and is applied in order, so that it misses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

from services.apiserver.watching.collection import Collection
from services.apiserver.watching.encoding import splice
from services.apiserver.watching.freshness import Progress, Question
from services.apiserver.watching.item import Change, Item
from services.apiserver.watching.watcher import Ended, Gone
from services.foundation import log
from services.objects.errors import NotFound, Timeout
from services.objects.kinds.kind import Kind
from services.storage import codec, keys
from services.storage.store import Changes, Compacted, Entry, Event, Readable, StoreUnavailable

logger = log.get(__name__)

PAGE = 1000
# Frames of changes that come close together go out together: a pause in seconds after each time, the longer the more
# watchers there were to write to, since each write has its price however little it carries.
FLUSH_EVERY, FLUSH_PER_WATCHER, FLUSH_MOST = 0.004, 0.0002, 0.05


class Definitions(Protocol):
    """Whoever knows of which kinds the objects are that users define; all of it is called from the cache's loop."""

    kind: Kind  # of the definitions themselves

    def stored(self, item: Item) -> Kind | None:
        """The kind in whose form and place the objects of a definition are kept; None for one that is broken."""

    def reset(self, items: list[Item]) -> None:
        """All definitions there are; their collections are filled."""

    def changed(self, name: str, item: Item | None, *, filled: bool) -> None:
        """A definition came, changed or (None) went; `filled`: whether its objects can be read."""


class Cache:
    def __init__(self, reader: Readable, kinds: Iterable[Kind], definitions: Definitions | None = None) -> None:
        self._reader = reader
        self._definitions = definitions
        self._defined: dict[str, str] = {}  # name of a definition -> prefix of its objects
        self._filling: dict[str, _Filling] = {}  # by prefix
        self._collections: dict[str, Collection] = {}
        for kind in kinds:
            if kind.stored and kind.stored_as is None:
                collection = Collection(kind)
                self._collections[collection.prefix] = collection
        self._by_kind: dict[Kind, Collection] = {}
        self._progress = Progress()
        self._now = Question(reader.revision)
        self._flush_at = 0.0
        self._flush_planned = False
        self.synced = asyncio.Event()

    # Reading

    def collection(self, kind: Kind) -> Collection:
        found = self._by_kind.get(kind)
        if found is None:
            known = self._collections.get(keys.prefix(kind))
            if known is None:
                raise NotFound.path()  # its definition went while somebody asked
            found = self._by_kind[kind] = known
        return found

    def serves(self, kind: Kind) -> bool:
        """Whether the objects of a kind can be read: those of a definition that is new or gone cannot."""
        prefix = keys.prefix(kind)
        return prefix in self._collections and prefix not in self._filling

    def get(self, kind: Kind, namespace: str, name: str) -> Item | None:
        return self.collection(kind).get(namespace if kind.namespaced else "", name)

    @property
    def revision(self) -> int:
        """etcd's revision up to which everything has been seen."""
        return self._progress.revision

    @property
    def resource_version(self) -> int:
        """The resourceVersion of a list made now."""
        return codec.listed(self._progress.revision)

    async def fresh(self, timeout: float = 10.0) -> None:
        """Returns when the cache is at least as new as etcd was at the call. Raises StoreUnavailable or Timeout."""
        revision = await self._now.answer()
        if self._progress.revision < revision and not await self._progress.reached(revision, timeout):
            raise Timeout("the watch cache did not catch up with etcd in time", retry_after=1)

    async def filled(self, timeout: float = 10.0) -> None:
        """Returns when no collection is being filled. Raises Timeout."""
        try:
            async with asyncio.timeout(timeout):
                while self._filling:
                    await next(iter(self._filling.values())).done.wait()
        except TimeoutError:
            raise Timeout("the objects of a new definition were not read in time", retry_after=1) from None

    async def reached(self, revision: int, timeout: float) -> bool:
        """Whether the cache came to etcd's `revision` within `timeout` seconds."""
        return await self._progress.reached(revision, timeout)

    # Following etcd

    async def run(self) -> None:
        """For a TaskGroup: loads everything, then follows it; after a compaction it loads again."""
        async with asyncio.TaskGroup() as tasks:
            await self._follow(tasks)

    async def _follow(self, tasks: asyncio.TaskGroup) -> None:
        pause = 0.1
        while True:
            try:
                if not self.synced.is_set():
                    await self._load()
                async for changes in self._reader.watch(self._progress.revision):
                    self._apply(changes, tasks)
                    pause = 0.1
                logger.warning("the watch on etcd ended, resuming", revision=self._progress.revision)
            except Compacted as error:
                logger.warning("lost the place in etcd's history, loading again", oldest=error.revision)
                self._close_watchers()
                self.synced.clear()
            except StoreUnavailable as error:
                logger.warning("etcd does not answer", error=str(error))
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)

    async def _load(self) -> None:
        after, revision = "", await self._load_definitions()
        found: dict[str, list[Item]] = {prefix: [] for prefix in self._collections}
        while True:
            page = await self._reader.range(keys.ROOT, after=after, limit=PAGE, revision=revision)
            revision = page.revision
            for entry in page.entries:
                collection = self._owner(entry.key)
                if collection is None:
                    continue
                try:
                    found[collection.prefix].append(_item(collection, entry))
                except ValueError:
                    logger.exception("an object in etcd cannot be read", key=entry.key)
            if not page.remaining or not page.entries:
                break
            after = page.entries[-1].key
            await asyncio.sleep(0)
        for prefix, items in found.items():
            self._collections[prefix].reset(items, codec.listed(revision))
        if self._definitions is not None:
            self._definitions.reset(list(self.collection(self._definitions.kind).items()))
        self._progress.advance(revision)
        self.synced.set()
        logger.info("loaded", objects=sum(map(len, found.values())), revision=revision)

    async def _load_definitions(self) -> int:
        """Makes the collections of everything that is defined; the revision at which it is, 0 for any."""
        if self._definitions is None:
            return 0
        for filling in self._filling.values():
            filling.abandon()
        self._filling.clear()
        known = set(self._defined.values())
        self._defined.clear()
        collection = self.collection(self._definitions.kind)
        page = await self._reader.range(collection.prefix)
        for entry in page.entries:
            try:
                item = _item(collection, entry)
            except ValueError:
                continue  # it is told of when everything is loaded
            stored = self._definitions.stored(item)
            if stored is None:
                continue
            prefix = keys.prefix(stored)
            if prefix not in self._collections:
                self._collections[prefix] = Collection(stored)
            elif prefix not in known:
                continue  # what is built in stays
            self._defined[item.name] = prefix
        for prefix in known.difference(self._defined.values()):
            self._drop(prefix)
        return page.revision

    def _drop(self, prefix: str) -> None:
        collection = self._collections.pop(prefix, None)
        if collection is not None:
            collection.groups.close(Ended())
        self._by_kind = {kind: known for kind, known in self._by_kind.items() if known is not collection}

    def forget(self, kind: Kind) -> None:
        """A kind that is no longer served, or is now another: who watches it has to come again."""
        found = self._by_kind.pop(kind, None)
        if found is not None:
            found.groups.close(Ended(), kind)

    def _owner(self, key: str) -> Collection | None:
        end = key.find("/", 10)  # behind "/registry/"
        collection = self._collections.get(key[: end + 1])
        if collection is None:
            end = key.find("/", end + 1)
            collection = self._collections.get(key[: end + 1])
        return collection

    def _apply(self, changes: Changes, tasks: asyncio.TaskGroup) -> None:
        wanted = False
        for event in changes.events:
            collection = self._owner(event.key)
            if collection is None:
                continue
            if self._filling and (filling := self._filling.get(collection.prefix)) is not None:
                filling.events.append(event)
                continue
            change = self._take(collection, event)
            if change is None:
                continue
            wanted = collection.remember(change) or wanted
            if self._definitions is not None and collection.kind is self._definitions.kind:
                self._define(change, tasks)
        self._progress.advance(changes.revision)
        if wanted:
            self._plan_flush()

    def _take(self, collection: Collection, event: Event) -> Change | None:
        try:
            return _change(collection, event)
        except ValueError:
            # One unreadable object must not stop its neighbours.
            logger.exception("an object in etcd cannot be read", key=event.key)
            return None

    # Kinds that users define

    def _define(self, change: Change, tasks: asyncio.TaskGroup) -> None:
        assert self._definitions is not None
        item = change.new or change.old
        assert item is not None
        prefix = self._defined.get(item.name)
        if change.new is None:
            self._definitions.changed(item.name, None, filled=False)
            if prefix is not None:
                del self._defined[item.name]
                filling = self._filling.pop(prefix, None)
                if filling is not None:
                    filling.abandon()
                self._drop(prefix)
            return
        stored = self._definitions.stored(item) if prefix is None else None
        if stored is not None and keys.prefix(stored) not in self._collections:  # what is built in stays
            collection = Collection(stored)
            prefix = self._defined[item.name] = collection.prefix
            self._collections[prefix] = collection
            filling = self._filling[prefix] = _Filling(collection, change.revision >> 8)
            tasks.create_task(self._fill(item.name, filling))
        self._definitions.changed(item.name, item, filled=prefix is not None and prefix not in self._filling)

    async def _fill(self, name: str, filling: _Filling) -> None:
        collection, revision = filling.collection, filling.revision
        pause = 0.05
        while not filling.done.is_set():
            try:
                page = await self._reader.range(collection.prefix, revision=revision)
                break
            except Compacted:
                # Nobody watches yet: a later state is as good, without what it already holds.
                revision = self._progress.revision
            except StoreUnavailable as error:
                logger.warning("etcd does not answer", error=str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)
        if filling.done.is_set():
            return
        items = []
        for entry in page.entries:
            try:
                items.append(_item(collection, entry))
            except ValueError:
                logger.exception("an object in etcd cannot be read", key=entry.key)
        collection.reset(items, codec.listed(revision))
        for event in filling.events:
            if event.resource_version >> 8 > revision:
                change = self._take(collection, event)
                if change is not None:
                    collection.remember(change)
        del self._filling[collection.prefix]
        filling.done.set()
        if self._definitions is not None:
            self._definitions.changed(name, self.get(self._definitions.kind, "", name), filled=True)

    # Telling watchers

    def _plan_flush(self) -> None:
        if self._flush_planned:
            return
        self._flush_planned = True
        loop = asyncio.get_running_loop()
        loop.call_at(max(self._flush_at, loop.time()), self.flush)

    def flush(self) -> None:
        """Hands every watcher what has come for it, now."""
        self._flush_planned = False
        served = sum(collection.groups.flush() for collection in self._collections.values())
        pause = min(FLUSH_EVERY + FLUSH_PER_WATCHER * served, FLUSH_MOST)
        self._flush_at = asyncio.get_running_loop().time() + pause

    def _close_watchers(self) -> None:
        for collection in self._collections.values():
            collection.groups.close(Gone())


class _Filling:
    """A collection whose objects are on their way, as of a revision of etcd, and what happens to them meanwhile."""

    def __init__(self, collection: Collection, revision: int) -> None:
        self.collection = collection
        self.revision = revision
        self.events: list[Event] = []
        self.done = asyncio.Event()

    def abandon(self) -> None:
        self.done.set()


def _item(collection: Collection, entry: Entry) -> Item:
    rest = entry.key[len(collection.prefix) :]
    namespace, _, name = rest.rpartition("/")
    return Item(entry.key, namespace, name, splice(entry.value, entry.resource_version), entry.resource_version,
                entry.create_revision, collection.kind.fields)  # fmt: skip


def _change(collection: Collection, event: Event) -> Change | None:
    if event.entry is not None:
        item = _item(collection, event.entry)
        return Change(collection.put(item), item, event.resource_version)
    namespace, _, name = event.key[len(collection.prefix) :].rpartition("/")
    old = collection.remove(namespace, name)
    return None if old is None else Change(old, None, event.resource_version)
