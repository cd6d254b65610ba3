"""What the cluster looks like, kept up to date in memory: snapshot first, then changes.

A source (etcd_source, grpc_source) says what is and what changes; the informer keeps stores of it, tells subscribers
the exact differences, and knows up to which resourceVersion it has seen everything. After a gap the source sends a new
snapshot, and subscribers hear of the differences only. Handlers are synchronous and see the store as of their change;
delivering through queues was rejected: whoever wants a queue puts a key into one.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from itertools import count
from types import MappingProxyType
from typing import NamedTuple, Protocol

from services.foundation import log
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj, key_of

logger = log.get(__name__)

Handler = Callable[[Obj | None, Obj | None], None]
KindHandler = Callable[[Kind, Obj | None, Obj | None], None]
Index = Callable[[Obj], Iterable[Hashable]]
Key = tuple[str, str]
Objects = list[Obj]


class Snapshot(NamedTuple):
    """All objects of some kinds at one resourceVersion; `whole`: there are no others."""

    objects: Mapping[Kind, Sequence[Obj]]
    revision: int
    whole: bool = False


class Change(NamedTuple):
    """`obj` is None when the object was deleted."""

    kind: Kind
    namespace: str
    name: str
    obj: Obj | None


class Delta(NamedTuple):
    """Changes in order; afterwards everything up to `revision` has been seen: of `kind`, or of all when it is None."""

    changes: Sequence[Change]
    revision: int
    kind: Kind | None = None


Sink = Callable[[Snapshot | Delta], None]


class Source(Protocol):
    """Where objects come from."""

    async def run(self, kinds: Sequence[Kind], sink: Sink) -> None:
        """Calls `sink` with a snapshot of each kind, then with what changes, for ever; reconnects by itself.

        After a gap that cannot be filled it sends snapshots again. Objects bear apiVersion, kind and resourceVersion.
        """


class Store:
    """The objects of one kind. They are shared: never change one, copy it."""

    def __init__(self, kind: Kind, indexes: Mapping[str, Index]) -> None:
        self.kind = kind
        self.revision = 0  # the resourceVersion up to which this store is current
        self._namespaces: dict[str, dict[str, Obj]] = {}
        self._indexes = indexes
        self._found: dict[str, dict[Hashable, dict[Key, Obj]]] = {name: {} for name in indexes}

    def __len__(self) -> int:
        return sum(map(len, self._namespaces.values()))

    def get(self, namespace: str, name: str) -> Obj | None:
        return self._namespaces.get(namespace, {}).get(name)

    def list(self, namespace: str | None = None) -> Objects:
        """All, or those of one namespace; in no particular order."""
        if namespace is not None:
            return [*self._namespaces.get(namespace, {}).values()]
        return [obj for objects in self._namespaces.values() for obj in objects.values()]

    def by_index(self, index: str, value: Hashable) -> Objects:
        """The objects for which the index function gives the value; raises KeyError for an index that is not there."""
        return [*self._found[index].get(value, {}).values()]

    def replace(self, key: Key, new: Obj | None) -> Obj | None:
        """Sets or (None) removes an object and returns the one before it; only the informer calls this."""
        namespace, name = key
        objects = self._namespaces.setdefault(namespace, {})
        old = objects.pop(name, None) if new is None else objects.get(name)
        if new is not None:
            objects[name] = new
        elif not objects:
            del self._namespaces[namespace]
        for index, values in self._indexes.items():
            self._reindex(self._found[index], key, values, old, new)
        return old

    def _reindex(
        self, found: dict[Hashable, dict[Key, Obj]], key: Key, values: Index, old: Obj | None, new: Obj | None
    ) -> None:
        before = set(values(old)) if old is not None else set()
        after = set(values(new)) if new is not None else set()
        for value in before - after:
            del found[value][key]
            if not found[value]:
                del found[value]
        if new is not None:
            for value in after:
                found.setdefault(value, {})[key] = new


class Informer:
    """`indexes`: for each kind, index functions by name; `more`: those of kinds that a source brings by itself.
    Subscribe before `run`, or at any time."""

    def __init__(
        self, source: Source, kinds: Sequence[Kind],
        indexes: Mapping[Kind, Mapping[str, Index]] = MappingProxyType({}),
        more: Mapping[str, Index] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        self._more = more
        self._others: list[KindHandler] = []
        self._source = source
        self._kinds = tuple(kinds)
        self._stores = {kind: Store(kind, indexes.get(kind, {})) for kind in kinds}
        self._handlers: dict[Kind, list[Handler]] = {kind: [] for kind in kinds}
        self._missing = set(kinds)
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = count()
        self.synced = asyncio.Event()
        self.revision = 0  # everything up to this resourceVersion has been seen

    def store(self, kind: Kind) -> Store:
        return self._stores[kind]

    def subscribe(self, kind: Kind, handler: Handler) -> None:
        """Calls handler(old, new) after each change of the store; objects already there come first, as (None, obj)."""
        self._handlers[kind].append(handler)
        for obj in self._stores[kind].list():
            self._call(handler, None, obj)

    @property
    def others(self) -> list[Kind]:
        """The kinds that the source brought by itself."""
        return [kind for kind in self._stores if kind not in self._handlers]

    def has(self, kind: Kind) -> bool:
        return kind in self._stores

    def subscribe_others(self, handler: KindHandler) -> None:
        """The same for every kind that the source brings by itself, now and later: handler(kind, old, new)."""
        self._others.append(handler)
        for kind in self.others:
            for obj in self._stores[kind].list():
                self._call(partial(handler, kind), None, obj)

    async def run(self) -> None:
        """Keeps the stores up to date until cancelled."""
        await self._source.run(self._kinds, self.receive)

    async def reached(self, revision: int, timeout: float) -> bool:
        """Waits until everything up to the resourceVersion has been seen; False when that takes too long (seconds)."""
        if self.revision >= revision:
            return True
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (revision, next(self._order), waiter))
        try:
            async with asyncio.timeout(timeout):
                await waiter
        except TimeoutError:
            return False
        return True

    def receive(self, update: Snapshot | Delta) -> None:
        """What a source calls."""
        if isinstance(update, Snapshot):
            self._replace_all(update)
        else:
            for change in update.changes:
                old = self._stored(change.kind).replace((change.namespace, change.name), change.obj)
                self._tell(change.kind, old, change.obj)
            for kind in self._stores if update.kind is None else (update.kind,):
                self._stores[kind].revision = update.revision
        self._advance()

    def _replace_all(self, snapshot: Snapshot) -> None:
        """All stores first, handlers afterwards: a handler that looks at another kind finds the same moment."""
        differences: list[tuple[Kind, Obj | None, Obj | None]] = []
        for kind in self.others if snapshot.whole else ():
            if kind not in snapshot.objects:
                differences += [(kind, obj, None) for obj in self._stores.pop(kind).list()]
        for kind, objects in snapshot.objects.items():
            store = self._stored(kind)
            present = {key_of(obj) for obj in objects}
            gone = [key_of(obj) for obj in store.list() if key_of(obj) not in present]
            differences += [(kind, store.replace(key, None), None) for key in gone]
            for obj in objects:
                known = store.get(*key_of(obj))
                if known is None or known["metadata"]["resourceVersion"] != obj["metadata"]["resourceVersion"]:
                    differences.append((kind, store.replace(key_of(obj), obj), obj))
            store.revision = snapshot.revision
            self._missing.discard(kind)
        for kind, old, new in differences:
            self._tell(kind, old, new)
        if not self._missing:
            self.synced.set()

    def _stored(self, kind: Kind) -> Store:
        store = self._stores.get(kind)
        if store is None:
            store = self._stores[kind] = Store(kind, self._more)
        return store

    def _advance(self) -> None:
        if self._missing:
            return
        self.revision = min(store.revision for store in self._stores.values())
        while self._waiting and self._waiting[0][0] <= self.revision:
            waiter = heapq.heappop(self._waiting)[2]
            if not waiter.done():
                waiter.set_result(None)

    def _tell(self, kind: Kind, old: Obj | None, new: Obj | None) -> None:
        if old is None and new is None:
            return
        for handler in self._handlers.get(kind, ()):
            self._call(handler, old, new)
        if kind not in self._handlers:
            for other in self._others:
                self._call(partial(other, kind), old, new)

    def _call(self, handler: Handler, old: Obj | None, new: Obj | None) -> None:
        try:
            handler(old, new)
        except Exception:
            namespace, name = key_of(new or old or {"metadata": {}})
            logger.exception("informer handler failed", namespace=namespace, name=name)
