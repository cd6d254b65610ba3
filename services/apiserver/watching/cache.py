"""The watch cache: one watch on everything in etcd, and every object as the bytes that users get.

It promises that a read is exact: `fresh` asks etcd for its current revision (one question serves all readers that
wait) and returns when the cache has reached it. Reading every object from etcd was rejected: it parses and copies what
nobody changed, and costs etcd the CPU it needs for writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from services.apiserver.watching.collection import Collection
from services.apiserver.watching.encoding import splice
from services.apiserver.watching.freshness import Progress, Question
from services.apiserver.watching.item import Change, Item
from services.apiserver.watching.watcher import Gone
from services.foundation import log
from services.objects.errors import Timeout
from services.objects.kinds.kind import Kind
from services.storage import codec, keys
from services.storage.store import Changes, Compacted, Entry, Event, Readable, StoreUnavailable

logger = log.get(__name__)

PAGE = 1000
# Frames of changes that come close together go out together: a pause in seconds after each time, the longer the more
# watchers there were to write to, since each write has its price however little it carries.
FLUSH_EVERY, FLUSH_PER_WATCHER, FLUSH_MOST = 0.004, 0.0002, 0.05


class Cache:
    def __init__(self, reader: Readable, kinds: Iterable[Kind]) -> None:
        self._reader = reader
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
            found = self._by_kind[kind] = self._collections[keys.prefix(kind)]
        return found

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

    async def reached(self, revision: int, timeout: float) -> bool:
        """Whether the cache came to etcd's `revision` within `timeout` seconds."""
        return await self._progress.reached(revision, timeout)

    # Following etcd

    async def run(self) -> None:
        """For a TaskGroup: loads everything, then follows it; after a compaction it loads again."""
        pause = 0.1
        while True:
            try:
                if not self.synced.is_set():
                    await self._load()
                async for changes in self._reader.watch(self._progress.revision):
                    self._apply(changes)
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
        found: dict[str, list[Item]] = {prefix: [] for prefix in self._collections}
        after, revision = "", 0
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
        self._progress.advance(revision)
        self.synced.set()
        logger.info("loaded", objects=sum(map(len, found.values())), revision=revision)

    def _owner(self, key: str) -> Collection | None:
        end = key.find("/", 10)  # behind "/registry/"
        collection = self._collections.get(key[: end + 1])
        if collection is None:
            end = key.find("/", end + 1)
            collection = self._collections.get(key[: end + 1])
        return collection

    def _apply(self, changes: Changes) -> None:
        wanted = False
        for event in changes.events:
            collection = self._owner(event.key)
            if collection is None:
                continue
            try:
                change = _change(collection, event)
            except ValueError:
                # One unreadable object must not stop its neighbours.
                logger.exception("an object in etcd cannot be read", key=event.key)
                continue
            if change is not None and collection.remember(change):
                wanted = True
        self._progress.advance(changes.revision)
        if wanted:
            self._plan_flush()

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
