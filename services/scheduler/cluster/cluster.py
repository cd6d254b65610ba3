"""Nodes and the pods on them, kept in columns change by change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from services.objects.meta import Obj, labels_of, name_of
from services.scheduler.cluster.columns import Columns, NodeFacts, Taint
from services.scheduler.cluster.demand import Demand, amount, normalized
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

    def remove_node(self, name: str) -> frozenset[Happening]:
        """Its pods are remembered: they count again should the node come back."""
        row = self._rows.pop(name, None)
        if row is None:
            return frozenset()
        del self._nodes[name]
        for key in self._on.get(name, ()):
            self.columns.remove(row, self._pods[key].demand)
        self.columns.clear_node(row)
        self._unused.append(row)
        return frozenset({Happening.NODE_GONE})

    def set_namespace(self, name: str, labels: Mapping[str, str] | None) -> frozenset[Happening]:
        """None when it is gone."""
        if self.columns.tallies.namespaces.get(name) == labels:
            return frozenset()
        self.columns.tallies.set_namespace(name, labels)
        return frozenset({Happening.NAMESPACE_LABELLED})

    def assign(self, pod: Key, demand: Demand, node: str) -> frozenset[Happening]:
        """The pod is, or is assumed to be, on the node."""
        placed = _Placed(node, demand)
        before = self._pods.get(pod)
        if before == placed:
            return frozenset()
        self.release(pod)
        self._pods[pod] = placed
        self._on.setdefault(node, set()).add(pod)
        row = self._rows.get(node)
        if row is not None:
            self.columns.place(row, demand)
        if before is None:
            return frozenset({Happening.POD_PLACED})
        if before.node == node and before.demand.requests == demand.requests:
            return frozenset({Happening.POD_LABELLED})
        return frozenset({Happening.POD_GONE, Happening.POD_PLACED})

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
        {normalized(name): image.get("sizeBytes") or 0 for image in status.get("images") or ()
         for name in image.get("names") or ()},
    )  # fmt: skip


def _differences(old: NodeFacts, new: NodeFacts) -> frozenset[Happening]:
    found = set()
    if any(new.allocatable.get(name, 0) > old.allocatable.get(name, 0) for name in new.allocatable):
        found.add(Happening.NODE_GREW)
    if new.labels != old.labels:
        found.add(Happening.NODE_LABELLED)
    if set(old.taints) - set(new.taints) or (old.unschedulable and not new.unschedulable):
        found.add(Happening.NODE_OPENED)
    return frozenset(found)
