"""Watches Namespaces and the ConfigMaps named kube-root-ca.crt."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.controller_manager.controller import Enqueue
from services.controller_manager.controllers.rootca import decide
from services.controller_manager.plans import Plan
from services.controller_manager.view import View
from services.objects.kinds import CONFIGMAP, NAMESPACE
from services.objects.meta import Obj, name_of, namespace_of


class RootCertificates:
    """Keys are names of namespaces. `certificates` are the authorities to publish, in PEM."""

    name = "rootca"
    component = "root-ca-certificate-publisher"

    def __init__(self, view: View, certificates: str) -> None:
        self._view = view
        self._certificates = certificates

    def subscribe(self, enqueue: Enqueue) -> None:
        def configmap_changed(old: Obj | None, new: Obj | None) -> None:
            each = new or old or {}
            if name_of(each) == decide.NAME:
                enqueue(namespace_of(each))

        self._view.on(NAMESPACE, lambda old, new: enqueue(name_of(new or old or {})))
        self._view.on(CONFIGMAP, configmap_changed)

    async def observe(self, key: str, failure: str) -> decide.Observed | None:
        namespace = self._view.store(NAMESPACE).get("", key)
        if namespace is None:
            return None
        return decide.Observed(namespace, self._view.store(CONFIGMAP).get(key, decide.NAME), self._certificates)

    def decide(self, observed: Any, now: datetime) -> Plan:
        return decide.decide(observed, now)
