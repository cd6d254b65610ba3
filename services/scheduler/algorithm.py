"""Which pod goes where: a snapshot in, decisions out.

Every decision counts on those before it in the same call. All nodes are looked at for every pod; sampling them, as
Kubernetes does in large clusters, was rejected: vector expressions make it unnecessary.

Pods of one demand share an outlook on the nodes, of which only the rows that took a pod are computed again. Where many
nodes are equally good, several pods are placed in one step: each takes another of the best nodes, which is what one
after the other would do as long as no node gets better by taking one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask, Rows, Scores
from services.scheduler.cluster.demand import Demand, PodInfo
from services.scheduler.cluster.happenings import Happening
from services.scheduler.plugins import FILTERS, SCORES
from services.scheduler.plugins.plugin import Filter, Reach, Score


class Chooser(Protocol):
    """A source of randomness, such as NumPy's Generator."""

    def integers(self, low: int, high: int) -> Any: ...

    def permutation(self, x: Any) -> Any: ...


class Profile(NamedTuple):
    """The plugins that decide for the pods of one schedulerName; scores with their weights."""

    filters: tuple[Filter, ...] = FILTERS
    scores: tuple[tuple[int, Score], ...] = SCORES


DEFAULT = Profile()


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


def schedule(
    pods: Sequence[PodInfo], nodes: Columns, rng: Chooser, profile: Profile = DEFAULT
) -> list[Decision]:  # fmt: skip
    """One decision per pod, in the same order; the columns stay as they are."""
    scratch = nodes.scratch()
    outlooks: dict[Demand, _Outlook] = {}
    decisions: list[Decision] = []
    placed: list[int] = []  # rows, in the order in which they took pods
    while len(decisions) < len(pods):
        demand = _shared(pods[len(decisions)].demand, scratch)
        alike = _alike(pods, len(decisions), demand, scratch)
        outlook = outlooks.get(demand)
        if outlook is None:
            outlook = outlooks[demand] = _Outlook(demand, scratch, len(placed), profile)
        rows = outlook.choose(scratch, placed, alike, rng)
        if not len(rows):
            refusal = outlook.refusal(scratch)
            decisions += [Decision(pod, "", refusal) for pod in pods[len(decisions) : len(decisions) + alike]]
        for row in map(int, rows):
            pod = pods[len(decisions)]
            scratch.place(row, pod.demand)
            placed.append(row)
            decisions.append(Decision(pod, scratch.names[row]))
    return decisions


def _shared(demand: Demand, nodes: Columns) -> Demand:
    """The demand that a pod has in common with others whose labels differ, where labels make no difference."""
    return demand if demand.is_sociable or nodes.tallies.meeting(demand.kin) else demand.anonymous


def _alike(pods: Sequence[PodInfo], start: int, demand: Demand, nodes: Columns) -> int:
    """How many pods from `start` on have this demand."""
    kin = pods[start].demand.kin
    end = start + 1
    while end < len(pods):
        other = pods[end].demand
        if other is not demand and (other.kin != kin or _shared(other, nodes) != demand):
            break
        end += 1
    return end - start


_NOWHERE: Rows = np.zeros(0, np.int64)


class _Outlook:
    """How the nodes look to pods of one demand; `seen` placements of this round are in it."""

    def __init__(self, demand: Demand, nodes: Columns, seen: int, profile: Profile) -> None:
        self._demand = demand
        self._seen = seen
        self._filters = profile.filters
        self._scores = profile.scores
        self._mask: Mask = nodes.present.copy()
        for filter_ in self._filters:
            if filter_.reach is Reach.NODE and filter_.concerns(demand, nodes):
                self._mask &= filter_.feasible(demand, nodes)
        self._flat: Scores = np.zeros(len(nodes), np.int64)
        for weight, score in self._scores:
            if score.reach is Reach.NODE and score.concerns(demand, nodes):
                self._flat += weight * score.score(demand, nodes, self._mask)
        self._totals = self._rate(nodes, self._mask, self._flat)

    def choose(self, nodes: Columns, placed: Sequence[int], most: int, rng: Chooser) -> Rows:
        """The rows for up to `most` pods, one at least; none when no node takes one."""
        self._refresh(nodes, placed)
        totals = self._compared(nodes)
        highest = int(totals.max(initial=-1))
        if highest < 0:
            return _NOWHERE
        best: Rows = np.flatnonzero(totals == highest)
        if most == 1 or len(best) == 1 or totals is not self._totals or self._demand.ports:
            return best[rng.integers(0, len(best)) :][:1]
        return self._several(nodes, rng.permutation(best)[:most], highest)

    def _several(self, nodes: Columns, rows: Rows, highest: int) -> Rows:
        """As many of these equally good rows as one after the other would be chosen."""
        part = nodes.take(rows)
        part.requested += nodes.vector(self._demand.requests)
        part.usage += np.array(self._demand.usage)
        better = np.flatnonzero(self._rate(part, self._mask[rows], self._flat[rows]) > highest)
        return rows[: better[0] + 1] if len(better) else rows

    def _refresh(self, nodes: Columns, placed: Sequence[int]) -> None:
        """Looks again at the rows that took pods since."""
        if self._seen == len(placed):
            return
        rows = np.unique(np.array(placed[self._seen :], np.int64))
        self._seen = len(placed)
        self._totals[rows] = self._rate(nodes.take(rows), self._mask[rows], self._flat[rows])

    def _rate(self, nodes: Columns, mask: Mask, flat: Scores) -> Scores:
        """Totals of the rows as far as the nodes and the pods on each decide; -1 where the pod cannot go."""
        feasible = mask.copy()
        for filter_ in self._filters:
            if filter_.reach is Reach.POD and filter_.concerns(self._demand, nodes):
                feasible &= filter_.feasible(self._demand, nodes)
        totals = flat.copy()
        for weight, score in self._scores:
            if score.reach is Reach.POD and score.concerns(self._demand, nodes):
                totals += weight * score.score(self._demand, nodes, feasible)
        totals[~feasible] = -1
        return totals

    def _compared(self, nodes: Columns) -> Scores:
        """Totals with what depends on all nodes; the very array of the totals when nothing does."""
        demand = self._demand
        filters = [each for each in self._filters if each.reach is Reach.CLUSTER and each.concerns(demand, nodes)]
        scores = [each for each in self._scores if each[1].reach is Reach.CLUSTER and each[1].concerns(demand, nodes)]
        if not filters and not scores:
            return self._totals
        feasible: Mask = self._totals >= 0
        for filter_ in filters:
            feasible &= filter_.feasible(demand, nodes)
        totals = self._totals
        if feasible.any():
            for weight, score in scores:
                totals = totals + weight * score.score(demand, nodes, feasible)
        return np.where(feasible, totals, -1)

    def refusal(self, nodes: Columns) -> Refusal:
        """Every node is explained by the first filter that refuses it."""
        left: Mask = nodes.present.copy()
        reasons: Counter[str] = Counter()
        helped_by: set[Happening] = {Happening.NODE_ADDED}
        for filter_ in self._filters:
            if not filter_.concerns(self._demand, nodes):
                continue
            refused = left & ~filter_.feasible(self._demand, nodes)
            if refused.any():
                reasons.update(filter_.explain(self._demand, nodes, refused))
                helped_by |= filter_.helped_by
                left &= ~refused
        return Refusal(int(np.count_nonzero(nodes.present)), reasons, frozenset(helped_by))
