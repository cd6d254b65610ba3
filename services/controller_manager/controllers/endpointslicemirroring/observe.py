"""Watches Endpoints, Services and the EndpointSlices we made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.controller_manager.controller import Enqueue
from services.controller_manager.controllers.endpointslicemirroring import decide
from services.controller_manager.plans import Plan
from services.controller_manager.view import View
from services.objects import endpointslices
from services.objects.kinds import ENDPOINTS, ENDPOINTSLICE, SERVICE
from services.objects.meta import Obj, key_of, labels_of, namespace_of


class EndpointSliceMirrors:
    """Keys are (namespace, name) of Endpoints, which are those of their Services."""

    name = "endpointslicemirroring"
    component = "endpoint-slice-mirroring-controller"

    def __init__(self, view: View) -> None:
        self._view = view

    def subscribe(self, enqueue: Enqueue) -> None:
        def slice_changed(old: Obj | None, new: Obj | None) -> None:
            for each in (old, new):
                if each is not None and labels_of(each).get(endpointslices.MANAGED_BY) == decide.MANAGER:
                    enqueue((namespace_of(each), labels_of(each).get(endpointslices.SERVICE_NAME, "")))

        self._view.on(ENDPOINTS, lambda old, new: enqueue(key_of(new or old or {})))
        self._view.on(SERVICE, lambda old, new: enqueue(key_of(new or old or {})))
        self._view.on(ENDPOINTSLICE, slice_changed)

    async def observe(self, key: tuple[str, str], failure: str) -> decide.Observed | None:
        namespace, name = key
        endpoints, service = self._view.store(ENDPOINTS).get(*key), self._view.store(SERVICE).get(*key)
        ours = endpointslices.labels(name, decide.MANAGER).items()
        slices = [each for each in self._view.store(ENDPOINTSLICE).list(namespace) if ours <= labels_of(each).items()]
        if not slices and (endpoints is None or not decide.is_mirrored(endpoints, service)):
            return None
        return decide.Observed(endpoints, service, slices)

    def decide(self, observed: Any, now: datetime) -> Plan:
        return decide.decide(observed, now)
