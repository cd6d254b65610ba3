"""Affinity and anti-affinity between pods: what a pod asks of its neighbours, and they of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask, Scores
from services.scheduler.cluster.demand import Demand
from services.scheduler.cluster.happenings import Happening
from services.scheduler.cluster.neighbours import AllOf
from services.scheduler.cluster.tallies import Carried
from services.scheduler.plugins.plugin import MAX_SCORE, Filter, Score, everywhere

HARD_WEIGHT = 1


class FitsNeighbours(Filter):
    name = "InterPodAffinity"
    helped_by = frozenset({
        Happening.NODE_ADDED, Happening.NODE_LABELLED, Happening.POD_GONE, Happening.POD_PLACED,
        Happening.POD_LABELLED, Happening.NAMESPACE_LABELLED,
    })  # fmt: skip

    def concerns(self, pod: Demand, nodes: Columns) -> bool:
        return bool(pod.near or pod.apart or _meeting(pod, nodes, "apart"))

    def feasible(self, pod: Demand, nodes: Columns) -> Mask:
        return _finds_its_own(pod, nodes) & _is_apart(pod, nodes) & _disturbs_nobody(pod, nodes)

    def explain(self, pod: Demand, nodes: Columns, refused: Mask) -> Mapping[str, Mask]:
        reasons = {}
        for reason, keeps in (
            ("node(s) didn't match pod affinity rules", _finds_its_own(pod, nodes)),
            ("node(s) didn't match pod anti-affinity rules", _is_apart(pod, nodes)),
            ("node(s) didn't satisfy existing pods anti-affinity rules", _disturbs_nobody(pod, nodes)),
        ):
            reasons[reason] = refused & ~keeps
            refused = refused & keeps
        return reasons

    def hopeless(self, pod: Demand, nodes: Columns, refused: Mask) -> Mask:
        """Fewer pods are no company."""
        return refused & ~_finds_its_own(pod, nodes)


class PrefersNeighbours(Score):
    """The weights of all terms that hold in a node's domains, those of the pods there included, between the worst node
    and the best."""

    name = "InterPodAffinity"

    def __init__(self, hard_weight: int = HARD_WEIGHT, *, minds_others: bool = True) -> None:
        """`hard_weight` is that of a required affinity of a pod that runs; unless `minds_others`, the preferences of
        those that run count only for pods which have some themselves."""
        self._hard_weight = hard_weight
        self._minds_others = minds_others

    def concerns(self, pod: Demand, nodes: Columns) -> bool:
        return bool(pod.likes or (self._minds_others and _meeting(pod, nodes, "likes", "near")))

    def score(self, pod: Demand, nodes: Columns, feasible: Mask) -> Scores:
        found: Scores = np.zeros(len(nodes), np.int64)
        for weight, term in pod.likes:
            found += weight * nodes.per_domain(nodes.tally(term.selector), term.key)
        for carried in _meeting(pod, nodes, "likes", "near"):
            weight = carried.weight if carried.role == "likes" else self._hard_weight
            found += weight * nodes.per_domain(nodes.tallies.carriers(carried), carried.term.key)
        compared = found[feasible]
        lowest, highest = int(compared.min()), int(compared.max())
        if lowest == highest:
            return np.zeros(len(nodes), np.int64)
        return MAX_SCORE * (found - lowest) // (highest - lowest)


def _meeting(pod: Demand, nodes: Columns, *roles: str) -> list[Carried]:
    return [carried for carried in nodes.tallies.meeting(pod.kin) if carried.role in roles]


def _finds_its_own(pod: Demand, nodes: Columns) -> Mask:
    """Pods that all terms mean, in the domains of each; the first of its kind need not find any."""
    if not pod.near:
        return everywhere(nodes)
    meant = AllOf(tuple(term.selector for term in pod.near))
    tally = nodes.tally(meant)
    labelled, found, anybody = everywhere(nodes), everywhere(nodes), False
    for term in pod.near:
        here = nodes.per_domain(tally, term.key)
        labelled &= nodes.domains(term.key) > 0
        found &= here > 0
        anybody = anybody or bool(here.any())
    if not anybody and meant.matches(pod.kin, nodes.tallies.namespaces):
        return labelled
    return found


def _is_apart(pod: Demand, nodes: Columns) -> Mask:
    mask = everywhere(nodes)
    for term in pod.apart:
        mask &= nodes.per_domain(nodes.tally(term.selector), term.key) == 0
    return mask


def _disturbs_nobody(pod: Demand, nodes: Columns) -> Mask:
    mask = everywhere(nodes)
    for carried in _meeting(pod, nodes, "apart"):
        mask &= nodes.per_domain(nodes.tallies.carriers(carried), carried.term.key) == 0
    return mask
