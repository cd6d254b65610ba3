"""Watches ReplicaSets or ReplicationControllers and their pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.controller_manager.controller import Enqueue
from services.controller_manager.controllers.replicaset import decide
from services.controller_manager.plans import Plan
from services.controller_manager.view import View
from services.objects.kinds import POD, REPLICASET, Kind
from services.objects.meta import Obj, is_deleting, key_of, labels_of, namespace_of
from services.objects.ownership import controller_of


class ReplicaSets:
    """Of the kind given; keys are (namespace, name)."""

    def __init__(self, view: View, kind: Kind = REPLICASET) -> None:
        self.name = kind.singular
        self.component = "replicaset-controller" if kind is REPLICASET else "replication-controller"
        self._view = view
        self._kind = kind

    def subscribe(self, enqueue: Enqueue) -> None:
        self._enqueue = enqueue
        self._view.on(self._kind, lambda old, new: enqueue(key_of(new or old or {})))
        self._view.on(POD, self._pod_changed)

    def _pod_changed(self, old: Obj | None, new: Obj | None) -> None:
        owners = {self._owner(pod) for pod in (old, new) if pod is not None}
        for owner in owners - {None}:
            self._enqueue(owner)
        if new is None or is_deleting(new) or controller_of(new) is not None:
            return
        if old is None or labels_of(old) != labels_of(new) or controller_of(old) is not None:
            for each in self._view.store(self._kind).list(namespace_of(new)):
                if decide.selector_of(each, self._kind).matches(labels_of(new)):
                    self._enqueue(key_of(each))

    def _owner(self, pod: Obj) -> tuple[str, str] | None:
        owner = controller_of(pod)
        if owner is None or (owner["kind"], owner["apiVersion"]) != (self._kind.kind, self._kind.api_version):
            return None
        return namespace_of(pod), owner["name"]

    async def observe(self, key: tuple[str, str], failure: str) -> decide.Observed | None:
        owner = self._view.store(self._kind).get(*key)
        if owner is None:
            return None
        pods = self._view.controlled_by(POD, owner)
        return decide.Observed(self._kind, owner, pods, self._related(owner), failure)

    def _related(self, owner: Obj) -> list[Obj]:
        """The pods of all sets of the same deployment, which share its nodes."""
        controller = controller_of(owner)
        if controller is None:
            return []
        siblings = self._view.store(self._kind).by_index("controller", controller["uid"])
        pods = self._view.store(POD)
        return [pod for each in siblings for pod in pods.by_index("controller", each["metadata"]["uid"])]

    def decide(self, observed: Any, now: datetime) -> Plan:
        return decide.decide(observed, now)
