"""Which pod goes where: a snapshot in, decisions out.

Every decision counts on those before it in the same call. All nodes are looked at for every pod; sampling them, as
Kubernetes does in large clusters, was rejected: vector expressions make it unnecessary.

Pods of one demand share an outlook on the nodes, of which only the rows that took a pod are computed again. Where many
nodes are equally good, several pods are placed in one step: each takes another of the best nodes, which is what one
after the other would do as long as no node gets better by taking one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from services.scheduler.cluster.cluster import Cluster, Key, Placed
from services.scheduler.cluster.columns import Columns
from services.scheduler.cluster.demand import Demand, PodInfo
from services.scheduler.cluster.gangs import GangKey, Membership, Muster, muster, units
from services.scheduler.cluster.neighbours import NOBODY
from services.scheduler.cluster.plans import Plan
from services.scheduler.outlook import Chooser, Outlook, Refusal
from services.scheduler.profile import DEFAULT, Profile


class Decision(NamedTuple):
    """`node` is where the pod goes, once the plans are carried out; "" with a refusal when no node takes it."""

    pod: PodInfo
    node: str
    refusal: Refusal | None = None
    plans: tuple[Plan, ...] = ()
    cohort: Cohort | None = None


class Cohort(NamedTuple):
    """Pods of a gang that got nodes together: unless as many as are `needed` can be bound, none is."""

    gang: GangKey
    pods: frozenset[Key]
    needed: int


class Claim(NamedTuple):
    """A pod for which a row is being cleared."""

    row: int
    pod: PodInfo


Members = Callable[[GangKey], Mapping[Membership, int]]


def _nobody(gang: GangKey) -> Mapping[Membership, int]:
    return {}


class Claims:
    """Those whose nodes are known. There may be thousands, of which a round needs few: they are looked up."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    @property
    def priorities(self) -> Iterable[int]:
        return self._cluster.claims_at

    def of(self, pod: PodInfo) -> Claim | None:
        placed = self._cluster.claims.get(pod.key)
        return None if placed is None else self._claim(placed)

    def at(self, priority: int) -> list[Claim]:
        """Those of all pods of a priority."""
        return [claim for placed in self._cluster.claims_at[priority].values()
                if (claim := self._claim(placed)) is not None]  # fmt: skip

    def _claim(self, placed: Placed) -> Claim | None:
        row = self._cluster.row(placed.node)
        return None if row is None else Claim(row, placed.pod)


NO_CLAIMS = Claims(Cluster())


def schedule(
    pods: Sequence[PodInfo], nodes: Columns, rng: Chooser, profile: Profile = DEFAULT,
    claims: Claims = NO_CLAIMS, members: Members = _nobody,
) -> list[Decision]:  # fmt: skip
    """One decision per pod, in the same order; the columns, in which the claims count, stay as they are.

    A pod that has a claim takes its node when it can. The claims of less important pods do not stand in its way. Pods
    of a gang, which stand together, find nodes together or not at all; `members` are those of it that have one.
    """
    round_ = Round(nodes, rng, profile, claims)
    decisions: list[Decision] = []
    for unit in units(pods):
        gang = unit[0].gang_key
        if gang is None:
            decisions += round_.decide_all(unit)
        else:
            decisions += round_.decide_together(gang, unit, muster(unit, members(gang)))
    return decisions


class Round:
    """Decisions that count on each other. `nodes` are as they leave them, and as the pod at hand finds them."""

    def __init__(self, nodes: Columns, rng: Chooser, profile: Profile, claims: Claims) -> None:
        self.nodes = nodes.scratch()
        self._rng = rng
        self._profile = profile
        self._claims = claims
        self._outlooks: dict[Demand, Outlook] = {}
        self._alike_until = 0  # what was found last, in the pods that are decided about together
        self._alike_demand: Demand | None = None
        self._touched: list[int] = []  # rows, in the order in which something came or went
        self._counted = {*claims.priorities}  # the claims of others are counted out
        self._ignored: dict[int, list[Claim]] = {}

    def decide_all(self, pods: Sequence[PodInfo]) -> list[Decision]:
        decisions: list[Decision] = []
        self._alike_until = 0
        while len(decisions) < len(pods):
            decisions += self._decide(pods, len(decisions))
        return decisions

    def decide_together(self, gang: GangKey, pods: Sequence[PodInfo], wanted: Muster) -> list[Decision]:
        """As many as the gang still needs find a node, or everything is as if none had been asked about."""
        lacking = wanted.lacks(len(pods))
        if lacking:
            present = int(np.count_nonzero(self.nodes.present))
            return [Decision(pod, "", Refusal(present, {}, frozenset(), present, objection=lacking)) for pod in pods]
        before, changed = (self.nodes, {*self._counted}, dict(self._ignored)), len(self._touched)
        self.nodes = self.nodes.scratch()
        decisions = self.decide_all(pods)
        found = frozenset(decision.pod.key for decision in decisions if decision.node)
        if len(found) >= wanted.missing:
            cohort = Cohort(gang, found, wanted.missing) if wanted.missing else None
            return [decision._replace(cohort=cohort) if decision.node else decision for decision in decisions]
        self.nodes, self._counted, self._ignored = before
        self._touched += self._touched[changed:]  # what was looked at in vain has to be looked at again
        failed = next(decision.refusal for decision in decisions if decision.refusal is not None)
        text = wanted.falls_short(len(found))
        return [decision._replace(node="", plans=(), refusal=(decision.refusal or failed)._replace(gang=text))
                for decision in decisions]  # fmt: skip

    def _decide(self, pods: Sequence[PodInfo], start: int) -> list[Decision]:
        """The decision about the pod at `start`, and about those behind it that are like it."""
        pod, nodes = pods[start], self.nodes
        outlook, claim = self.look(pod), self._claims.of(pod)
        if claim is not None and (several := self._take_claimed(pods, start, outlook, claim)):
            return several
        alike = 1 if claim is not None else self._alike(pods, start, outlook.demand)
        rows = outlook.choose(nodes, self._touched, alike, self._rng, claim.row if claim is not None else None)
        if not len(rows):
            if claim is not None and pod.priority == claim.pod.priority:
                self._change(nodes.place, claim.row, claim.pod)
            refusal = outlook.refusal(nodes)
            return [Decision(each, "", refusal) for each in pods[start : start + alike]]
        return self._settle(pods[start:], rows.tolist(), outlook)

    def _settle(self, pods: Sequence[PodInfo], rows: Sequence[int], outlook: Outlook) -> list[Decision]:
        """As many of the pods as there are rows get them."""
        nodes, decisions = self.nodes, []
        for row, each in zip(rows, pods, strict=False):
            plans = outlook.plans(nodes, row)
            self._change(nodes.place, row, each)
            for plan in plans:
                plan.assume(nodes)
            decisions.append(Decision(each, nodes.names[row], plans=plans))
        return decisions

    def _take_claimed(self, pods: Sequence[PodInfo], start: int, outlook: Outlook, first: Claim) -> list[Decision]:
        """Those from `start` on that are alike, have claims to rows of their own, and can take them whatever happens on
        the others' rows."""
        if first.pod.priority != pods[start].priority or not outlook.is_local(self.nodes):
            return []
        claims = {first.row: first}
        for pod in pods[start + 1 :]:
            claim = self._claims.of(pod)
            if (
                claim is None or claim.row in claims or claim.pod.priority != pod.priority
                or not self._is_like(pod, pods[start], outlook.demand)
            ):  # fmt: skip
                break
            claims[claim.row] = claim
        for row, claim in islice(claims.items(), 1, None):
            self._change(self.nodes.remove, row, claim.pod)
        fitting = outlook.fitting(self.nodes, list(claims))
        for row, claim in islice(claims.items(), max(len(fitting), 1), None):
            self._change(self.nodes.place, row, claim.pod)
        return self._settle(pods[start:], fitting, outlook)

    def look(self, pod: PodInfo) -> Outlook:
        """How the nodes look to the pod, whose own claim does not count from now on."""
        self._count_claims(pod.priority)
        claim = self._claims.of(pod)
        if claim is not None and pod.priority == claim.pod.priority:
            self._change(self.nodes.remove, claim.row, claim.pod)
        return self._outlook(self._shared(pod.demand))

    def _outlook(self, demand: Demand) -> Outlook:
        """Pods that differ in their claims only share what has nothing to do with them."""
        outlook = self._outlooks.get(demand)
        if outlook is None:
            base = self._outlook(demand.unclaimed) if demand.claims else None
            outlook = Outlook(demand, self.nodes, self._profile, base)
            self._outlooks[demand] = outlook
        return outlook

    def _change(self, how: Callable[[int, Demand], None], row: int, pod: PodInfo) -> None:
        how(row, pod.demand)
        self._touched.append(row)

    def _count_claims(self, priority: int) -> None:
        """Claims of less important pods do not count for this one; they count again for those after it."""
        for level in [each for each in self._counted if each < priority]:
            self._counted.discard(level)
            self._ignored[level] = self._claims.at(level)
            for claim in self._ignored[level]:
                self._change(self.nodes.remove, claim.row, claim.pod)
        for level in [each for each in self._ignored if each >= priority]:
            self._counted.add(level)
            for claim in self._ignored.pop(level):
                self._change(self.nodes.place, claim.row, claim.pod)

    def _shared(self, demand: Demand) -> Demand:
        """The demand that a pod has in common with others whose labels differ, where labels make no difference: some
        terms mean pods of namespaces that lack a label, and so would mean a pod of none."""
        tallies = self.nodes.tallies
        alone = demand.is_sociable or tallies.meeting(demand.kin) or tallies.meeting(NOBODY)
        return demand if alone else demand.anonymous

    def _alike(self, pods: Sequence[PodInfo], start: int, demand: Demand) -> int:
        """How many pods from `start` on have this demand."""
        if start < self._alike_until and self._alike_demand is demand:
            return self._alike_until - start  # what is decided about one of them does not tell the others apart
        end = start + 1
        while end < len(pods):
            if self._claims.of(pods[end]) is not None or not self._is_like(pods[end], pods[start], demand):
                break
            end += 1
        self._alike_until, self._alike_demand = end, demand
        return end - start

    def _is_like(self, pod: PodInfo, first: PodInfo, demand: Demand) -> bool:
        """Whether it is as important as the first, and has the same demand."""
        return pod.priority == first.priority and (
            pod.demand is demand or (pod.demand.kin == first.demand.kin and self._shared(pod.demand) == demand)
        )
