"""Watches Nodes for such as have no range of pod addresses."""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv4Network
from typing import Any

from services.controller_manager.controller import Enqueue
from services.controller_manager.controllers.nodeipam import decide
from services.controller_manager.plans import Plan
from services.controller_manager.view import View
from services.objects.kinds import NODE
from services.objects.meta import Obj


class NodeAddresses:
    """There is one key only: all nodes are decided together."""

    name = "nodeipam"
    component = "cidrAllocator"

    def __init__(self, view: View, cluster: IPv4Network, mask: int) -> None:
        self._view = view
        self._cluster = cluster
        self._mask = mask

    def subscribe(self, enqueue: Enqueue) -> None:
        def node_changed(old: Obj | None, new: Obj | None) -> None:
            if new is None or not decide.ranges_of(new):
                enqueue("nodes")

        self._view.on(NODE, node_changed)

    async def observe(self, key: str, failure: str) -> decide.Observed:
        return decide.Observed(self._view.store(NODE).list(), self._cluster, self._mask)

    def decide(self, observed: Any, now: datetime) -> Plan:
        return decide.decide(observed, now)
