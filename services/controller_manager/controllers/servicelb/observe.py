"""Watches Services, the readiness and addresses of nodes, and EndpointSlices of Services that stay local."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.controller_manager.controller import Enqueue
from services.controller_manager.controllers.servicelb import decide
from services.controller_manager.plans import Plan
from services.controller_manager.view import View
from services.objects import conditions
from services.objects.endpointslices import service_of
from services.objects.kinds import ENDPOINTSLICE, NODE, SERVICE
from services.objects.meta import Obj, key_of, labels_of


class LoadBalancers:
    """Keys are (namespace, name) of Services."""

    name = "servicelb"
    component = "service-controller"

    def __init__(self, view: View) -> None:
        self._view = view

    def subscribe(self, enqueue: Enqueue) -> None:
        def service_changed(old: Obj | None, new: Obj | None) -> None:
            if new is not None and (_is_balanced(new) or (new.get("status") or {}).get("loadBalancer")):
                enqueue(key_of(new))

        def node_changed(old: Obj | None, new: Obj | None) -> None:
            if _says(old) != _says(new):
                for service in filter(_is_balanced, self._view.store(SERVICE).list()):
                    enqueue(key_of(service))

        def slice_changed(old: Obj | None, new: Obj | None) -> None:
            each = new or old or {}
            service = self._view.store(SERVICE).get(*(service_of(each) or ("", "")))
            if service is not None and _is_balanced(service) and decide.is_local(service):
                enqueue(key_of(service))

        self._view.on(SERVICE, service_changed)
        self._view.on(NODE, node_changed)
        self._view.on(ENDPOINTSLICE, slice_changed)

    async def observe(self, key: tuple[str, str], failure: str) -> decide.Observed | None:
        service = self._view.store(SERVICE).get(*key)
        if service is None:
            return None
        endpoints = self._ready_endpoints(*key) if decide.is_local(service) else []
        return decide.Observed(service, self._view.store(NODE).list(), endpoints)

    def _ready_endpoints(self, namespace: str, service: str) -> list[Obj]:
        slices = [each for each in self._view.store(ENDPOINTSLICE).list(namespace)
                  if service_of(each) == (namespace, service)]  # fmt: skip
        return [endpoint for each in slices for endpoint in each.get("endpoints") or ()
                if (endpoint.get("conditions") or {}).get("ready", True)]  # fmt: skip

    def decide(self, observed: Any, now: datetime) -> Plan:
        return decide.decide(observed, now)


def _is_balanced(service: Obj) -> bool:
    return bool(service["spec"].get("type") == "LoadBalancer")


def _says(node: Obj | None) -> tuple[object, ...] | None:
    """All of a node that decides whether and where it balances."""
    if node is None:
        return None
    return (conditions.is_true(node, "Ready"), (node.get("status") or {}).get("addresses"),
            decide.EXCLUDED in labels_of(node), node["metadata"].get("deletionTimestamp"))  # fmt: skip
