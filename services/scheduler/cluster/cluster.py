"""Nodes and the pods on them, kept in columns change by change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.objects.meta import Obj, labels_of, name_of
from services.scheduler.cluster.columns import Columns, NodeFacts, Taint
from services.scheduler.cluster.demand import Demand, PodInfo, normalized
from services.scheduler.cluster.gangs import GangKey, Membership
from services.scheduler.cluster.happenings import Happening
from services.scheduler.cluster.requests import amount

Key = tuple[str, str]

_NOBODY: Mapping[Membership, int] = MappingProxyType({})


class Placed(NamedTuple):
    """A pod that has a node, or is assumed to; its demand is that of a pod which may be anywhere."""

    node: str
    pod: PodInfo

    @property
    def demand(self) -> Demand:
        return self.pod.demand


class Cluster:
    """A pod counts on its node from `assign` to `release`, also before the node is known.

    A node that is being cleared for a pod counts its claim as well, from `claim` to `unclaim`: others shall not take
    the room.

    `tiers`: by priority, what its pods take, (n, r); ask `tier` for one that is as large as the columns are now.
    """

    def __init__(self) -> None:
        self.columns = Columns()
        self.tiers: dict[int, NDArray[np.int64]] = {}
        self._rows: dict[str, int] = {}
        self._unused: list[int] = []
        self._pods: dict[Key, Placed] = {}
        self._on: dict[str, set[Key]] = {}
        self._gangs: dict[GangKey, Counter[Membership]] = {}  # of pods that have a node
        self._nodes: dict[str, NodeFacts] = {}
        self.claims: dict[Key, Placed] = {}
        self.claims_at: dict[int, dict[Key, Placed]] = {}  # by priority
        self._claimed: dict[str, set[Key]] = {}  # by node

    def __len__(self) -> int:
        """How many nodes there are."""
        return len(self._rows)

    def on(self, node: str) -> list[Placed]:
        """The pods of a node."""
        return [self._pods[key] for key in self._on.get(node, ())]

    def row(self, node: str) -> int | None:
        return self._rows.get(node)

    def placed(self, pod: Key) -> Placed | None:
        return self._pods.get(pod)

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
            self._place(row, self._pods[key])
        for key in self._claimed.get(node.name, ()):
            self.columns.place(row, self.claims[key].demand)
        return frozenset({Happening.NODE_ADDED})

    def remove_node(self, name: str) -> frozenset[Happening]:
        """Its pods are remembered: they count again should the node come back."""
        row = self._rows.pop(name, None)
        if row is None:
            return frozenset()
        del self._nodes[name]
        for key in self._on.get(name, ()):
            self._remove(row, self._pods[key])
        for key in self._claimed.get(name, ()):
            self.columns.remove(row, self.claims[key].demand)
        self.columns.clear_node(row)
        self._unused.append(row)
        return frozenset({Happening.NODE_GONE})

    def set_namespace(self, name: str, labels: Mapping[str, str] | None) -> frozenset[Happening]:
        """None when it is gone."""
        if self.columns.tallies.namespaces.get(name) == labels:
            return frozenset()
        self.columns.tallies.set_namespace(name, labels)
        return frozenset({Happening.NAMESPACE_LABELLED})

    def assign(self, pod: PodInfo, node: str) -> frozenset[Happening]:
        """The pod is, or is assumed to be, on the node."""
        placed = Placed(node, pod._replace(demand=pod.demand.placed(), nominated=""))
        before = self._pods.get(pod.key)
        if before == placed:
            return frozenset()
        self.release(pod.key)
        self._pods[pod.key] = placed
        self._on.setdefault(node, set()).add(pod.key)
        if placed.pod.gang is not None:
            self._enlist(placed.pod, placed.pod.gang, 1)
        row = self._rows.get(node)
        if row is not None:
            self._place(row, placed)
        if before is None:
            return frozenset({Happening.POD_PLACED})
        if before.node == node and before.demand.requests == placed.demand.requests:
            return frozenset({Happening.POD_LABELLED} if before.demand != placed.demand else ())
        return frozenset({Happening.POD_GONE, Happening.ROOM_FREED, Happening.POD_PLACED})

    def release(self, pod: Key) -> bool:
        """The pod takes nothing any more; whether it did."""
        placed = self._pods.pop(pod, None)
        if placed is None:
            return False
        self._on[placed.node].discard(pod)
        if not self._on[placed.node]:
            del self._on[placed.node]
        if placed.pod.gang is not None:
            self._enlist(placed.pod, placed.pod.gang, -1)
        row = self._rows.get(placed.node)
        if row is not None:
            self._remove(row, placed)
        return True

    def members(self, gang: GangKey) -> Mapping[Membership, int]:
        """What pods of a gang that have a node say of it, and how many say so; those on their way out do not count."""
        return self._gangs.get(gang, _NOBODY)

    def _enlist(self, pod: PodInfo, gang: Membership, number: int) -> None:
        if pod.demand.kin.terminating:
            return
        key = pod.namespace, gang.name
        members = self._gangs.setdefault(key, Counter())
        members[gang] += number
        if not members[gang]:
            del members[gang]
        if not members:
            del self._gangs[key]

    def claim(self, pod: PodInfo, node: str) -> None:
        """The pod is to have the node once others have gone from it."""
        self.unclaim(pod.key)
        claim = self.claims[pod.key] = Placed(node, pod._replace(demand=pod.demand.placed(), nominated=node))
        self.claims_at.setdefault(pod.priority, {})[pod.key] = claim
        self._claimed.setdefault(node, set()).add(pod.key)
        row = self._rows.get(node)
        if row is not None:
            self.columns.place(row, claim.demand)

    def unclaim(self, pod: Key) -> bool:
        """Whether there was a claim."""
        claim = self.claims.pop(pod, None)
        if claim is None:
            return False
        level = self.claims_at[claim.pod.priority]
        del level[pod]
        if not level:
            del self.claims_at[claim.pod.priority]
        self._claimed[claim.node].discard(pod)
        if not self._claimed[claim.node]:
            del self._claimed[claim.node]
        row = self._rows.get(claim.node)
        if row is not None:
            self.columns.remove(row, claim.demand)
        return True

    def claimants(self, node: str) -> list[PodInfo]:
        """The pods that the node is being cleared for."""
        return [self.claims[key].pod for key in self._claimed.get(node, ())]

    def _place(self, row: int, placed: Placed) -> None:
        self.columns.place(row, placed.demand)
        self.tier(placed.pod.priority)[row] += self.columns.vector(placed.demand.requests)

    def _remove(self, row: int, placed: Placed) -> None:
        self.columns.remove(row, placed.demand)
        self.tier(placed.pod.priority)[row] -= self.columns.vector(placed.demand.requests)

    def tier(self, priority: int) -> NDArray[np.int64]:
        """(n, r): what pods of a priority take."""
        tier = self.tiers.get(priority)
        shape = self.columns.requested.shape
        if tier is None:
            tier = self.tiers[priority] = np.zeros(shape, np.int64)
        elif tier.shape != shape:
            more = [(0, wanted - have) for wanted, have in zip(shape, tier.shape, strict=True)]
            tier = self.tiers[priority] = np.pad(tier, more)
        return tier


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
