"""Which pod goes where: a snapshot in, decisions out.

Every decision counts on those before it in the same call. All nodes are looked at for every pod; sampling them, as
Kubernetes does in large clusters, was rejected: vector expressions make it unnecessary.

Pods of one demand share an outlook on the nodes, of which only the rows that took a pod are computed again. Where many
nodes are equally good, several pods are placed in one step: each takes another of the best nodes, which is what one
after the other would do as long as no node gets better by taking one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask, Rows, Scores
from services.scheduler.cluster.demand import Demand, PodInfo
from services.scheduler.cluster.happenings import Happening
from services.scheduler.cluster.neighbours import NOBODY
from services.scheduler.cluster.plans import Plan
from services.scheduler.plugins.plugin import Filter, Planner, Reach
from services.scheduler.profile import DEFAULT, Profile


class Chooser(Protocol):
    """A source of randomness, such as NumPy's Generator."""

    def integers(self, low: int, high: int) -> Any: ...

    def permutation(self, x: Any) -> Any: ...


class Refusal(NamedTuple):
    """Why no node takes a pod, and what might change that. `hopeless` of the nodes would not take it if they were
    empty; `preemption` says what became of the thought of removing other pods, in Kubernetes' words; an `objection` is
    a reason that has nothing to do with single nodes."""

    nodes: int
    reasons: Mapping[str, int]
    helped_by: frozenset[Happening]
    hopeless: int = 0
    preemption: str = ""
    objection: str = ""

    @property
    def message(self) -> str:
        """In Kubernetes' words."""
        if not self.nodes:
            return "no nodes available to schedule pods"
        reasons = self.objection or ", ".join(sorted(f"{number} {reason}" for reason, number in self.reasons.items()))
        tail = f" preemption: {self.preemption}" if self.preemption else ""
        return f"0/{self.nodes} nodes are available: {reasons}.{tail}"

    def without_victims(self) -> Refusal:
        """Nobody can be removed in a way that helps."""
        found = {"Preemption is not helpful for scheduling": self.hopeless,
                 "No preemption victims found for incoming pod": self.nodes - self.hopeless}  # fmt: skip
        text = ", ".join(sorted(f"{number} {reason}" for reason, number in found.items() if number))
        return self._replace(preemption=f"0/{self.nodes} nodes are available: {text}." if text else "")


class Decision(NamedTuple):
    """`node` is where the pod goes, once the plans are carried out; "" with a refusal when no node takes it."""

    pod: PodInfo
    node: str
    refusal: Refusal | None = None
    plans: tuple[Plan, ...] = ()


class Claim(NamedTuple):
    """A pod for which a row is being cleared."""

    row: int
    pod: PodInfo


def schedule(
    pods: Sequence[PodInfo], nodes: Columns, rng: Chooser, profile: Profile = DEFAULT,
    claims: Mapping[tuple[str, str], Claim] = MappingProxyType({}),
) -> list[Decision]:  # fmt: skip
    """One decision per pod, in the same order; the columns, in which the claims count, stay as they are.

    A pod that has a claim takes its node when it can. The claims of less important pods do not stand in its way.
    """
    round_ = _Round(nodes, rng, profile, claims)
    decisions: list[Decision] = []
    while len(decisions) < len(pods):
        decisions += round_.decide(pods, len(decisions))
    return decisions


class _Round:
    def __init__(self, nodes: Columns, rng: Chooser, profile: Profile, claims: Mapping[tuple[str, str], Claim]) -> None:
        self._nodes = nodes.scratch()
        self._rng = rng
        self._profile = profile
        self._claims = claims
        self._outlooks: dict[Demand, _Outlook] = {}
        self._touched: list[int] = []  # rows, in the order in which something came or went
        self._counted: dict[int, list[Claim]] = {}  # by priority; the others are counted out
        self._ignored: dict[int, list[Claim]] = {}
        for claim in claims.values():
            self._counted.setdefault(claim.pod.priority, []).append(claim)

    def decide(self, pods: Sequence[PodInfo], start: int) -> list[Decision]:
        """The decision about the pod at `start`, and about those behind it that are like it."""
        pod, nodes = pods[start], self._nodes
        self._count_claims(pod.priority)
        claim = self._claims.get(pod.key)
        if claim is not None and pod.priority == claim.pod.priority:
            self._change(nodes.remove, claim.row, claim.pod)
        demand = self._shared(pod.demand)
        outlook = self._outlooks.get(demand)
        if outlook is None:
            outlook = self._outlooks[demand] = _Outlook(demand, nodes, len(self._touched), self._profile)
        alike = 1 if claim is not None else self._alike(pods, start, demand)
        rows = outlook.choose(nodes, self._touched, alike, self._rng, claim.row if claim is not None else None)
        if not len(rows):
            if claim is not None and pod.priority == claim.pod.priority:
                self._change(nodes.place, claim.row, claim.pod)
            refusal = outlook.refusal(nodes)
            return [Decision(each, "", refusal) for each in pods[start : start + alike]]
        decisions = []
        for row, each in zip(rows.tolist(), pods[start:], strict=False):
            plans = outlook.plans(nodes, row)
            self._change(nodes.place, row, each)
            for plan in plans:
                plan.assume(nodes)
            decisions.append(Decision(each, nodes.names[row], plans=plans))
        return decisions

    def _change(self, how: Callable[[int, Demand], None], row: int, pod: PodInfo) -> None:
        how(row, pod.demand)
        self._touched.append(row)

    def _count_claims(self, priority: int) -> None:
        """Claims of less important pods do not count for this one; they count again for those after it."""
        for level in [each for each in self._counted if each < priority]:
            self._ignored[level] = self._counted.pop(level)
            for claim in self._ignored[level]:
                self._change(self._nodes.remove, claim.row, claim.pod)
        for level in [each for each in self._ignored if each >= priority]:
            self._counted[level] = self._ignored.pop(level)
            for claim in self._counted[level]:
                self._change(self._nodes.place, claim.row, claim.pod)

    def _shared(self, demand: Demand) -> Demand:
        """The demand that a pod has in common with others whose labels differ, where labels make no difference: some
        terms mean pods of namespaces that lack a label, and so would mean a pod of none."""
        tallies = self._nodes.tallies
        alone = demand.is_sociable or tallies.meeting(demand.kin) or tallies.meeting(NOBODY)
        return demand if alone else demand.anonymous

    def _alike(self, pods: Sequence[PodInfo], start: int, demand: Demand) -> int:
        """How many pods from `start` on have this demand."""
        kin, priority = pods[start].demand.kin, pods[start].priority
        end = start + 1
        while end < len(pods):
            pod = pods[end]
            if pod.key in self._claims or pod.priority != priority:
                break
            if pod.demand is not demand and (pod.demand.kin != kin or self._shared(pod.demand) != demand):
                break
            end += 1
        return end - start


_NOWHERE: Rows = np.zeros(0, np.int64)


class _Outlook:
    """How the nodes look to pods of one demand; `seen` of the changes of this round are in it."""

    def __init__(self, demand: Demand, nodes: Columns, seen: int, profile: Profile) -> None:
        self._demand = demand
        self._seen = seen
        self._filters = profile.filters
        self._scores = profile.scores
        self._planners = [each for each in profile.filters
                          if isinstance(each, Planner) and each.concerns(demand, nodes)]  # fmt: skip
        self._objector = next((each for each in self._planners if each.objection(demand, nodes)), None)
        self._mask: Mask = nodes.present.copy()
        if self._objector is not None:
            self._mask[:] = False
            self._totals: Scores = np.full(len(nodes), -1, np.int64)
            return
        for filter_ in self._filters:
            if filter_.reach is Reach.NODE and filter_.concerns(demand, nodes):
                self._mask &= filter_.feasible(demand, nodes)
        self._flat: Scores = np.zeros(len(nodes), np.int64)
        for weight, _, points in self._points(Reach.NODE, nodes, self._mask):
            self._flat += weight * points
        self._totals = self._rate(nodes, self._mask, self._flat)

    def choose(
        self, nodes: Columns, touched: Sequence[int], most: int, rng: Chooser, claimed: int | None = None
    ) -> Rows:
        """The rows for up to `most` pods, one at least; none when no node takes one. A claimed row comes first."""
        if self._objector is not None:
            return _NOWHERE
        self._refresh(nodes, touched)
        totals = self._compared(nodes)
        if claimed is not None and totals[claimed] >= 0:
            return np.array([claimed])
        highest = int(totals.max(initial=-1))
        if highest < 0:
            return _NOWHERE
        best: Rows = np.flatnonzero(totals == highest)
        if most == 1 or len(best) == 1 or totals is not self._totals or self._demand.ports:
            return best[rng.integers(0, len(best)) :][:1]
        return self._several(nodes, rng.permutation(best)[:most], highest)

    def plans(self, nodes: Columns, row: int) -> tuple[Plan, ...]:
        """What has to be written before a pod can be bound to the row, which was chosen."""
        found = (planner.plan(self._demand, nodes, row) for planner in self._planners)
        return tuple(plan for plan in found if plan is not None)

    def _several(self, nodes: Columns, rows: Rows, highest: int) -> Rows:
        """As many of these equally good rows as one after the other would be chosen."""
        part = nodes.take(rows)
        part.requested += nodes.vector(self._demand.requests)
        part.usage += np.array(self._demand.usage)
        better = np.flatnonzero(self._rate(part, self._mask[rows], self._flat[rows]) > highest)
        return rows[: better[0] + 1] if len(better) else rows

    def _refresh(self, nodes: Columns, touched: Sequence[int]) -> None:
        """Looks again at the rows on which something changed since."""
        if self._seen == len(touched):
            return
        rows = np.unique(np.array(touched[self._seen :], np.int64))
        self._seen = len(touched)
        self._totals[rows] = self._rate(nodes.take(rows), self._mask[rows], self._flat[rows])

    def _rate(self, nodes: Columns, mask: Mask, flat: Scores) -> Scores:
        """Totals of the rows as far as the nodes and the pods on each decide; -1 where the pod cannot go."""
        feasible = mask.copy()
        for filter_ in self._filters:
            if filter_.reach is Reach.POD and filter_.concerns(self._demand, nodes):
                feasible &= filter_.feasible(self._demand, nodes)
        totals = flat.copy()
        for weight, _, points in self._points(Reach.POD, nodes, feasible):
            totals += weight * points
        totals[~feasible] = -1
        return totals

    def _points(self, reach: Reach, nodes: Columns, feasible: Mask) -> Iterator[tuple[int, str, Scores]]:
        """Of the plugins that have something to say, with their weights and names."""
        for weight, score in self._scores:
            if score.reach is reach and score.concerns(self._demand, nodes):
                yield weight, score.name, score.score(self._demand, nodes, feasible)

    def _compared(self, nodes: Columns) -> Scores:
        """Totals with what depends on all nodes; the very array of the totals when nothing does."""
        demand, totals = self._demand, self._totals
        filters = [each for each in self._filters if each.reach is Reach.CLUSTER and each.concerns(demand, nodes)]
        feasible: Mask = totals >= 0
        for filter_ in filters:
            feasible &= filter_.feasible(demand, nodes)
        compared = False
        if feasible.any():
            for weight, _, points in self._points(Reach.CLUSTER, nodes, feasible):
                totals, compared = totals + weight * points, True
        return np.where(feasible, totals, -1) if filters or compared else totals

    def explained(self, nodes: Columns) -> tuple[Scores, list[tuple[int, str, Scores]]]:
        """(n,) totals, -1 where the pod cannot go, and what they are made of: weights, plugins and points."""
        if self._objector is not None:
            return self._totals, []
        totals = self._compared(nodes)
        compared = ((Reach.NODE, self._mask), (Reach.POD, self._totals >= 0), (Reach.CLUSTER, totals >= 0))
        return totals, [each for reach, mask in compared for each in self._points(reach, nodes, mask)]

    def refusals(self, nodes: Columns) -> Iterator[tuple[Filter, Mask]]:
        """The filters that refuse nodes which those before them would take, and which."""
        left: Mask = nodes.present.copy()
        for filter_ in self._filters:
            if self._objector is None and filter_.concerns(self._demand, nodes):
                refused = left & ~filter_.feasible(self._demand, nodes)
                left &= ~refused
                if refused.any():
                    yield filter_, refused

    def refusal(self, nodes: Columns) -> Refusal:
        """Every node is explained by the first filter that refuses it."""
        present = int(np.count_nonzero(nodes.present))
        if self._objector is not None:
            helped_by = self._objector.helped_by | {Happening.NODE_ADDED}
            return Refusal(present, {}, helped_by, present, objection=self._objector.objection(self._demand, nodes))
        reasons: Counter[str] = Counter()
        helps: set[Happening] = {Happening.NODE_ADDED}
        hopeless = 0
        for filter_, refused in self.refusals(nodes):
            for reason, there in filter_.explain(self._demand, nodes, refused).items():
                reasons[reason] += int(np.count_nonzero(there))
            helps |= filter_.helped_by
            hopeless += int(np.count_nonzero(filter_.hopeless(self._demand, nodes, refused)))
        return Refusal(present, +reasons, frozenset(helps), hopeless)
