"""Watches Deployments, their ReplicaSets, and, for Recreate, the end of their pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.controller_manager import pods as podstate
from services.controller_manager.controller import Enqueue
from services.controller_manager.controllers.deployment import decide
from services.controller_manager.controllers.deployment.surge import is_rolling
from services.controller_manager.plans import Plan
from services.controller_manager.view import View
from services.objects import selectors
from services.objects.kinds import DEPLOYMENT, POD, REPLICASET
from services.objects.meta import Obj, key_of, labels_of, name_of, namespace_of, uid_of
from services.objects.ownership import controller_of


class Deployments:
    """Keys are (namespace, name)."""

    name = "deployment"
    component = "deployment-controller"

    def __init__(self, view: View) -> None:
        self._view = view

    def subscribe(self, enqueue: Enqueue) -> None:
        self._enqueue = enqueue
        self._view.on(DEPLOYMENT, lambda old, new: enqueue(key_of(new or old or {})))
        self._view.on(REPLICASET, self._replicaset_changed)
        self._view.on(POD, self._pod_changed)

    def _replicaset_changed(self, old: Obj | None, new: Obj | None) -> None:
        for each in (old, new):
            if each is not None and (owner := self._owner(each)) is not None:
                self._enqueue(owner)
        if new is None or controller_of(new) is not None:
            return
        if old is None or labels_of(old) != labels_of(new) or controller_of(old) is not None:
            for each in self._view.store(DEPLOYMENT).list(namespace_of(new)):
                if selectors.from_json(each["spec"].get("selector")).matches(labels_of(new)):
                    self._enqueue(key_of(each))

    def _pod_changed(self, old: Obj | None, new: Obj | None) -> None:
        """Recreate waits until the last old pod has ended."""
        pod = new or old or {}
        if old is None or (new is not None and not podstate.is_terminal(new)):
            return
        owner = controller_of(pod)
        if owner is None or owner["kind"] != REPLICASET.kind:
            return
        replicaset = self._view.store(REPLICASET).get(namespace_of(pod), owner["name"])
        key = self._owner(replicaset) if replicaset is not None else None
        deployment = self._view.store(DEPLOYMENT).get(*key) if key is not None else None
        if deployment is not None and not is_rolling(deployment):
            self._enqueue(key_of(deployment))

    @staticmethod
    def _owner(replicaset: Obj) -> tuple[str, str] | None:
        owner = controller_of(replicaset)
        if owner is None or (owner["kind"], owner["apiVersion"]) != (DEPLOYMENT.kind, DEPLOYMENT.api_version):
            return None
        return namespace_of(replicaset), owner["name"]

    async def observe(self, key: tuple[str, str], failure: str) -> decide.Observed | None:
        deployment = self._view.store(DEPLOYMENT).get(*key)
        if deployment is None:
            return None
        mine = self._view.controlled_by(REPLICASET, deployment)
        taken = {name_of(each): each for each in self._view.store(REPLICASET).list(key[0])}
        pods: dict[str, list[Obj]] = {}
        if not is_rolling(deployment):
            pods = {uid_of(each): self._view.store(POD).by_index("controller", uid_of(each)) for each in mine}
        return decide.Observed(deployment, mine, taken, pods, failure)

    def decide(self, observed: Any, now: datetime) -> Plan:
        return decide.decide(observed, now)
