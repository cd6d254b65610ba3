"""The kinds of custom resources in this process: what the cache says of definitions, made into what is served.

A definition is served when it is established and the cache holds its objects. Everything here happens in the cache's
own turn, so whoever has seen a definition change finds its kinds changed as well.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import orjson

from services.apiserver.watching.cache import Cache
from services.apiserver.watching.item import Item
from services.foundation import log
from services.objects import conditions, custom
from services.objects.kinds import CUSTOMRESOURCEDEFINITION
from services.objects.kinds.kind import Kind
from services.objects.kinds.registry import Registry
from services.objects.meta import Obj

logger = log.get(__name__)


class _Served(NamedTuple):
    """`made_of` is what of the definition the kinds depend on."""

    made_of: bytes
    kinds: tuple[Kind, ...]


class CustomResources:
    """`concerns` are the names of definitions that changed since somebody took them; `concern` wakes who waits."""

    kind = CUSTOMRESOURCEDEFINITION

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._served: dict[str, _Served] = {}
        self._filled: set[str] = set()
        self._cache: Cache | None = None
        self.concerns: dict[str, None] = {}
        self.concern = asyncio.Event()

    def follow(self, cache: Cache) -> None:
        """The cache whose definitions these are."""
        self._cache = cache

    def is_filled(self, name: str) -> bool:
        """Whether the objects of a definition can be read in this process."""
        return name in self._filled

    # What the cache calls

    def stored(self, item: Item) -> Kind | None:
        try:
            return custom.stored_kind(item.object())
        except (KeyError, TypeError):
            logger.exception("a definition in etcd cannot be understood", name=item.name)
            return None

    def reset(self, items: list[Item]) -> None:
        present = {item.name for item in items}
        for name in [name for name in self._served if name not in present]:
            self.changed(name, None, filled=False)
        for item in items:
            stored = self.stored(item)
            self.changed(item.name, item, filled=stored is not None and self._is_ours(stored))

    def changed(self, name: str, item: Item | None, *, filled: bool) -> None:
        if filled:
            self._filled.add(name)
        else:
            self._filled.discard(name)
        self._concern(name, item)
        if item is None or not filled:
            self._serve(name, b"", ())
            return
        crd = item.object()
        if not conditions.is_true(crd, "Established"):
            self._serve(name, b"", ())
            return
        made_of = _made_of(crd)
        served = self._served.get(name)
        if served is None or served.made_of != made_of:
            try:
                self._serve(name, made_of, _kinds(crd))
            except (KeyError, TypeError, ValueError):
                logger.exception("a definition in etcd cannot be served", name=name)
                self._serve(name, b"", ())

    def _is_ours(self, stored: Kind) -> bool:
        """Whether the place of a definition's objects is not that of a built-in kind."""
        built_in = (kind for kind in self._registry if kind.custom is None)
        taken = any((kind.group, kind.plural) == (stored.group, stored.plural) for kind in built_in)
        return not taken and self._cache is not None and self._cache.serves(stored)

    def withdraw(self) -> None:
        """Nothing is served any more: the process ends, or a test."""
        for name in list(self._served):
            self._serve(name, b"", ())

    def _serve(self, name: str, made_of: bytes, kinds: tuple[Kind, ...]) -> None:
        before = self._served.pop(name, None)
        if before is not None:
            for kind in before.kinds:
                self._registry.remove(kind)
        for kind in kinds:
            self._registry.add(kind)
        if kinds:
            self._served[name] = _Served(made_of, kinds)
        if before is not None and self._cache is not None:
            for kind in before.kinds:
                self._cache.forget(kind)

    def _concern(self, name: str, item: Item | None) -> None:
        self.concerns[name] = None
        if item is None:
            # The names it had are free: others of its group may be waiting for them.
            group = name.partition(".")[2]
            self.concerns.update(dict.fromkeys(other for other in self._filled if other.endswith(f".{group}")))
        self.concern.set()


def _made_of(crd: Obj) -> bytes:
    accepted = (crd.get("status") or {}).get("acceptedNames")
    return orjson.dumps([crd["spec"], accepted, conditions.is_true(crd, "Terminating")], option=orjson.OPT_SORT_KEYS)


def _kinds(crd: Obj) -> tuple[Kind, ...]:
    stored = custom.stored_kind(crd)
    return tuple(custom.kind_of(crd, version, stored) for version in custom.served_versions(crd))
