"""How all nodes look to pods of one demand: which can take them, which are best, and why the others cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask, Rows, Scores
from services.scheduler.cluster.demand import Demand
from services.scheduler.cluster.happenings import Happening
from services.scheduler.cluster.plans import Plan
from services.scheduler.plugins.plugin import Filter, Planner, Reach
from services.scheduler.profile import Profile


class Chooser(Protocol):
    """A source of randomness, such as NumPy's Generator."""

    def integers(self, low: int, high: int) -> Any: ...

    def permutation(self, x: Any) -> Any: ...


class Refusal(NamedTuple):
    """Why no node takes a pod, and what might change that. `hopeless` of the nodes would not take it if they were
    empty; `preemption` says what became of the thought of removing other pods, in Kubernetes' words; an `objection` is
    a reason that has nothing to do with single nodes, and `gang` says what this means for the pod's gang."""

    nodes: int
    reasons: Mapping[str, int]
    helped_by: frozenset[Happening]
    hopeless: int = 0
    preemption: str = ""
    objection: str = ""
    gang: str = ""

    @property
    def message(self) -> str:
        """In Kubernetes' words."""
        if not self.nodes:
            return "no nodes available to schedule pods"
        reasons = self.objection or ", ".join(sorted(f"{number} {reason}" for reason, number in self.reasons.items()))
        gang = f" {self.gang}." if self.gang else ""
        tail = f" preemption: {self.preemption}" if self.preemption else ""
        return f"0/{self.nodes} nodes are available: {reasons}.{gang}{tail}"

    def without_victims(self) -> Refusal:
        """Nobody can be removed in a way that helps."""
        found = {"Preemption is not helpful for scheduling": self.hopeless,
                 "No preemption victims found for incoming pod": self.nodes - self.hopeless}  # fmt: skip
        text = ", ".join(sorted(f"{number} {reason}" for reason, number in found.items() if number))
        return self._replace(preemption=f"0/{self.nodes} nodes are available: {text}." if text else "")


_NOWHERE: Rows = np.zeros(0, np.int64)
_NO_SCORES: Scores = np.zeros(0, np.int64)


def _best(totals: Scores, claimed: int | None) -> Rows:
    """Those that one is chosen from: the claimed row when it can take the pod, else all with the highest total."""
    if claimed is not None and totals[claimed] >= 0:
        return np.array([claimed])
    highest = int(totals.max(initial=-1))
    return np.flatnonzero(totals == highest) if highest >= 0 else _NOWHERE


class Explained(NamedTuple):
    """(n,) totals, -1 where the pod cannot go; what they are made of: weights, plugins and points; and the rows that
    one would be chosen from."""

    totals: Scores
    points: list[tuple[int, str, Scores]]
    best: Rows


class Outlook:
    """Nodes are rated when there is a choice; then only the rows on which something changed are computed again.
    `base` is the outlook of the same demand without claims, if others share it."""

    def __init__(self, demand: Demand, nodes: Columns, profile: Profile, base: Outlook | None = None) -> None:
        self.demand = demand
        self._base = base
        self._filters = profile.filters
        self._scores = profile.scores
        self._planners = [each for each in profile.filters
                          if isinstance(each, Planner) and each.concerns(demand, nodes)]  # fmt: skip
        self._objector = next((each for each in self._planners if each.objection(demand, nodes)), None)
        self._flat = self._totals = _NO_SCORES
        self._seen: int | None = None  # how many of the changes of a round are in the totals; None before there are any
        if self._objector is not None:
            self._mask: Mask = np.zeros(len(nodes), bool)
            self._totals = np.full(len(nodes), -1, np.int64)
        elif base is not None:
            self._mask = base._mask
        else:
            self._mask = nodes.present.copy()
            for filter_ in self._filters:
                if filter_.reach is Reach.NODE and filter_.concerns(demand, nodes):
                    self._mask &= filter_.feasible(demand, nodes)

    def choose(
        self, nodes: Columns, touched: Sequence[int], most: int, rng: Chooser, claimed: int | None = None
    ) -> Rows:
        """The rows for up to `most` pods, one at least; none when no node takes one. A claimed row comes first."""
        if self._objector is not None:
            return _NOWHERE
        self._refresh(nodes, touched)
        totals = self._compared(nodes)
        best = _best(totals, claimed)
        if len(best) <= 1:
            return best
        if most == 1 or totals is not self._totals or self.demand.ports:
            return best[rng.integers(0, len(best)) :][:1]
        return self._several(nodes, rng.permutation(best)[:most], int(totals[best[0]]))

    def is_local(self, nodes: Columns) -> bool:
        """Whether a row takes the pod or not whatever pods are on the others."""
        return not self._planners and not self._wide(nodes)

    def fitting(self, nodes: Columns, rows: Sequence[int]) -> list[int]:
        """Of a pod whose outlook is local: the first of the rows, until one does not take it."""
        some = np.array(rows, np.int64)
        refused = np.flatnonzero(~self._takes(nodes.take(some), self._mask[some]))
        return [*rows[: refused[0]]] if len(refused) else [*rows]

    def plans(self, nodes: Columns, row: int) -> tuple[Plan, ...]:
        """What has to be written before a pod can be bound to the row, which was chosen."""
        found = (planner.plan(self.demand, nodes, row) for planner in self._planners)
        return tuple(plan for plan in found if plan is not None)

    def _several(self, nodes: Columns, rows: Rows, highest: int) -> Rows:
        """As many of these equally good rows as one after the other would be chosen."""
        part = nodes.take(rows)
        part.requested += nodes.vector(self.demand.requests)
        part.usage += np.array(self.demand.usage)
        better = np.flatnonzero(self._rate(part, self._mask[rows], self._flat[rows]) > highest)
        return rows[: better[0] + 1] if len(better) else rows

    def _refresh(self, nodes: Columns, touched: Sequence[int]) -> None:
        """Looks again at the rows on which something changed since."""
        if self._base is not None:
            self._base._refresh(nodes, touched)
            self._flat, self._totals = self._base._flat, self._base._totals
        elif self._seen is None:
            self._flat = np.zeros(len(nodes), np.int64)
            for weight, _, points in self._points(Reach.NODE, nodes, self._mask):
                self._flat += weight * points
            self._totals = self._rate(nodes, self._mask, self._flat)
        elif self._seen < len(touched):
            rows = np.unique(np.array(touched[self._seen :], np.int64))
            self._totals[rows] = self._rate(nodes.take(rows), self._mask[rows], self._flat[rows])
        self._seen = len(touched)

    def _takes(self, nodes: Columns, mask: Mask) -> Mask:
        """Of the rows in the mask, those that take the pod as far as the pods on each decide."""
        feasible = mask.copy()
        for filter_ in self._filters:
            if filter_.reach is Reach.POD and filter_.concerns(self.demand, nodes):
                feasible &= filter_.feasible(self.demand, nodes)
        return feasible

    def _wide(self, nodes: Columns) -> list[Filter]:
        """The filters that are about all nodes, or about what those who share the outlook do not have in common."""
        return [each for each in self._filters if each.concerns(self.demand, nodes) and (
            each.reach is Reach.CLUSTER or (each.of_claims and self._base is not None))]  # fmt: skip

    def _rate(self, nodes: Columns, mask: Mask, flat: Scores) -> Scores:
        """Totals of the rows as far as the nodes and the pods on each decide; -1 where the pod cannot go."""
        feasible = self._takes(nodes, mask)
        totals = flat.copy()
        for weight, _, points in self._points(Reach.POD, nodes, feasible):
            totals += weight * points
        totals[~feasible] = -1
        return totals

    def _points(self, reach: Reach, nodes: Columns, feasible: Mask) -> Iterator[tuple[int, str, Scores]]:
        """Of the plugins that have something to say, with their weights and names."""
        for weight, score in self._scores:
            if score.reach is reach and score.concerns(self.demand, nodes):
                yield weight, score.name, score.score(self.demand, nodes, feasible)

    def _compared(self, nodes: Columns) -> Scores:
        """Totals with what depends on all nodes; the very array of the totals when nothing does."""
        demand, totals = self.demand, self._totals
        filters = self._wide(nodes)
        feasible: Mask = totals >= 0
        for filter_ in filters:
            feasible &= filter_.feasible(demand, nodes)
        compared = False
        if feasible.any():
            for weight, _, points in self._points(Reach.CLUSTER, nodes, feasible):
                totals, compared = totals + weight * points, True
        return np.where(feasible, totals, -1) if filters or compared else totals

    def explained(self, nodes: Columns, claimed: int | None = None) -> Explained:
        totals = self._totals
        if self._objector is None:
            self._refresh(nodes, ())
            totals = self._compared(nodes)
        best = _best(totals, claimed)
        if not len(best):
            return Explained(totals, [], best)
        compared = ((Reach.NODE, self._mask), (Reach.POD, self._totals >= 0), (Reach.CLUSTER, totals >= 0))
        return Explained(totals, [each for reach, mask in compared for each in self._points(reach, nodes, mask)], best)

    def refusals(self, nodes: Columns) -> Iterator[tuple[Filter, Mask, Mapping[str, Mask]]]:
        """The filters that refuse nodes which those before them would take, which, and why."""
        left: Mask = nodes.present.copy()
        if self._objector is not None:
            yield self._objector, left, {self._objector.objection(self.demand, nodes): left}
            return
        for filter_ in self._filters:
            if filter_.concerns(self.demand, nodes):
                refused = left & ~filter_.feasible(self.demand, nodes)
                left &= ~refused
                if refused.any():
                    yield filter_, refused, filter_.explain(self.demand, nodes, refused)

    def refusal(self, nodes: Columns) -> Refusal:
        """Every node is explained by the first filter that refuses it."""
        present = int(np.count_nonzero(nodes.present))
        if self._objector is not None:
            helped_by = self._objector.helped_by | {Happening.NODE_ADDED}
            return Refusal(present, {}, helped_by, present, objection=self._objector.objection(self.demand, nodes))
        reasons: Counter[str] = Counter()
        helps: set[Happening] = {Happening.NODE_ADDED}
        hopeless = 0
        for filter_, refused, why in self.refusals(nodes):
            for reason, there in why.items():
                reasons[reason] += int(np.count_nonzero(there))
            helps |= filter_.helped_by
            hopeless += int(np.count_nonzero(filter_.hopeless(self.demand, nodes, refused)))
        return Refusal(present, +reasons, frozenset(helps), hopeless)
