"""What controllers see: one informer for all of them, and the indexes they ask it by.

Everything but Secrets and Events comes straight from etcd, by one watch. Of Secrets, which may be encrypted there, only
the metadata is kept, and it is asked of the apiserver; that informer is not waited for when a key waits for its own
writes, so whatever acts on Secrets guards itself with preconditions.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial

from services.client.informer import Change, Delta, Index, Informer, Sink, Snapshot, Source, Store
from services.controller_manager import pods as podstate
from services.foundation import log
from services.objects.kinds import EVENT, KINDS, POD, SECRET, Kind
from services.objects.meta import Obj, is_deleting, key_of, namespace_of
from services.objects.ownership import controller_of, owners_of

logger = log.get(__name__)

Handler = Callable[[Obj | None, Obj | None], None]
KindHandler = Callable[[Kind, Obj | None, Obj | None], None]


def watched_kinds() -> list[Kind]:
    """Kinds with objects of their own in etcd that controllers may read there."""
    return [kind for kind in KINDS if kind.stored and kind.stored_as is None and kind not in (SECRET, EVENT)]


def _owners(obj: Obj) -> Iterable[Hashable]:
    return [owner["uid"] for owner in owners_of(obj) if owner.get("uid")]


def _controller(obj: Obj) -> Iterable[Hashable]:
    """The controller's uid, or, of what has none, where it waits to be adopted."""
    controller = controller_of(obj)
    return [controller["uid"] if controller is not None else ("orphans", namespace_of(obj))]


def _node(pod: Obj) -> Iterable[Hashable]:
    return [podstate.node_of(pod)]


def _ended(pod: Obj) -> Iterable[Hashable]:
    """Pods that podgc may have to remove."""
    if podstate.is_terminal(pod) or (is_deleting(pod) and not podstate.node_of(pod)):
        return [True]
    return []


_INDEXES: Mapping[str, Index] = {"owner": _owners, "controller": _controller}


def indexes(kinds: Sequence[Kind]) -> Mapping[Kind, Mapping[str, Index]]:
    found: dict[Kind, dict[str, Index]] = {kind: dict(_INDEXES) for kind in kinds}
    if POD in found:
        found[POD] |= {"node": _node, "ended": _ended}
    return found


class MetadataSource:
    """Passes on only what identifies and relates objects; the rest is not ours to keep."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def run(self, kinds: Sequence[Kind], sink: Sink) -> None:
        def reduced(update: Snapshot | Delta) -> None:
            if isinstance(update, Snapshot):
                sink(Snapshot({kind: list(map(_metadata, objects)) for kind, objects in update.objects.items()},
                              update.revision))  # fmt: skip
                return
            changes = [Change(kind, namespace, name, None if obj is None else _metadata(obj))
                       for kind, namespace, name, obj in update.changes]  # fmt: skip
            sink(update._replace(changes=changes))

        await self._source.run(kinds, reduced)


def _metadata(obj: Obj) -> Obj:
    return {name: obj[name] for name in ("apiVersion", "kind", "metadata") if name in obj}


class View:
    """Stores by kind. `informer` is the one of etcd, of which alone `revision` and `reached` speak."""

    def __init__(self, informer: Informer, kinds: Sequence[Kind], secrets: Informer | None = None) -> None:
        self.informer = informer
        self._secrets = secrets
        self._handlers: dict[Kind, list[Handler]] = {}
        self._every: list[KindHandler] | None = None
        self._kinds = [*kinds, SECRET] if secrets is not None else [*kinds]

    @classmethod
    def over(cls, source: Source, secrets: Source | None = None) -> View:
        kinds = watched_kinds()
        behind = Informer(MetadataSource(secrets), [SECRET], indexes([SECRET])) if secrets is not None else None
        return cls(Informer(source, kinds, indexes(kinds), _INDEXES), kinds, behind)

    @property
    def kinds(self) -> list[Kind]:
        """All there are now, those of custom resources included."""
        return [*self._kinds, *self.custom_kinds]

    def has(self, kind: Kind) -> bool:
        return self.informer.has(kind) or (kind is SECRET and self._secrets is not None)

    @property
    def custom_kinds(self) -> list[Kind]:
        return self.informer.others

    def kind_of(self, api_version: str, name: str) -> Kind | None:
        """As ownerReferences name it; a custom resource by any of its versions."""
        found = KINDS.by_type(api_version, name)
        if found is not None:
            return found
        group = api_version.rpartition("/")[0]
        return next((kind for kind in self.informer.others if (kind.group, kind.kind) == (group, name)), None)

    @property
    def others(self) -> list[Informer]:
        """To be run beside `informer`; nothing waits for them."""
        return [] if self._secrets is None else [self._secrets]

    @property
    def revision(self) -> int:
        return self.informer.revision

    async def reached(self, revision: int, timeout: float) -> bool:
        return await self.informer.reached(revision, timeout)

    def store(self, kind: Kind) -> Store:
        return self._of(kind).store(kind)

    def on(self, kind: Kind, handler: Handler) -> None:
        """handler(old, new) for every object now and every change from now on, until `dismiss`."""
        if kind not in self._handlers:
            self._handlers[kind] = []
            self._of(kind).subscribe(kind, partial(self._changed, kind))
        self._handlers[kind].append(handler)
        for obj in self.store(kind).list():
            self._call(kind, handler, None, obj)

    def on_every(self, handler: KindHandler) -> None:
        """handler(kind, old, new) for the objects of every kind, also of custom ones that are yet to be defined."""
        for kind in self._kinds:
            self.on(kind, partial(handler, kind))
        if self._every is None:
            self._every = []
            self.informer.subscribe_others(self._other_changed)
        self._every.append(handler)
        for kind in self.informer.others:
            for obj in self.store(kind).list():
                self._call(kind, partial(handler, kind), None, obj)

    def dismiss(self) -> None:
        """Forgets all handlers: who led no longer leads."""
        for handlers in self._handlers.values():
            handlers.clear()
        if self._every is not None:
            self._every.clear()

    def _other_changed(self, kind: Kind, old: Obj | None, new: Obj | None) -> None:
        for handler in self._every or ():
            self._call(kind, partial(handler, kind), old, new)

    def _changed(self, kind: Kind, old: Obj | None, new: Obj | None) -> None:
        for handler in self._handlers[kind]:
            self._call(kind, handler, old, new)

    @staticmethod
    def _call(kind: Kind, handler: Handler, old: Obj | None, new: Obj | None) -> None:
        """One controller's mistake is not its neighbours'."""
        try:
            handler(old, new)
        except Exception:
            namespace, name = key_of(new or old or {"metadata": {}})
            logger.exception("handler failed", kind=kind.resource, namespace=namespace, name=name)

    def _of(self, kind: Kind) -> Informer:
        return self._secrets if kind is SECRET and self._secrets is not None else self.informer

    def controlled_by(self, kind: Kind, owner: Obj) -> list[Obj]:
        """What `owner` controls, and what in its namespace nobody controls."""
        store = self.store(kind)
        return [*store.by_index("controller", owner["metadata"]["uid"]),
                *store.by_index("controller", ("orphans", namespace_of(owner)))]  # fmt: skip
