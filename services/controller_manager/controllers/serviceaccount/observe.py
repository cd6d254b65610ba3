"""Watches Namespaces and the ServiceAccounts named default."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.controller_manager.controller import Enqueue
from services.controller_manager.controllers.serviceaccount import decide
from services.controller_manager.plans import Plan
from services.controller_manager.view import View
from services.objects.kinds import NAMESPACE, SERVICEACCOUNT
from services.objects.meta import Obj, name_of, namespace_of


class ServiceAccounts:
    """Keys are names of namespaces."""

    name = "serviceaccount"
    component = "service-account-controller"

    def __init__(self, view: View) -> None:
        self._view = view

    def subscribe(self, enqueue: Enqueue) -> None:
        def account_changed(old: Obj | None, new: Obj | None) -> None:
            if new is None and old is not None and name_of(old) == decide.NAME:
                enqueue(namespace_of(old))

        self._view.on(NAMESPACE, lambda old, new: enqueue(name_of(new or old or {})))
        self._view.on(SERVICEACCOUNT, account_changed)

    async def observe(self, key: str, failure: str) -> decide.Observed | None:
        namespace = self._view.store(NAMESPACE).get("", key)
        if namespace is None:
            return None
        return decide.Observed(namespace, self._view.store(SERVICEACCOUNT).get(key, decide.NAME))

    def decide(self, observed: Any, now: datetime) -> Plan:
        return decide.decide(observed, now)
