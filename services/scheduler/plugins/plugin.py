"""The shape of plugins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask, Scores
from services.scheduler.cluster.demand import Demand
from services.scheduler.cluster.happenings import Happening

MAX_SCORE = 100


class Filter(Protocol):
    """`helped_by`: what could make a node acceptable that is not."""

    helped_by: frozenset[Happening]

    def feasible(self, pod: Demand, nodes: Columns) -> Mask:
        """(n,): which nodes can take the pod as far as this filter is concerned."""

    def explain(self, pod: Demand, nodes: Columns, refused: Mask) -> Mapping[str, int]:
        """The reasons in Kubernetes' words, each with the number of refused nodes it holds for."""


class Score(Protocol):
    def score(self, pod: Demand, nodes: Columns, feasible: Mask) -> Scores:
        """(n,) from 0 to 100, more is better; `feasible` are the nodes that are compared."""


def everywhere(nodes: Columns) -> Mask:
    return np.ones(len(nodes), bool)


def count(refused: Mask) -> int:
    return int(np.count_nonzero(refused))
