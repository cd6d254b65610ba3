"""Watches Nodes, their Leases, and the pods bound to them; remembers when each node was heard of last.

Before a node is called silent the apiserver is asked for its Lease. When it does not answer, the nodes could not report
either, and nothing is proven: every node gets its whole grace period again, from the first answer on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from services.controller_manager import pods as podstate
from services.controller_manager.controller import Enqueue
from services.controller_manager.controllers.nodelifecycle import decide
from services.controller_manager.plans import Plan
from services.controller_manager.view import View
from services.foundation import clock
from services.objects import conditions
from services.objects.errors import NotFound, StatusError
from services.objects.kinds import LEASE, NODE, POD, Kind
from services.objects.meta import Obj, name_of, namespace_of

LEASES = "kube-node-lease"
Getter = Callable[[Kind, str, str], Awaitable[Obj]]


class NodeLifecycle:
    """Keys are names of nodes. `get` asks the apiserver for an object; `grace` is how long a node may be silent."""

    name = "nodelifecycle"
    component = "node-controller"

    def __init__(
        self, view: View, get: Getter, grace: timedelta, now: Callable[[], datetime] = clock.now
    ) -> None:  # fmt: skip
        self._view = view
        self._get = get
        self._grace = grace
        self._now = now
        self._heard: dict[str, datetime] = {}
        self._away = False  # the apiserver, when it was asked last

    def subscribe(self, enqueue: Enqueue) -> None:
        self._enqueue = enqueue
        self._view.on(LEASE, self._lease_changed)
        self._view.on(NODE, self._node_changed)
        self._view.on(POD, self._pod_changed)

    def _lease_changed(self, old: Obj | None, new: Obj | None) -> None:
        """Renewals are frequent and wake nobody: the timer that is set looks when it is due."""
        if namespace_of(new or old or {}) != LEASES:
            return
        if new is not None and _renewal(old) != _renewal(new):
            self._heard[name_of(new)] = self._now()
        elif new is None and old is not None and self._view.store(NODE).get("", name_of(old)) is None:
            self._heard.pop(name_of(old), None)  # it outlived its node

    def _node_changed(self, old: Obj | None, new: Obj | None) -> None:
        if new is None:
            self._heard.pop(name_of(old or {}), None)
        elif old is None or _heartbeat(old) != _heartbeat(new):
            self._heard[name_of(new)] = self._now()
        if new is not None:
            self._enqueue(name_of(new))
        if _is_ready(old) != _is_ready(new):
            for node in self._view.store(NODE).list():  # whether any other node is ready concerns all
                self._enqueue(name_of(node))

    def _pod_changed(self, old: Obj | None, new: Obj | None) -> None:
        """Only on nodes that drive pods away or are not ready."""
        node = self._view.store(NODE).get("", podstate.node_of(new)) if new is not None else None
        if node is not None and (node["spec"].get("taints") or not _is_ready(node)):
            self._enqueue(name_of(node))

    async def observe(self, key: str, failure: str) -> decide.Observed | None:
        nodes = self._view.store(NODE)
        if nodes.get("", key) is not None and self._now() - self._heard.get(key, self._now()) >= self._grace:
            await self._confirm_silence(key)
        node = nodes.get("", key)
        if node is None:
            return None
        others = any(_is_ready(each) for each in nodes.list() if name_of(each) != key)
        heard = self._heard.setdefault(key, self._now())
        return decide.Observed(node, heard, self._view.store(POD).by_index("node", key), others, self._grace)

    async def _confirm_silence(self, key: str) -> None:
        """Raises StatusError when the apiserver is not there."""
        seen = self._view.store(LEASE).get(LEASES, key)
        try:
            lease: Obj | None = await self._get(LEASE, LEASES, key)
        except NotFound:
            lease = None
        except StatusError:
            self._away = True
            raise
        if self._away:
            self._away = False
            self._heard = dict.fromkeys(self._heard, self._now())
        elif _renewal(lease) != _renewal(seen):
            self._heard[key] = self._now()

    def decide(self, observed: Any, now: datetime) -> Plan:
        return decide.decide(observed, now)


def _renewal(lease: Obj | None) -> object:
    return (lease.get("spec") or {}).get("renewTime") if lease is not None else None


def _heartbeat(node: Obj) -> object:
    """What only the node itself writes: a change of a condition's status may be ours."""
    return (conditions.get(node, "Ready") or {}).get("lastHeartbeatTime"), _is_ready(node)


def _is_ready(node: Obj | None) -> bool:
    return node is not None and conditions.is_true(node, "Ready")
