"""Which pod goes where: a snapshot in, decisions out.

Every decision counts on those before it in the same call. All nodes are looked at for every pod; sampling them, as
Kubernetes does in large clusters, was rejected: vector expressions make it unnecessary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask, Rows, Scores
from services.scheduler.cluster.demand import Demand, PodInfo
from services.scheduler.cluster.happenings import Happening
from services.scheduler.plugins import DYNAMIC_FILTERS, DYNAMIC_SCORES, STATIC_FILTERS, STATIC_SCORES


class Chooser(Protocol):
    """A source of randomness, such as NumPy's Generator."""

    def integers(self, low: int, high: int) -> int: ...


class Refusal(NamedTuple):
    """Why no node takes a pod, and what might change that."""

    nodes: int
    reasons: Mapping[str, int]
    helped_by: frozenset[Happening]

    @property
    def message(self) -> str:
        """In Kubernetes' words."""
        if not self.nodes:
            return "no nodes available to schedule pods"
        reasons = ", ".join(sorted(f"{number} {reason}" for reason, number in self.reasons.items()))
        return f"0/{self.nodes} nodes are available: {reasons}."


class Decision(NamedTuple):
    """`node` is where the pod goes; "" with a refusal when no node takes it."""

    pod: PodInfo
    node: str
    refusal: Refusal | None = None


def schedule(pods: Sequence[PodInfo], nodes: Columns, rng: Chooser) -> list[Decision]:
    """One decision per pod, in the same order; the columns stay as they are."""
    scratch = nodes.scratch()
    outlooks: dict[Demand, _Outlook] = {}
    placed: list[int] = []  # rows, in the order in which they took pods
    decisions = []
    for pod in pods:
        outlook = outlooks.get(pod.demand)
        if outlook is None:
            outlook = outlooks[pod.demand] = _Outlook(pod.demand, scratch, len(placed))
        else:
            outlook.refresh(scratch, placed)
        row = outlook.best(rng)
        if row is None:
            decisions.append(Decision(pod, "", outlook.refusal(scratch)))
            continue
        scratch.place(row, pod.demand)
        placed.append(row)
        decisions.append(Decision(pod, scratch.names[row]))
    return decisions


class _Outlook:
    """How the nodes look to pods of one demand; `seen` placements of this round are in it."""

    def __init__(self, demand: Demand, nodes: Columns, seen: int) -> None:
        self._demand = demand
        self._seen = seen
        self._present: Mask = nodes.present.copy()
        for filter_ in STATIC_FILTERS:
            self._present &= filter_.feasible(demand, nodes)
        self._static: Scores = np.zeros(len(nodes), np.int64)
        for weight, score in STATIC_SCORES:
            self._static += weight * score.score(demand, nodes, self._present)
        self._totals = self._rate(nodes, self._present, self._static)

    def refresh(self, nodes: Columns, placed: Sequence[int]) -> None:
        """Looks again at the rows that took pods since."""
        if self._seen == len(placed):
            return
        rows = np.unique(np.array(placed[self._seen :], np.int64))
        self._seen = len(placed)
        self._totals[rows] = self._rate(nodes.take(rows), self._present[rows], self._static[rows])

    def best(self, rng: Chooser) -> int | None:
        """One of the rows with the highest score; which one is left to chance."""
        highest = int(self._totals.max(initial=-1))
        if highest < 0:
            return None
        candidates: Rows = np.flatnonzero(self._totals == highest)
        return int(candidates[rng.integers(0, len(candidates))])

    def refusal(self, nodes: Columns) -> Refusal:
        """Every node is explained by the first filter that refuses it."""
        left: Mask = nodes.present.copy()
        reasons: Counter[str] = Counter()
        helped_by: set[Happening] = {Happening.NODE_ADDED}
        for filter_ in (*STATIC_FILTERS, *DYNAMIC_FILTERS):
            refused = left & ~filter_.feasible(self._demand, nodes)
            if refused.any():
                reasons.update(filter_.explain(self._demand, nodes, refused))
                helped_by |= filter_.helped_by
                left &= ~refused
        return Refusal(int(np.count_nonzero(nodes.present)), reasons, frozenset(helped_by))

    def _rate(self, nodes: Columns, mask: Mask, static: Scores) -> Scores:
        """Totals of the rows; -1 where the pod cannot go."""
        feasible = mask.copy()
        for filter_ in DYNAMIC_FILTERS:
            feasible &= filter_.feasible(self._demand, nodes)
        totals = static.copy()
        for weight, score in DYNAMIC_SCORES:
            totals += weight * score.score(self._demand, nodes, feasible)
        totals[~feasible] = -1
        return totals
