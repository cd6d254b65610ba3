"""Watches Services, the pods they select, and Endpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.controller_manager.controller import Enqueue
from services.controller_manager.controllers.endpoints import decide
from services.controller_manager.endpoints import affected
from services.controller_manager.plans import Plan
from services.controller_manager.view import View
from services.objects.kinds import ENDPOINTS, POD, SERVICE
from services.objects.meta import Obj, key_of


class Endpoints:
    """Keys are (namespace, name) of Services."""

    name = "endpoints"
    component = "endpoint-controller"

    def __init__(self, view: View) -> None:
        self._view = view

    def subscribe(self, enqueue: Enqueue) -> None:
        def pod_changed(old: Obj | None, new: Obj | None) -> None:
            for key in affected(self._view.store(SERVICE).list, old, new):
                enqueue(key)

        self._view.on(SERVICE, lambda old, new: enqueue(key_of(new or old or {})))
        self._view.on(ENDPOINTS, lambda old, new: enqueue(key_of(new or old or {})))
        self._view.on(POD, pod_changed)

    async def observe(self, key: tuple[str, str], failure: str) -> decide.Observed | None:
        service, endpoints = self._view.store(SERVICE).get(*key), self._view.store(ENDPOINTS).get(*key)
        if service is None and endpoints is None:
            return None
        return decide.Observed(service, endpoints, self._view.store(POD).list(key[0]))

    def decide(self, observed: Any, now: datetime) -> Plan:
        return decide.decide(observed, now)
