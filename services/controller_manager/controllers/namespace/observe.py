"""Watches Namespaces that are being deleted and the end of what is in them.

What is in a namespace is asked of the apiserver: it knows every kind, and no cache that is late hides anything from us.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from services.controller_manager.controller import Enqueue
from services.controller_manager.controllers.namespace import decide
from services.controller_manager.plans import Plan
from services.controller_manager.view import View
from services.objects.errors import NotFound
from services.objects.kinds import KINDS, NAMESPACE, Kind
from services.objects.meta import Obj, is_deleting, name_of, namespace_of, uid_of

Lister = Callable[[Kind, str], Awaitable[list[Obj]]]


class Namespaces:
    """Keys are names. `content` lists the objects of a kind in a namespace, from the apiserver."""

    name = "namespace"
    component = "namespace-controller"

    def __init__(self, view: View, content: Lister) -> None:
        self._view = view
        self._content = content

    def subscribe(self, enqueue: Enqueue) -> None:
        def namespace_changed(old: Obj | None, new: Obj | None) -> None:
            if new is not None and is_deleting(new):
                enqueue(name_of(new))

        def content_changed(kind: Kind, old: Obj | None, new: Obj | None) -> None:
            if kind.namespaced and new is None and old is not None:
                namespace = self._view.store(NAMESPACE).get("", namespace_of(old))
                if namespace is not None and is_deleting(namespace):
                    enqueue(namespace_of(old))

        self._view.on(NAMESPACE, namespace_changed)
        self._view.on_every(content_changed)

    async def observe(self, key: str, failure: str) -> decide.Observed | None:
        namespace = self._view.store(NAMESPACE).get("", key)
        if namespace is None or not is_deleting(namespace):
            return None
        content: dict[str, tuple[Kind, Obj]] = {}
        for kind in [*KINDS, *self._view.custom_kinds]:
            if kind.namespaced and kind.stored and {"list", "delete"} <= set(kind.verbs):
                for obj in await self._objects(kind, key):
                    content.setdefault(uid_of(obj), (kind, obj))  # events are listed by two kinds
        return decide.Observed(namespace, [*content.values()])

    async def _objects(self, kind: Kind, namespace: str) -> list[Obj]:
        try:
            return await self._content(kind, namespace)
        except NotFound:
            if kind not in self._view.custom_kinds:
                raise
            return []  # its definition is gone, and everything of it went before

    def decide(self, observed: Any, now: datetime) -> Plan:
        return decide.decide(observed, now)
