"""Topology spread constraints: pods of a kind evenly over zones, hosts or whatever else nodes are labelled with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from services.scheduler.cluster.columns import Columns, Mask, Scores
from services.scheduler.cluster.demand import Demand
from services.scheduler.cluster.happenings import Happening
from services.scheduler.cluster.neighbours import Spread
from services.scheduler.cluster.tallies import Counts
from services.scheduler.plugins.affinity import MatchesSelectors
from services.scheduler.plugins.plugin import MAX_SCORE, Filter, Score, count, everywhere
from services.scheduler.plugins.taints import ToleratesTaints

HOSTNAME = "kubernetes.io/hostname"


class SpreadsEvenly(Filter):
    """No domain may have `max_skew` pods more than the emptiest."""

    name = "PodTopologySpread"
    helped_by = frozenset({
        Happening.NODE_ADDED, Happening.NODE_LABELLED, Happening.NODE_OPENED, Happening.NODE_GONE,
        Happening.POD_GONE, Happening.POD_PLACED, Happening.POD_LABELLED,
    })  # fmt: skip

    def concerns(self, pod: Demand, nodes: Columns) -> bool:
        return any(spread.hard for spread in pod.spreads)

    def feasible(self, pod: Demand, nodes: Columns) -> Mask:
        hard = _hard(pod)
        labelled = _labelled(hard, nodes)
        mask = labelled.copy()
        for spread in hard:
            mask &= _within(spread, pod, nodes, labelled)
        return mask

    def explain(self, pod: Demand, nodes: Columns, refused: Mask) -> Mapping[str, Mask]:
        labelled = _labelled(_hard(pod), nodes)
        text = "node(s) didn't match pod topology spread constraints"
        return {text: refused & labelled, f"{text} (missing required label)": refused & ~labelled}

    def hopeless(self, pod: Demand, nodes: Columns, refused: Mask) -> Mask:
        """Pods do not label nodes."""
        return refused & ~_labelled(_hard(pod), nodes)


class PrefersSpreading(Score):
    """The fewer pods of its kind in a node's domains the better; domains of which there are many count more."""

    name = "PodTopologySpread"

    def concerns(self, pod: Demand, nodes: Columns) -> bool:
        return any(not spread.hard for spread in pod.spreads)

    def score(self, pod: Demand, nodes: Columns, feasible: Mask) -> Scores:
        soft = [spread for spread in pod.spreads if not spread.hard]
        labelled = _labelled(soft, nodes)
        compared = feasible & labelled
        if not compared.any():
            return np.zeros(len(nodes), np.int64)
        costs = np.zeros(len(nodes))
        for spread in soft:
            costs += _cost(spread, pod, nodes, labelled, compared)
        rounded = np.floor(costs + 0.5).astype(np.int64)
        lowest, highest = int(rounded[compared].min()), int(rounded[compared].max())
        if highest == 0:
            return np.where(compared, MAX_SCORE, 0)
        return np.where(compared, MAX_SCORE * (highest + lowest - rounded) // highest, 0)


def _hard(pod: Demand) -> list[Spread]:
    return [spread for spread in pod.spreads if spread.hard]


def _labelled(spreads: Sequence[Spread], nodes: Columns) -> Mask:
    mask = everywhere(nodes)
    for spread in spreads:
        if not spread.lenient:
            mask &= nodes.domains(spread.key) > 0
    return mask


def _counted(spread: Spread, pod: Demand, nodes: Columns, labelled: Mask) -> Mask:
    """Nodes whose pods count."""
    mask = labelled & nodes.present
    if spread.honors_affinity and (pod.selector or pod.terms is not None):
        mask = mask & MatchesSelectors().feasible(pod, nodes)
    if spread.honors_taints:
        mask = mask & ToleratesTaints().feasible(pod, nodes)
    return mask


def _by_domain(spread: Spread, nodes: Columns, counted: Mask) -> tuple[Counts, Mask]:
    """((domains,) pods, (domains,) whether a counted node is in it)"""
    column = nodes.domains(spread.key)
    size = int(column.max(initial=0)) + 1
    there = np.zeros(size, bool)
    there[column[counted]] = True
    there[0] = False
    rows = nodes.tally(spread.selector).rows
    pods = np.bincount(column, weights=np.where(counted, rows, 0), minlength=size).astype(np.int64)
    return pods, there


def _within(spread: Spread, pod: Demand, nodes: Columns, labelled: Mask) -> Mask:
    pods, there = _by_domain(spread, nodes, _counted(spread, pod, nodes, labelled))
    emptiest = int(pods[there].min()) if np.count_nonzero(there) >= max(spread.min_domains, 1) else 0
    itself = 1 if spread.selector.matches(pod.kin, nodes.tallies.namespaces) else 0
    fits: Mask = (pods + itself - emptiest <= spread.max_skew)[nodes.domains(spread.key)]
    return fits


def _cost(spread: Spread, pod: Demand, nodes: Columns, labelled: Mask, compared: Mask) -> NDArray[np.float64]:
    column = nodes.domains(spread.key)
    if spread.key == HOSTNAME:
        domains = count(compared)
        pods = nodes.tally(spread.selector).rows
    else:
        counts, _ = _by_domain(spread, nodes, _counted(spread, pod, nodes, labelled))
        among = np.zeros(len(counts), bool)
        among[column[compared]] = True
        domains = count(among if spread.lenient else among[1:])
        pods = counts[column]
    costs = np.asarray(pods * math.log(domains + 2) + (spread.max_skew - 1), np.float64)
    return np.where(column > 0, costs, 0.0)
