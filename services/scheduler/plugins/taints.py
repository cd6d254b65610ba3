"""Taints, tolerations, and the mark that a node takes no new pods."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask, Scores, Taint
from services.scheduler.cluster.demand import Demand, Toleration
from services.scheduler.cluster.happenings import Happening
from services.scheduler.plugins.plugin import MAX_SCORE, Filter, Reach, Score, everywhere

_HARD = ("NoSchedule", "NoExecute")
_UNSCHEDULABLE = Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")


class IsSchedulable(Filter):
    """A cordoned node takes only pods that tolerate being unschedulable."""

    name = "NodeUnschedulable"
    reach = Reach.NODE
    helped_by = frozenset({Happening.NODE_ADDED, Happening.NODE_OPENED})

    def feasible(self, pod: Demand, nodes: Columns) -> Mask:
        if any(tolerates(toleration, _UNSCHEDULABLE) for toleration in pod.tolerations):
            return everywhere(nodes)
        return ~nodes.unschedulable

    def explain(self, pod: Demand, nodes: Columns, refused: Mask) -> Mapping[str, Mask]:
        return {"node(s) were unschedulable": refused}


class ToleratesTaints(Filter):
    name = "TaintToleration"
    reach = Reach.NODE
    helped_by = frozenset({Happening.NODE_ADDED, Happening.NODE_OPENED})

    def feasible(self, pod: Demand, nodes: Columns) -> Mask:
        refused: Mask = np.any(nodes.taints[:, _untolerated(pod, nodes, _HARD)], axis=1)
        return ~refused

    def explain(self, pod: Demand, nodes: Columns, refused: Mask) -> Mapping[str, Mask]:
        return {"node(s) had untolerated taint(s)": refused}


class PreferredTaints(Score):
    """The fewer PreferNoSchedule taints a pod does not tolerate, the better."""

    name = "TaintToleration"

    def concerns(self, pod: Demand, nodes: Columns) -> bool:
        return any(taint.effect == "PreferNoSchedule" for taint in nodes.vocabulary.taints)

    def score(self, pod: Demand, nodes: Columns, feasible: Mask) -> Scores:
        disliked: Scores = nodes.taints[:, _untolerated(pod, nodes, ("PreferNoSchedule",))].sum(axis=1)
        most = int(disliked[feasible].max(initial=0))
        if most == 0:
            return np.full(len(nodes), MAX_SCORE, np.int64)
        return MAX_SCORE - MAX_SCORE * disliked // most


def tolerates(toleration: Toleration, taint: Taint) -> bool:
    """An empty key with Exists stands for all keys, an empty effect for all effects."""
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    if toleration.operator == "Exists":
        return True
    return bool(toleration.key) and _compares(toleration, taint.value)


def _compares(toleration: Toleration, value: str) -> bool:
    """Equal compares text; Gt and Lt (of tolerations with numbers) ask whether the taint's value is more or less."""
    if toleration.operator == "Equal":
        return toleration.value == value
    try:
        bound, number = int(toleration.value), int(value)
    except ValueError:
        return False
    return number > bound if toleration.operator == "Gt" else toleration.operator == "Lt" and number < bound


def _untolerated(pod: Demand, nodes: Columns, effects: tuple[str, ...]) -> list[int]:
    """Columns of the taints with these effects that the pod does not tolerate."""
    return [
        column
        for taint, column in nodes.vocabulary.taints.items()
        if taint.effect in effects
        and column < nodes.taints.shape[1]
        and not any(tolerates(toleration, taint) for toleration in pod.tolerations)
    ]
