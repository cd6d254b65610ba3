"""Topology spread constraints: pods of a kind evenly over zones, hosts or whatever else nodes are labelled with."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

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

T = TypeVar("T")


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
        mask = _labelled(pod, nodes, hard=True).copy()
        for spread in pod.spreads:
            if spread.hard:
                mask &= _within(spread, pod, nodes)
        return mask

    def explain(self, pod: Demand, nodes: Columns, refused: Mask) -> Mapping[str, Mask]:
        labelled = _labelled(pod, nodes, hard=True)
        text = "node(s) didn't match pod topology spread constraints"
        return {text: refused & labelled, f"{text} (missing required label)": refused & ~labelled}

    def hopeless(self, pod: Demand, nodes: Columns, refused: Mask) -> Mask:
        """Pods do not label nodes."""
        return refused & ~_labelled(pod, nodes, hard=True)


class PrefersSpreading(Score):
    """The fewer pods of its kind in a node's domains the better; domains of which there are many count more."""

    name = "PodTopologySpread"

    def concerns(self, pod: Demand, nodes: Columns) -> bool:
        return any(not spread.hard for spread in pod.spreads)

    def score(self, pod: Demand, nodes: Columns, feasible: Mask) -> Scores:
        compared = feasible & _labelled(pod, nodes, hard=False)
        if not compared.any():
            return np.zeros(len(nodes), np.int64)
        costs = np.zeros(len(nodes))
        for spread in pod.spreads:
            if not spread.hard:
                costs += _cost(spread, pod, nodes, compared)
        rounded = np.floor(costs + 0.5).astype(np.int64)
        lowest, highest = int(rounded[compared].min()), int(rounded[compared].max())
        if highest == 0:
            return np.where(compared, MAX_SCORE, 0)
        return np.where(compared, MAX_SCORE * (highest + lowest - rounded) // highest, 0)


class _Counted(NamedTuple):
    """What of a constraint depends on the nodes alone: (n,) nodes whose pods count, (domains,) whether one of them is
    in it, and whether no node with the label is left out."""

    rows: Mask
    domains: Mask
    whole: bool


def _labelled(pod: Demand, nodes: Columns, *, hard: bool) -> Mask:
    """Nodes that have the labels of all its constraints of a kind; not to be changed."""

    def find() -> Mask:
        mask = everywhere(nodes)
        for spread in pod.spreads:
            if spread.hard == hard and not spread.lenient:
                mask &= nodes.domains(spread.key) > 0
        return mask

    return _remembered(("labelled", hard, pod), nodes, find)


def _counted(spread: Spread, pod: Demand, nodes: Columns) -> _Counted:
    def find() -> _Counted:
        mask = _labelled(pod, nodes, hard=spread.hard) & nodes.present
        if spread.honors_affinity and (pod.selector or pod.terms is not None):
            mask = mask & MatchesSelectors().feasible(pod, nodes)
        if spread.honors_taints:
            mask = mask & ToleratesTaints().feasible(pod, nodes)
        column = nodes.domains(spread.key)
        there = np.zeros(int(column.max(initial=0)) + 1, bool)
        there[column[mask]] = True
        there[0] = False
        return _Counted(mask, there, not np.any(~mask & (column > 0)))

    return _remembered(("counted", spread, pod), nodes, find)


def _remembered(what: object, nodes: Columns, find: Callable[[], T]) -> T:
    """What is true of the nodes for as long as they stay as they are."""
    if nodes.memo is None:
        return find()
    found: T | None = nodes.memo.get(what)
    if found is None:
        found = nodes.memo[what] = find()
    return found


def _by_domain(spread: Spread, pod: Demand, nodes: Columns) -> tuple[Counts, Mask]:
    """((domains,) pods, (domains,) whether a counted node is in it); 0, for nodes without the label, has none."""
    counted = _counted(spread, pod, nodes)
    column, tally = nodes.domains(spread.key), nodes.tally(spread.selector)
    if counted.whole:
        return tally.by_domain(spread.key, column, nodes.labelled), counted.domains
    weights = np.where(counted.rows, tally.rows, 0)
    pods = np.bincount(column, weights=weights, minlength=len(counted.domains)).astype(np.int64)
    pods[0] = 0
    return pods, counted.domains


def _within(spread: Spread, pod: Demand, nodes: Columns) -> Mask:
    pods, there = _by_domain(spread, pod, nodes)
    emptiest = int(pods[there].min()) if np.count_nonzero(there) >= max(spread.min_domains, 1) else 0
    itself = 1 if spread.selector.matches(pod.kin, nodes.tallies.namespaces) else 0
    fits: Mask = (pods + itself - emptiest <= spread.max_skew)[nodes.domains(spread.key)]
    return fits


def _cost(spread: Spread, pod: Demand, nodes: Columns, compared: Mask) -> NDArray[np.float64]:
    column = nodes.domains(spread.key)
    if spread.key == HOSTNAME:
        domains = count(compared)
        pods = nodes.tally(spread.selector).rows
    else:
        counts, _ = _by_domain(spread, pod, nodes)
        among = np.zeros(len(counts), bool)
        among[column[compared]] = True
        domains = count(among if spread.lenient else among[1:])
        pods = counts[column]
    costs = np.asarray(pods * math.log(domains + 2) + (spread.max_skew - 1), np.float64)
    return np.where(column > 0, costs, 0.0)
