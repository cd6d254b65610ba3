"""Nodes and the pods on them, kept in columns change by change."""

from __future__ import annotations

from typing import NamedTuple

from services.objects.meta import Obj, labels_of, name_of
from services.scheduler.cluster.columns import Columns, NodeFacts, Taint
from services.scheduler.cluster.demand import Demand, amount
from services.scheduler.cluster.happenings import Happening

Key = tuple[str, str]


class _Placed(NamedTuple):
    node: str
    demand: Demand


class Cluster:
    """A pod counts on its node from `assign` to `release`, also before the node is known."""

    def __init__(self) -> None:
        self.columns = Columns()
        self._rows: dict[str, int] = {}
        self._unused: list[int] = []
        self._pods: dict[Key, _Placed] = {}
        self._on: dict[str, set[Key]] = {}
        self._nodes: dict[str, NodeFacts] = {}

    def __len__(self) -> int:
        """How many nodes there are."""
        return len(self._rows)

    def node_of(self, pod: Key) -> str | None:
        placed = self._pods.get(pod)
        return placed.node if placed else None

    def set_node(self, node: NodeFacts) -> frozenset[Happening]:
        """Adds or updates; what happened that could help pods that found no place."""
        old = self._nodes.get(node.name)
        if old == node:
            return frozenset()
        self._nodes[node.name] = node
        if old is not None:
            self.columns.set_node(self._rows[node.name], node)
            return _differences(old, node)
        row = self._unused.pop() if self._unused else len(self._rows)
        self._rows[node.name] = row
        self.columns.set_node(row, node)
        for key in self._on.get(node.name, ()):
            self.columns.place(row, self._pods[key].demand)
        return frozenset({Happening.NODE_ADDED})

    def remove_node(self, name: str) -> None:
        """Its pods are remembered: they count again should the node come back."""
        row = self._rows.pop(name, None)
        if row is None:
            return
        del self._nodes[name]
        self.columns.clear_node(row)
        self._unused.append(row)

    def assign(self, pod: Key, demand: Demand, node: str) -> bool:
        """The pod is, or is assumed to be, on the node; whether it left room elsewhere, or takes less or more."""
        placed = _Placed(node, demand)
        if self._pods.get(pod) == placed:
            return False
        left = self.release(pod)
        self._pods[pod] = placed
        self._on.setdefault(node, set()).add(pod)
        row = self._rows.get(node)
        if row is not None:
            self.columns.place(row, demand)
        return left

    def release(self, pod: Key) -> bool:
        """The pod takes nothing any more; whether it did."""
        placed = self._pods.pop(pod, None)
        if placed is None:
            return False
        self._on[placed.node].discard(pod)
        if not self._on[placed.node]:
            del self._on[placed.node]
        row = self._rows.get(placed.node)
        if row is not None:
            self.columns.remove(row, placed.demand)
        return True


def facts(node: Obj) -> NodeFacts:
    """What scheduling depends on in a Node; pods count 0 unless the node says how many it takes."""
    spec, status = node.get("spec") or {}, node.get("status") or {}
    taints = {Taint(each["key"], each.get("value") or "", each["effect"]) for each in spec.get("taints") or ()}
    return NodeFacts(
        name_of(node),
        {name: amount(name, text) for name, text in (status.get("allocatable") or {}).items()},
        dict(labels_of(node)),
        tuple(sorted(taints)),
        bool(spec.get("unschedulable")),
    )


def _differences(old: NodeFacts, new: NodeFacts) -> frozenset[Happening]:
    found = set()
    if any(new.allocatable.get(name, 0) > old.allocatable.get(name, 0) for name in new.allocatable):
        found.add(Happening.NODE_GREW)
    if new.labels != old.labels:
        found.add(Happening.NODE_LABELLED)
    if set(old.taints) - set(new.taints) or (old.unschedulable and not new.unschedulable):
        found.add(Happening.NODE_OPENED)
    return frozenset(found)
