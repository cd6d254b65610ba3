"""Watches for pods on nodes that do not exist, pods that ended, and pods deleted before they had a node."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.controller_manager import pods as podstate
from services.controller_manager.controller import Enqueue
from services.controller_manager.controllers.podgc import decide
from services.controller_manager.plans import Plan
from services.controller_manager.view import View
from services.foundation import clock
from services.objects.kinds import NODE, POD
from services.objects.meta import Obj, is_deleting, name_of

ENDED = ""


class PodGarbageCollector:
    """Keys are names of nodes, and ENDED for all pods that ended. `threshold` ended pods are kept."""

    name = "podgc"
    component = "pod-garbage-collector-controller"

    def __init__(self, view: View, threshold: int, now: Callable[[], datetime] = clock.now) -> None:
        self._view = view
        self._threshold = threshold
        self._now = now
        self._gone_since: dict[str, datetime] = {}

    def subscribe(self, enqueue: Enqueue) -> None:
        def node_changed(old: Obj | None, new: Obj | None) -> None:
            if new is not None:
                self._gone_since.pop(name_of(new), None)
            elif old is not None:
                enqueue(name_of(old))

        def pod_changed(old: Obj | None, new: Obj | None) -> None:
            if new is None:
                return
            node = podstate.node_of(new)
            if podstate.is_terminal(new) or (is_deleting(new) and not node):
                enqueue(ENDED)
            if node and (old is None or podstate.node_of(old) != node) and not self._view.store(NODE).get("", node):
                enqueue(node)

        self._view.on(NODE, node_changed)
        self._view.on(POD, pod_changed)

    async def observe(self, key: str, failure: str) -> decide.Stranded | decide.Ended | None:
        pods = self._view.store(POD)
        if key == ENDED:
            return decide.Ended(pods.by_index("ended", True), self._threshold)
        stranded = pods.by_index("node", key)
        if self._view.store(NODE).get("", key) is not None or not stranded:
            self._gone_since.pop(key, None)
            return None
        return decide.Stranded(stranded, self._gone_since.setdefault(key, self._now()))

    def decide(self, observed: Any, now: datetime) -> Plan:
        return decide.decide(observed, now)
