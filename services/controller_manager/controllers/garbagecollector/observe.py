"""Watches every kind for owners that go and dependents that are left.

That an owner is gone is never believed of the view alone: the apiserver is asked, once per owner. The view tells about
kinds in its own order when it comes back from a gap, and a wrong deletion cannot be taken back.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from services.controller_manager.controller import Enqueue
from services.controller_manager.controllers.garbagecollector import decide
from services.controller_manager.controllers.garbagecollector.decide import FOREGROUND, ORPHAN, Owner
from services.controller_manager.plans import Plan
from services.controller_manager.view import View
from services.objects.errors import NotFound
from services.objects.kinds import Kind
from services.objects.meta import Obj, is_deleting, key_of, namespace_of, uid_of
from services.objects.ownership import OwnerReference, owners_of

Getter = Callable[[Kind, str, str], Awaitable[Obj]]
Key = tuple[Kind, str, str]
_REMEMBERED = 10_000  # owners known to be gone; uids never come back


class GarbageCollector:
    """Keys are (kind, namespace, name). `get` asks the apiserver for an object (kind, namespace, name)."""

    name = "garbagecollector"
    component = "garbage-collector-controller"

    def __init__(self, view: View, get: Getter) -> None:
        self._view = view
        self._get = get
        self._gone: OrderedDict[str, None] = OrderedDict()

    def subscribe(self, enqueue: Enqueue) -> None:
        self._enqueue = enqueue
        self._view.on_every(self._changed)

    def _changed(self, kind: Kind, old: Obj | None, new: Obj | None) -> None:
        if new is None:
            if old is not None:
                self._wake_dependents(old)
                self._wake_owners(old)
            return
        if is_deleting(new):
            if self._is_held(new):
                self._enqueue((kind, *key_of(new)))
                if old is None or not self._is_held(old) or not is_deleting(old):
                    self._wake_dependents(new)
        elif owners_of(new) and any(self._seen(new, owner) is not Owner.SOLID for owner in owners_of(new)):
            self._enqueue((kind, *key_of(new)))
        if old is not None and owners_of(old) != owners_of(new):
            self._wake_owners(old)

    @staticmethod
    def _is_held(obj: Obj) -> bool:
        finalizers = obj["metadata"].get("finalizers") or ()
        return ORPHAN in finalizers or FOREGROUND in finalizers

    def _wake_dependents(self, owner: Obj) -> None:
        for kind, dependent in self._dependents(owner):
            self._enqueue((kind, *key_of(dependent)))

    def _wake_owners(self, dependent: Obj) -> None:
        """They may have waited for it."""
        for reference in owners_of(dependent):
            kind = self._kind_of(reference)
            if kind is not None:
                self._enqueue((kind, namespace_of(dependent) if kind.namespaced else "", reference["name"]))

    def _kind_of(self, reference: OwnerReference) -> Kind | None:
        return self._view.kind_of(reference["apiVersion"], reference["kind"])

    def _dependents(self, owner: Obj) -> list[tuple[Kind, Obj]]:
        uid = uid_of(owner)
        return [(kind, obj) for kind in self._view.kinds for obj in self._view.store(kind).by_index("owner", uid)]

    def _seen(self, dependent: Obj, reference: OwnerReference) -> Owner:
        """The owner's state as the view has it; DANGLING remains to be confirmed."""
        kind = self._kind_of(reference)
        if kind is None or not self._view.has(kind) or (kind.namespaced and not namespace_of(dependent)):
            return Owner.SOLID  # not ours to judge
        return _state(self._view.store(kind).get(_namespace(kind, dependent), reference["name"]), reference)

    async def _confirmed(self, dependent: Obj, reference: OwnerReference) -> Owner:
        state = self._seen(dependent, reference)
        kind = self._kind_of(reference)
        if state is not Owner.DANGLING or kind is None or reference["uid"] in self._gone:
            return state
        try:
            state = _state(await self._get(kind, _namespace(kind, dependent), reference["name"]), reference)
        except NotFound:
            state = Owner.DANGLING
        if state is Owner.DANGLING:
            self._gone[reference["uid"]] = None
            if len(self._gone) > _REMEMBERED:
                self._gone.popitem(last=False)
        return state

    async def observe(self, key: Key, failure: str) -> decide.Observed | None:
        kind, namespace, name = key
        if not self._view.has(kind) or (obj := self._view.store(kind).get(namespace, name)) is None:
            return None
        owners = {reference["uid"]: await self._confirmed(obj, reference) for reference in owners_of(obj)}
        return decide.Observed(kind, obj, owners, self._dependents(obj))

    def decide(self, observed: Any, now: datetime) -> Plan:
        return decide.decide(observed, now)


def _namespace(kind: Kind, dependent: Obj) -> str:
    return namespace_of(dependent) if kind.namespaced else ""


def _state(owner: Obj | None, reference: OwnerReference) -> Owner:
    if owner is None or uid_of(owner) != reference["uid"]:
        return Owner.DANGLING
    waits = is_deleting(owner) and FOREGROUND in (owner["metadata"].get("finalizers") or ())
    return Owner.WAITING if waits else Owner.SOLID
