"""All nodes as NumPy columns, a row per node: what filters and scores compute with.

Values that are text (label values, taints) are numbers here; tables say which. Objects per node were rejected: a filter
would be a Python loop over thousands of them for each pod.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.scheduler.cluster.demand import Demand, HostPort
from services.scheduler.cluster.devices.index import Devices
from services.scheduler.cluster.requests import CPU, EPHEMERAL, MEMORY, PODS
from services.scheduler.cluster.tallies import Counts, Meaning, Tallies, Tally
from services.scheduler.cluster.volumes import Volumes

Mask = NDArray[np.bool_]
Scores = NDArray[np.int64]
Rows = NDArray[np.int64]

ANY_ADDRESS = frozenset({"0.0.0.0", "::", ""})
_FIRST_ROWS = 16
_MOST_VECTORS = 4096


class Taint(NamedTuple):
    key: str
    value: str
    effect: str


class NodeFacts(NamedTuple):
    """What the columns keep of a node; `allocatable` in the units of demands."""

    name: str
    allocatable: Mapping[str, int]
    labels: Mapping[str, str]
    taints: tuple[Taint, ...]
    unschedulable: bool
    images: Mapping[str, int] = MappingProxyType({})  # bytes, by name with tag


class Vocabulary:
    """Which column is which; only grows."""

    def __init__(self) -> None:
        self.resources: dict[str, int] = {CPU: 0, MEMORY: 1, EPHEMERAL: 2, PODS: 3}
        self.taints: dict[Taint, int] = {}
        self.values: dict[str, dict[str, int]] = {}  # by label key, then value; from 1, as 0 means "no such label"


class Columns:
    """Shapes: n rows, r resources, t taints.

    names         n names, "" for a row without a node
    present       (n,) whether the row has a node
    unschedulable (n,)
    allocatable, requested   (n, r)
    usage         (n, 2) cpu and memory taken for comparisons (see Demand)
    taints        (n, t) whether the node has the taint
    labels        by key: (n,) numbers of values
    ports         by (protocol, port): by row, the addresses in use, each as often as it is
    images        by name: by row, their bytes
    tallies       pods, by what they are
    volumes       storage, and what pods have of it
    memo          of a scratch, whose nodes stay as they are: what plugins found out about them; None of others
    devices       what drivers offer, and what claims have of it
    """

    def __init__(self) -> None:
        self.vocabulary = Vocabulary()
        self.names: list[str] = []
        self.present: Mask = np.zeros(_FIRST_ROWS, bool)
        self.unschedulable: Mask = np.zeros(_FIRST_ROWS, bool)
        self.allocatable = np.zeros((_FIRST_ROWS, len(self.vocabulary.resources)), np.int64)
        self.requested = np.zeros((_FIRST_ROWS, len(self.vocabulary.resources)), np.int64)
        self.usage = np.zeros((_FIRST_ROWS, 2), np.int64)
        self.taints: NDArray[np.bool_] = np.zeros((_FIRST_ROWS, 0), bool)
        self.labels: dict[str, NDArray[np.int32]] = {}
        self.ports: dict[tuple[str, int], dict[int, list[str]]] = {}
        self.images: dict[str, dict[int, int]] = {}
        self._images_of: dict[int, Mapping[str, int]] = {}
        self.tallies = Tallies()
        self.volumes = Volumes(_FIRST_ROWS)
        self.devices = Devices()
        self.rows: Rows = np.arange(_FIRST_ROWS)
        self._vectors: dict[tuple[tuple[str, int], ...], NDArray[np.int64]] = {}
        self.memo: dict[object, Any] | None = None
        self._labelled = 0  # how often labels changed
        self._ports_shared = False

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def free(self) -> NDArray[np.int64]:
        return self.allocatable - self.requested

    @property
    def labelled(self) -> int:
        """How often labels have changed."""
        return self._labelled

    def domains(self, key: str) -> NDArray[np.int32]:
        """(n,): the number of a label's value, 0 for nodes without it."""
        column = self.labels.get(key)
        return np.zeros(len(self), np.int32) if column is None else column

    def tally(self, selector: Meaning) -> Tally:
        """The pods that a selector means, per row."""
        return self.tallies.tally(selector, len(self))

    def per_domain(self, tally: Tally, key: str) -> Counts:
        """(n,): how many pods of a tally are in the row's domain of a topology; 0 where the node has no such label."""
        column = self.domains(key)
        return tally.by_domain(key, column, self._labelled)[column]

    def vector(self, requests: tuple[tuple[str, int], ...]) -> NDArray[np.int64]:
        """(r,): one amount per resource column; resources that no node has ever had get a column. Shared, read-only."""
        found = self._vectors.get(requests)
        if found is not None and len(found) == self.requested.shape[1]:
            return found
        wanted = dict(requests)
        for name in wanted:
            if name not in self.vocabulary.resources:
                self.vocabulary.resources[name] = len(self.vocabulary.resources)
        self._widen()
        found = np.zeros(self.allocatable.shape[1], np.int64)
        for name, amount in wanted.items():
            found[self.vocabulary.resources[name]] = amount
        if len(self._vectors) >= _MOST_VECTORS:
            self._vectors.clear()
        self._vectors[requests] = found
        return found

    def set_node(self, row: int, node: NodeFacts) -> None:
        """Puts a node into a row; what its pods take is not touched."""
        self._reserve(row + 1)
        while len(self.names) <= row:
            self.names.append("")
        self.names[row] = node.name
        self.present[row] = True
        self.unschedulable[row] = node.unschedulable
        vector = self.vector(tuple(node.allocatable.items()))
        self.allocatable[row] = vector
        self._set_taints(row, node.taints)
        self._set_labels(row, node.labels)
        self._set_images(row, node.images)
        self.volumes.set_node(row, node.name)

    def clear_node(self, row: int) -> None:
        """Takes a node, whose pods have been removed, out of a row."""
        self.volumes.clear_node(row, self.names[row])
        self.names[row] = ""
        self.present[row] = self.unschedulable[row] = False
        for amounts in (self.allocatable, self.requested, self.usage, self.taints):
            amounts[row] = 0
        self._set_labels(row, {})
        self._set_images(row, {})

    def place(self, row: int, demand: Demand) -> None:
        """A pod comes to the row's node."""
        vector = self.vector(demand.requests)  # first: it may widen the columns
        self.requested[row] += vector
        self.usage[row] += demand.usage
        self.tallies.place(row, demand, len(self), self.labels)
        if demand.ports:
            self._own_ports()
        for port in demand.ports:
            self.ports.setdefault((port.protocol, port.port), {}).setdefault(row, []).append(port.ip)
        if demand.claims or demand.disks:
            self.volumes.place(row, demand.claims, demand.disks)

    def remove(self, row: int, demand: Demand) -> None:
        """A pod leaves the row's node."""
        self.requested[row] -= self.vector(demand.requests)  # known, so no column is new
        self.usage[row] -= demand.usage
        self.tallies.remove(row, demand, len(self), self.labels)
        if demand.ports:
            self._own_ports()
        for port in demand.ports:
            users = self.ports[port.protocol, port.port]
            users[row].remove(port.ip)
            if not users[row]:
                del users[row]
        if demand.claims or demand.disks:
            self.volumes.remove(row, demand.claims, demand.disks)

    def _own_ports(self) -> None:
        if self._ports_shared:
            self.ports = {port: {row: [*ips] for row, ips in users.items()} for port, users in self.ports.items()}
            self._ports_shared = False

    def conflicting(self, ports: Iterable[HostPort]) -> list[int]:
        """Rows on which one of the host ports is taken; 0.0.0.0 conflicts with every address."""
        return [
            row
            for port in ports
            for row, addresses in self.ports.get((port.protocol, port.port), {}).items()
            if port.ip in addresses or (port.ip in ANY_ADDRESS and addresses) or not ANY_ADDRESS.isdisjoint(addresses)
        ]

    def scratch(self) -> Columns:
        """A copy on which pods may be placed; nodes are shared and stay as they are."""
        copy = self._view()
        copy.requested, copy.usage = self.requested.copy(), self.usage.copy()
        copy.tallies = self.tallies.scratch()
        copy.volumes, copy.devices = self.volumes.scratch(), self.devices.scratch()
        copy._ports_shared = True
        copy.memo = {}
        return copy

    def take(self, rows: Rows) -> Columns:
        """Some rows only, without labels and taints: for what changes when a pod is placed."""
        part = self._view()
        for name in ("present", "allocatable", "requested", "usage"):
            setattr(part, name, getattr(self, name)[rows])
        part.rows = rows
        part.labels = {}
        part.memo = None
        return part

    def _view(self) -> Columns:
        view = Columns.__new__(Columns)
        view.__dict__.update(self.__dict__)
        return view

    def _set_taints(self, row: int, taints: Iterable[Taint]) -> None:
        known = self.vocabulary.taints
        for taint in taints:
            known.setdefault(taint, len(known))
        self._widen()
        self.taints[row] = False
        for taint in taints:
            self.taints[row, known[taint]] = True

    def _set_images(self, row: int, images: Mapping[str, int]) -> None:
        before = self._images_of.get(row, {})
        if images == before:
            return
        for name in before:
            del self.images[name][row]
            if not self.images[name]:
                del self.images[name]
        for name, size in images.items():
            self.images.setdefault(name, {})[row] = size
        self._images_of[row] = images

    def _set_labels(self, row: int, labels: Mapping[str, str]) -> None:
        self._labelled += 1
        for key, column in self.labels.items():
            if key not in labels:
                column[row] = 0
        for key, value in labels.items():
            if key not in self.labels:
                self.labels[key] = np.zeros(len(self.rows), np.int32)
            values = self.vocabulary.values.setdefault(key, {})
            self.labels[key][row] = values.setdefault(value, len(values) + 1)

    def _widen(self) -> None:
        """As many columns as the vocabulary has words."""
        missing = len(self.vocabulary.resources) - self.allocatable.shape[1]
        if missing > 0:
            self.allocatable = np.pad(self.allocatable, ((0, 0), (0, missing)))
        missing = len(self.vocabulary.resources) - self.requested.shape[1]
        if missing > 0:
            self.requested = np.pad(self.requested, ((0, 0), (0, missing)))
        missing = len(self.vocabulary.taints) - self.taints.shape[1]
        if missing > 0:
            self.taints = np.pad(self.taints, ((0, 0), (0, missing)))

    def _reserve(self, rows: int) -> None:
        have = len(self.rows)
        if rows <= have:
            return
        more = max(rows, have * 2) - have
        self.rows = np.arange(have + more)
        for name in ("present", "unschedulable"):
            setattr(self, name, np.pad(getattr(self, name), (0, more)))
        for name in ("allocatable", "requested", "usage", "taints"):
            setattr(self, name, np.pad(getattr(self, name), ((0, more), (0, 0))))
        self.labels = {key: np.pad(column, (0, more)) for key, column in self.labels.items()}
        self.tallies.resize(more)
        self.volumes.attached.resize(have + more)

    def contents(self) -> dict[str, Any]:
        """By node name, free of row and column numbers: two equal clusters have equal contents."""
        resources = sorted(self.vocabulary.resources.items())
        return {
            name: {
                "unschedulable": bool(self.unschedulable[row]),
                "allocatable": {key: int(self.allocatable[row, n]) for key, n in resources
                                if self.allocatable[row, n]},
                "requested": {key: int(self.requested[row, n]) for key, n in resources if self.requested[row, n]},
                "usage": self.usage[row].tolist(),
                "taints": {taint for taint, n in self.vocabulary.taints.items() if self.taints[row, n]},
                "labels": {key: value for key, column in self.labels.items()
                           for value, n in self.vocabulary.values[key].items() if column[row] == n},
                "ports": {port: sorted(users[row]) for port, users in self.ports.items() if row in users},
                "images": {name: sizes[row] for name, sizes in self.images.items() if row in sizes},
                "volumes": self.volumes.contents(row),
                "pods": {kin: where[row] for kin, where in self.tallies.contents().items() if row in where},
            }
            for row, name in enumerate(self.names) if name
        }  # fmt: skip
