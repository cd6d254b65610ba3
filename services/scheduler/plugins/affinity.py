"""Node selectors and node affinity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask, Scores
from services.scheduler.cluster.demand import Demand, Requirement, Term, node_preferences, node_terms
from services.scheduler.cluster.happenings import Happening
from services.scheduler.plugins.plugin import MAX_SCORE, Filter, Reach, Score, everywhere


class MatchesSelectors(Filter):
    """`nodeSelector` and the required node affinity, both."""

    name = "NodeAffinity"
    reach = Reach.NODE
    helped_by = frozenset({Happening.NODE_ADDED, Happening.NODE_LABELLED})

    def __init__(self, added: Mapping[str, Any] = MappingProxyType({})) -> None:
        """`added` is a node affinity that every pod has besides its own."""
        self._added = node_terms(added)

    def feasible(self, pod: Demand, nodes: Columns) -> Mask:
        mask = all_hold(nodes, (Requirement(key, "In", (value,)) for key, value in pod.selector))
        if pod.terms is not None:
            mask &= any_holds(nodes, pod.terms)
        return mask if self._added is None else mask & self._wanted(nodes)

    def explain(self, pod: Demand, nodes: Columns, refused: Mask) -> Mapping[str, Mask]:
        wanted = self._wanted(nodes)
        return {"node(s) didn't match scheduler-enforced node affinity": refused & ~wanted,
                "node(s) didn't match Pod's node affinity/selector": refused & wanted}  # fmt: skip

    def _wanted(self, nodes: Columns) -> Mask:
        return everywhere(nodes) if self._added is None else any_holds(nodes, self._added)


class PreferredAffinity(Score):
    """The sum of the weights of the preferences that hold, relative to the best node."""

    name = "NodeAffinity"

    def __init__(self, added: Mapping[str, Any] = MappingProxyType({})) -> None:
        self._added = node_preferences(added)

    def concerns(self, pod: Demand, nodes: Columns) -> bool:
        return bool(pod.preferences or self._added)

    def score(self, pod: Demand, nodes: Columns, feasible: Mask) -> Scores:
        found: Scores = np.zeros(len(nodes), np.int64)
        for weight, term in (*pod.preferences, *self._added):
            found += weight * matches(term, nodes)
        most = int(found[feasible].max(initial=0))
        return found * MAX_SCORE // most if most else found


_EMPTY = Term((), ())


def matches(term: Term, nodes: Columns) -> Mask:
    if term == _EMPTY:
        return np.zeros(len(nodes), bool)
    mask = all_hold(nodes, term.expressions)
    for requirement in term.fields:
        mask &= _name_matches(requirement, nodes)
    return mask


def any_holds(nodes: Columns, terms: Iterable[Term]) -> Mask:
    mask = np.zeros(len(nodes), bool)
    for term in terms:
        mask |= matches(term, nodes)
    return mask


def all_hold(nodes: Columns, requirements: Iterable[Requirement]) -> Mask:
    mask = everywhere(nodes)
    for requirement in requirements:
        mask &= _label_matches(requirement, nodes)
    return mask


def _label_matches(requirement: Requirement, nodes: Columns) -> Mask:
    """Decided once per value of the label, then looked up for every node."""
    values = nodes.vocabulary.values.get(requirement.key, {})
    column = nodes.labels.get(requirement.key)
    if column is None:
        column = np.zeros(len(nodes), np.int32)
    holds = np.zeros(len(values) + 1, bool)
    holds[0] = requirement.operator in ("NotIn", "DoesNotExist")
    if requirement.operator in ("In", "NotIn"):
        holds[1:] = requirement.operator == "NotIn"
        for value in requirement.values:
            if value in values:
                holds[values[value]] = requirement.operator == "In"
    else:
        for value, number in values.items():
            holds[number] = _holds(requirement, value)
    return holds[column]


def _holds(requirement: Requirement, value: str) -> bool:
    if requirement.operator == "Exists":
        return True
    if requirement.operator not in ("Gt", "Lt") or len(requirement.values) != 1:
        return False
    try:
        number, bound = int(value), int(requirement.values[0])
    except ValueError:
        return False
    return number > bound if requirement.operator == "Gt" else number < bound


def _name_matches(requirement: Requirement, nodes: Columns) -> Mask:
    """`metadata.name` is the only field a node can be selected by."""
    if requirement.key != "metadata.name" or requirement.operator not in ("In", "NotIn"):
        return np.zeros(len(nodes), bool)
    mask = np.zeros(len(nodes), bool)
    mask[[row for row, name in enumerate(nodes.names) if name in requirement.values]] = True
    return mask if requirement.operator == "In" else ~mask
