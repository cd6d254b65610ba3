"""Watches Services, the pods they select, the nodes these run on, and our EndpointSlices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.controller_manager.controller import Enqueue
from services.controller_manager.controllers.endpointslice import decide
from services.controller_manager.endpoints import affected
from services.controller_manager.plans import Plan
from services.controller_manager.view import View
from services.objects import endpointslices
from services.objects.kinds import ENDPOINTSLICE, NODE, POD, SERVICE
from services.objects.meta import Obj, key_of, labels_of, name_of, namespace_of

_ZONE = "topology.kubernetes.io/zone"


class EndpointSlices:
    """Keys are (namespace, name) of Services."""

    name = "endpointslice"
    component = "endpoint-slice-controller"

    def __init__(self, view: View) -> None:
        self._view = view

    def subscribe(self, enqueue: Enqueue) -> None:
        self._enqueue = enqueue
        self._view.on(SERVICE, lambda old, new: enqueue(key_of(new or old or {})))
        self._view.on(ENDPOINTSLICE, self._slice_changed)
        self._view.on(POD, self._pod_changed)
        self._view.on(NODE, self._node_changed)

    def _slice_changed(self, old: Obj | None, new: Obj | None) -> None:
        for each in (old, new):
            if each is not None and labels_of(each).get(endpointslices.MANAGED_BY) == decide.MANAGER:
                self._enqueue((namespace_of(each), labels_of(each).get(endpointslices.SERVICE_NAME, "")))

    def _pod_changed(self, old: Obj | None, new: Obj | None) -> None:
        for key in affected(self._view.store(SERVICE).list, old, new):
            self._enqueue(key)

    def _node_changed(self, old: Obj | None, new: Obj | None) -> None:
        """A node that comes, goes or moves changes what its pods' endpoints say."""
        if old is not None and new is not None and labels_of(old).get(_ZONE) == labels_of(new).get(_ZONE):
            return
        for pod in self._view.store(POD).by_index("node", name_of(new or old or {})):
            for key in affected(self._view.store(SERVICE).list, None, pod):
                self._enqueue(key)

    async def observe(self, key: tuple[str, str], failure: str) -> decide.Observed | None:
        namespace, name = key
        service = self._view.store(SERVICE).get(namespace, name)
        if service is None:
            return None
        ours = endpointslices.labels(name, decide.MANAGER).items()
        slices = [each for each in self._view.store(ENDPOINTSLICE).list(namespace) if ours <= labels_of(each).items()]
        nodes = {name_of(node): node for node in self._view.store(NODE).list()}
        return decide.Observed(service, self._view.store(POD).list(namespace), slices, nodes)

    def decide(self, observed: Any, now: datetime) -> Plan:
        return decide.decide(observed, now)
