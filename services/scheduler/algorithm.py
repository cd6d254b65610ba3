"""Which pod goes where: a snapshot in, decisions out.

Every decision counts on those before it in the same call. All nodes are looked at for every pod; sampling them, as
Kubernetes does in large clusters, was rejected: vector expressions make it unnecessary.

Pods of one demand share an outlook on the nodes, of which only the rows that took a pod are computed again. Where many
nodes are equally good, several pods are placed in one step: each takes another of the best nodes, which is what one
after the other would do as long as no node gets better by taking one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from services.scheduler.cluster.cluster import Cluster, Key
from services.scheduler.cluster.columns import Columns
from services.scheduler.cluster.demand import Demand, PodInfo
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


class Claim(NamedTuple):
    """A pod for which a row is being cleared."""

    row: int
    pod: PodInfo


def claims_of(cluster: Cluster) -> dict[Key, Claim]:
    """Those whose nodes are known."""
    return {key: Claim(row, claim.pod) for key, claim in cluster.claims.items()
            if (row := cluster.row(claim.node)) is not None}  # fmt: skip


def schedule(
    pods: Sequence[PodInfo], nodes: Columns, rng: Chooser, profile: Profile = DEFAULT,
    claims: Mapping[Key, Claim] = MappingProxyType({}),
) -> list[Decision]:  # fmt: skip
    """One decision per pod, in the same order; the columns, in which the claims count, stay as they are.

    A pod that has a claim takes its node when it can. The claims of less important pods do not stand in its way.
    """
    round_ = Round(nodes, rng, profile, claims)
    decisions: list[Decision] = []
    while len(decisions) < len(pods):
        decisions += round_.decide(pods, len(decisions))
    return decisions


class Round:
    """Decisions that count on each other. `nodes` are as they leave them, and as the pod at hand finds them."""

    def __init__(self, nodes: Columns, rng: Chooser, profile: Profile, claims: Mapping[Key, Claim]) -> None:
        self.nodes = nodes.scratch()
        self._rng = rng
        self._profile = profile
        self._claims = claims
        self._outlooks: dict[Demand, Outlook] = {}
        self._touched: list[int] = []  # rows, in the order in which something came or went
        self._counted: dict[int, list[Claim]] = {}  # by priority; the others are counted out
        self._ignored: dict[int, list[Claim]] = {}
        for claim in claims.values():
            self._counted.setdefault(claim.pod.priority, []).append(claim)

    def decide(self, pods: Sequence[PodInfo], start: int) -> list[Decision]:
        """The decision about the pod at `start`, and about those behind it that are like it."""
        pod, nodes = pods[start], self.nodes
        outlook, claim = self.look(pod), self._claims.get(pod.key)
        alike = 1 if claim is not None else self._alike(pods, start, outlook.demand)
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

    def look(self, pod: PodInfo) -> Outlook:
        """How the nodes look to the pod, whose own claim does not count from now on."""
        self._count_claims(pod.priority)
        claim = self._claims.get(pod.key)
        if claim is not None and pod.priority == claim.pod.priority:
            self._change(self.nodes.remove, claim.row, claim.pod)
        return self._outlook(self._shared(pod.demand))

    def _outlook(self, demand: Demand) -> Outlook:
        """Pods that differ in their claims only share what has nothing to do with them."""
        outlook = self._outlooks.get(demand)
        if outlook is None:
            base = self._outlook(demand.unclaimed) if demand.claims else None
            outlook = Outlook(demand, self.nodes, len(self._touched), self._profile, base)
            self._outlooks[demand] = outlook
        return outlook

    def _change(self, how: Callable[[int, Demand], None], row: int, pod: PodInfo) -> None:
        how(row, pod.demand)
        self._touched.append(row)

    def _count_claims(self, priority: int) -> None:
        """Claims of less important pods do not count for this one; they count again for those after it."""
        for level in [each for each in self._counted if each < priority]:
            self._ignored[level] = self._counted.pop(level)
            for claim in self._ignored[level]:
                self._change(self.nodes.remove, claim.row, claim.pod)
        for level in [each for each in self._ignored if each >= priority]:
            self._counted[level] = self._ignored.pop(level)
            for claim in self._counted[level]:
                self._change(self.nodes.place, claim.row, claim.pod)

    def _shared(self, demand: Demand) -> Demand:
        """The demand that a pod has in common with others whose labels differ, where labels make no difference: some
        terms mean pods of namespaces that lack a label, and so would mean a pod of none."""
        tallies = self.nodes.tallies
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
