"""Does it fit, and where does it fit best."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask, Scores
from services.scheduler.cluster.demand import PODS, Demand
from services.scheduler.cluster.happenings import Happening
from services.scheduler.plugins.plugin import MAX_SCORE, Filter, Reach, Score, count

_COMPARED = 2  # cpu and memory, the first two columns


class FitsResources(Filter):
    """What is asked for must be free; what is not asked for may be overdrawn."""

    name = "NodeResourcesFit"
    reach = Reach.POD
    helped_by = frozenset({Happening.NODE_ADDED, Happening.NODE_GREW, Happening.POD_GONE})

    def feasible(self, pod: Demand, nodes: Columns) -> Mask:
        request = nodes.vector(pod.requests)
        asked = request > 0
        fits: Mask = np.all(nodes.free[:, asked] >= request[asked], axis=1)
        return fits

    def explain(self, pod: Demand, nodes: Columns, refused: Mask) -> Mapping[str, int]:
        request = nodes.vector(pod.requests)
        lacking = nodes.free < request
        reasons = {}
        for resource, _ in pod.requests:
            number = count(lacking[:, nodes.vocabulary.resources[resource]] & refused)
            if number:
                reasons["Too many pods" if resource == PODS else f"Insufficient {resource}"] = number
        return reasons


class LeastAllocated(Score):
    """The more stays free the better: pods spread."""

    name = "NodeResourcesFit"
    reach = Reach.POD

    def score(self, pod: Demand, nodes: Columns, feasible: Mask) -> Scores:
        capacity = nodes.allocatable[:, :_COMPARED]
        left = np.maximum(capacity - nodes.usage - np.array(pod.usage), 0)
        counted = capacity > 0
        scores: Scores = np.where(counted, left * MAX_SCORE // np.maximum(capacity, 1), 0).sum(axis=1)
        mean: Scores = scores // np.maximum(counted.sum(axis=1), 1)
        return mean


class BalancedAllocation(Score):
    """The closer cpu and memory are used to the same degree the better; indifferent to pods that ask for neither."""

    name = "NodeResourcesBalancedAllocation"
    reach = Reach.POD

    def score(self, pod: Demand, nodes: Columns, feasible: Mask) -> Scores:
        request = nodes.vector(pod.requests)[:_COMPARED]
        if not request.any():
            return np.zeros(len(nodes), np.int64)
        capacity = nodes.allocatable[:, :_COMPARED]
        used = np.minimum((nodes.requested[:, :_COMPARED] + request) / np.maximum(capacity, 1), 1.0)
        spread = np.where((capacity > 0).all(axis=1), np.abs(used[:, 0] - used[:, 1]) / 2, 0.0)
        return ((1.0 - spread) * MAX_SCORE).astype(np.int64)
