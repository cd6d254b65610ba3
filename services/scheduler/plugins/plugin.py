"""The shape of plugins: subclass Filter or Score and write one vector expression over all nodes.

How far a plugin reaches says when it has to be computed again: NODE depends on the nodes alone, POD also on the pods of
the node itself, CLUSTER on pods anywhere or on which other nodes can take the pod. CLUSTER is always right. Whoever
looks at the pod's claims is CLUSTER, or a filter that says `of_claims`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import Enum

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask, Scores
from services.scheduler.cluster.demand import Demand
from services.scheduler.cluster.happenings import Happening
from services.scheduler.cluster.plans import Plan

MAX_SCORE = 100


class Reach(Enum):
    NODE = "node"
    POD = "pod"
    CLUSTER = "cluster"


class Filter(ABC):
    """`name` as profiles name the plugin; `helped_by`: what could make a node acceptable that is not. `of_claims`: it
    looks at `pod.claims`, which pods of a template do not share; the others are asked for all of them together."""

    name = ""
    reach = Reach.CLUSTER
    of_claims = False
    helped_by = frozenset(Happening)

    def concerns(self, pod: Demand, nodes: Columns) -> bool:
        """Whether it may refuse a node at all."""
        return True

    @abstractmethod
    def feasible(self, pod: Demand, nodes: Columns) -> Mask:
        """(n,): which nodes can take the pod as far as this filter is concerned."""

    def explain(self, pod: Demand, nodes: Columns, refused: Mask) -> Mapping[str, Mask]:
        """The reasons in Kubernetes' words, each with those of the refused nodes that it holds for: (n,)."""
        return {f"node(s) didn't satisfy plugin {self.name}": refused}

    def hopeless(self, pod: Demand, nodes: Columns, refused: Mask) -> Mask:
        """(n,): those of the refused nodes that would refuse it without any pods on them as well."""
        return refused if self.reach is Reach.NODE else np.zeros_like(refused)

    def clearable(self, pod: Demand, nodes: Columns) -> Mask:
        """(n,): where it takes the pod, or might once pods have gone from the node."""
        return ~self.hopeless(pod, nodes, ~self.feasible(pod, nodes))


class Planner(Filter):
    """A filter of what has to be given to the pod beside its node: volumes, devices."""

    def objection(self, pod: Demand, nodes: Columns) -> str:
        """Why no node at all can take the pod, in which case `feasible` is not asked; "" when there is no such reason.
        Asked once in a round."""
        return ""

    def plan(self, pod: Demand, nodes: Columns, row: int) -> Plan | None:
        """What has to be written before the pod can be bound to this row, which every filter takes it on."""
        return None


class Score(ABC):
    name = ""
    reach = Reach.CLUSTER

    def concerns(self, pod: Demand, nodes: Columns) -> bool:
        """Whether it may tell nodes apart."""
        return True

    @abstractmethod
    def score(self, pod: Demand, nodes: Columns, feasible: Mask) -> Scores:
        """(n,) from 0 to 100, more is better; `feasible` (one at least) are the nodes that are compared."""


def everywhere(nodes: Columns) -> Mask:
    return np.ones(len(nodes), bool)


def count(refused: Mask) -> int:
    return int(np.count_nonzero(refused))
