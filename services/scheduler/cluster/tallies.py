"""How many pods of a kind each node has, and each domain of a topology: what affinity between pods and spread ask.

Pods are known by their kin (namespace and labels), of which there are few where there are many pods. What a selector
means is counted once, when it is first asked for, and kept from then on pod by pod. Walking over all pods for each
decision, as Kubernetes does, was rejected: it is what makes its scheduler slow where pods have affinities.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.scheduler.cluster.neighbours import AllOf, Kin, PodSelector, PodTerm

if TYPE_CHECKING:
    from services.scheduler.cluster.demand import Demand

Counts = NDArray[np.int64]
Labels = Mapping[str, NDArray[np.int32]]
_Asked = TypeVar("_Asked", "PodSelector | AllOf", "Carried")

Meaning = PodSelector | AllOf

_MOST_SELECTORS = 1024  # those asked for last are kept; another is counted anew when it is asked for again


class Carried(NamedTuple):
    """A term of pods that have a node: `role` is apart (required), near (required) or likes (with its weight)."""

    role: str
    term: PodTerm
    weight: int = 1


class Tally:
    """(n,) pods per row; their sums by domain, kept for each topology key that was asked for."""

    __slots__ = ("domains", "rows", "total", "version")

    def __init__(self, rows: Counts) -> None:
        self.rows = rows
        self.total = int(rows.sum())
        self.domains: dict[str, Counts] = {}
        self.version = -1  # of the labels that the domains were summed with

    def copy(self) -> Tally:
        twin = Tally.__new__(Tally)
        twin.rows, twin.total, twin.version = self.rows.copy(), self.total, self.version
        twin.domains = {key: sums.copy() for key, sums in self.domains.items()}
        return twin

    def add(self, row: int, number: int, labels: Labels) -> None:
        self.rows[row] += number
        self.total += number
        for key, sums in list(self.domains.items()):
            domain = int(labels[key][row]) if key in labels else 0
            if domain >= len(sums):
                del self.domains[key]
            elif domain:
                sums[domain] += number

    def by_domain(self, key: str, column: NDArray[np.int32], version: int) -> Counts:
        """(domains,): the sums; 0, which stands for rows without the label, has none."""
        if self.version != version:
            self.domains.clear()
            self.version = version
        sums = self.domains.get(key)
        if sums is None:
            sums = np.bincount(column, weights=self.rows, minlength=1).astype(np.int64)
            sums[0] = 0
            self.domains[key] = sums
        return sums


class Tallies:
    """Of all pods that have a node. A `scratch` counts on from its base, which stays as it is but for remembering what
    was asked."""

    def __init__(self) -> None:
        self.namespaces: dict[str, Mapping[str, str]] = {}
        self._where: dict[Kin, dict[int, int]] = {}  # pods per row
        self._asked: OrderedDict[Meaning, Tally] = OrderedDict()
        self._carried: dict[Carried, Tally] = {}
        # What means a kin, of the asked and of the carried; replaced when those change, since scratches share them.
        self._meant: dict[Kin, tuple[Meaning, ...]] = {}
        self._meeting: dict[Kin, tuple[Carried, ...]] = {}
        self._base: Tallies | None = None
        self._since: list[tuple[Kin, int, int]] = []  # (kin, row, 1 or -1) that the base does not know
        self._owned: set[Meaning | Carried] = set()  # tallies that are not the base's any more

    def scratch(self) -> Tallies:
        twin = Tallies.__new__(Tallies)
        twin.__dict__.update(self.__dict__)
        twin._asked, twin._carried = self._asked.copy(), self._carried.copy()
        twin._base, twin._since, twin._owned = self, [], set()
        return twin

    # What is asked

    def tally(self, selector: Meaning, size: int) -> Tally:
        """The pods that a selector means; `size` is the number of rows."""
        found = self._asked.get(selector)
        if found is None:
            found = self._asked[selector] = self._count(selector, size)
            self._meant = {}
            if len(self._asked) > _MOST_SELECTORS:
                self._asked.popitem(last=False)
        else:
            self._asked.move_to_end(selector)
        return found

    def meeting(self, kin: Kin) -> tuple[Carried, ...]:
        """Terms of pods on nodes that mean a pod of this kin."""
        if not self._carried:
            return ()
        found = self._meeting.get(kin)
        if found is None:
            found = self._meeting[kin] = tuple(
                each for each in self._carried if each.term.selector.matches(kin, self.namespaces)
            )
        return found

    def carriers(self, carried: Carried) -> Tally:
        """The pods that bear a term which `meeting` gave."""
        return self._carried[carried]

    def _count(self, selector: Meaning, size: int) -> Tally:
        if self._base is not None:
            found = self._base.tally(selector, size)
            since = [(row, number) for kin, row, number in self._since if selector.matches(kin, self.namespaces)]
            if not since:
                return found
            self._owned.add(selector)
            rows = found.rows.copy()
            np.add.at(rows, [row for row, _ in since], [number for _, number in since])
            return Tally(rows)
        rows = np.zeros(size, np.int64)
        for kin, where in self._where.items():
            if selector.matches(kin, self.namespaces):
                for row, number in where.items():
                    rows[row] += number
        return Tally(rows)

    # What changes

    def place(self, row: int, demand: Demand, size: int, labels: Labels) -> None:
        """A pod comes to a row; `labels` are the columns of label values."""
        if self._base is None:
            where = self._where.setdefault(demand.kin, {})
            where[row] = where.get(row, 0) + 1
        else:
            self._since.append((demand.kin, row, 1))
        self._add(row, 1, demand, size, labels)

    def remove(self, row: int, demand: Demand, size: int, labels: Labels) -> None:
        """A pod leaves a row."""
        if self._base is None:
            where = self._where[demand.kin]
            where[row] -= 1
            if not where[row]:
                del where[row]
            if not where:
                del self._where[demand.kin]
                self._meant.pop(demand.kin, None)
                self._meeting.pop(demand.kin, None)
        else:
            self._since.append((demand.kin, row, -1))
        self._add(row, -1, demand, size, labels)

    def set_namespace(self, name: str, labels: Mapping[str, str] | None) -> None:
        """None when it is gone. What was counted by namespaces' labels is counted anew."""
        if labels is None:
            self.namespaces.pop(name, None)
        else:
            self.namespaces[name] = labels
        for selector in [each for each in self._asked if each.minds_namespaces]:
            del self._asked[selector]
        self._meant, self._meeting = {}, {}

    def resize(self, more: int) -> None:
        for tally in (*self._asked.values(), *self._carried.values()):
            tally.rows = np.pad(tally.rows, (0, more))

    def _add(self, row: int, number: int, demand: Demand, size: int, labels: Labels) -> None:
        for selector in self._means(demand.kin):
            self._own(self._asked, selector).add(row, number, labels)
        for carried in _carried_by(demand):
            if carried not in self._carried:
                self._carried[carried] = Tally(np.zeros(size, np.int64))
                self._owned.add(carried)
                self._meeting = {}
            tally = self._own(self._carried, carried)
            tally.add(row, number, labels)
            if not tally.total:
                del self._carried[carried]
                self._meeting = {}

    def _means(self, kin: Kin) -> tuple[Meaning, ...]:
        if not self._asked:
            return ()
        found = self._meant.get(kin)
        if found is None:
            found = self._meant[kin] = tuple(each for each in self._asked if each.matches(kin, self.namespaces))
        return found

    def _own(self, table: dict[_Asked, Tally], key: _Asked) -> Tally:
        tally = table[key]
        if self._base is not None and key not in self._owned:
            self._owned.add(key)
            tally = table[key] = tally.copy()
        return tally

    def contents(self) -> Mapping[Kin, Mapping[int, int]]:
        """Pods by kin and row."""
        return self._where


def _carried_by(demand: Demand) -> Iterator[Carried]:
    for term in demand.apart:
        yield Carried("apart", term)
    for term in demand.near:
        yield Carried("near", term)
    for weight, term in demand.likes:
        yield Carried("likes", term, weight)
