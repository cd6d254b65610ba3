"""Does it fit, and where does it fit best."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from services.objects.kinds.validation.amounts import is_extended
from services.scheduler.cluster.columns import Columns, Mask, Scores
from services.scheduler.cluster.demand import Demand
from services.scheduler.cluster.happenings import Happening
from services.scheduler.cluster.requests import CPU, EPHEMERAL, MEMORY, PODS
from services.scheduler.plugins.plugin import MAX_SCORE, Filter, Reach, Score

Amounts = NDArray[np.int64]
# (taken with the pod, capacity) -> points from 0 to 100, where the capacity is not 0
Strategy = Callable[[Amounts, Amounts], Scores]
Weights = Sequence[tuple[str, int]]  # of resources

COMPARED: Weights = ((CPU, 1), (MEMORY, 1))
_GUESSED = {CPU: 0, MEMORY: 1}  # columns of `usage`


class FitsResources(Filter):
    """What is asked for must be free; what is not asked for may be overdrawn. Extended resources that are `ignored`, or
    whose name begins with one of the `groups` and a slash, are somebody else's matter."""

    name = "NodeResourcesFit"
    reach = Reach.POD
    helped_by = frozenset({Happening.NODE_ADDED, Happening.NODE_GREW, Happening.POD_GONE})

    def __init__(self, ignored: Collection[str] = (), groups: Collection[str] = ()) -> None:
        self._ignored = frozenset(ignored)
        self._groups = frozenset(groups)

    def feasible(self, pod: Demand, nodes: Columns) -> Mask:
        request = nodes.vector(self._minded(pod))
        asked = request > 0
        fits: Mask = np.all(nodes.free[:, asked] >= request[asked], axis=1)
        return fits

    def explain(self, pod: Demand, nodes: Columns, refused: Mask) -> Mapping[str, Mask]:
        minded = self._minded(pod)
        lacking = nodes.free < nodes.vector(minded)
        return {"Too many pods" if resource == PODS else f"Insufficient {resource}":
                refused & lacking[:, nodes.vocabulary.resources[resource]] for resource, _ in minded}  # fmt: skip

    def hopeless(self, pod: Demand, nodes: Columns, refused: Mask) -> Mask:
        """More is asked for than there is at all; that pods are too many can always change."""
        request = nodes.vector(tuple((name, amount) for name, amount in self._minded(pod) if name != PODS))
        short: Mask = np.any(nodes.allocatable < request, axis=1)
        return refused & short

    def _minded(self, pod: Demand) -> tuple[tuple[str, int], ...]:
        if not self._ignored and not self._groups:
            return pod.requests
        return tuple((name, amount) for name, amount in pod.requests
                     if not is_extended(name)
                     or (name not in self._ignored and name.partition("/")[0] not in self._groups))  # fmt: skip


def least_allocated(taken: Amounts, capacity: Amounts) -> Scores:
    """The more stays free the better: pods spread."""
    points: Scores = np.maximum(capacity - taken, 0) * MAX_SCORE // np.maximum(capacity, 1)
    return points


def most_allocated(taken: Amounts, capacity: Amounts) -> Scores:
    """The fuller the better: pods are packed."""
    points: Scores = np.minimum(taken, capacity) * MAX_SCORE // np.maximum(capacity, 1)
    return points


def by_shape(shape: Sequence[tuple[int, int]]) -> Strategy:
    """Points (0 to 10) for degrees of utilization (0 to 100), straight lines between them."""
    utilizations, points = [each[0] for each in shape], [each[1] * MAX_SCORE // 10 for each in shape]

    def strategy(taken: Amounts, capacity: Amounts) -> Scores:
        used = np.where(taken > capacity, MAX_SCORE, taken * MAX_SCORE // np.maximum(capacity, 1))
        at = np.clip(np.searchsorted(utilizations, used), 1, len(shape) - 1) if len(shape) > 1 else None
        if at is None:
            return np.full(len(used), points[0], np.int64)
        left, right = np.array(utilizations)[at - 1], np.array(utilizations)[at]
        low, high = np.array(points)[at - 1], np.array(points)[at]
        between = low + np.trunc((high - low) * (used - left) / np.maximum(right - left, 1)).astype(np.int64)
        found: Scores = np.where(used <= left, low, np.where(used >= right, high, between))
        return found

    return strategy


class ScoresFit(Score):
    """The weighted mean of the points for each resource that a node has."""

    name = "NodeResourcesFit"
    reach = Reach.POD

    def __init__(self, strategy: Strategy = least_allocated, resources: Weights = COMPARED, *, by_shape: bool = False
                 ) -> None:  # fmt: skip
        self._strategy = strategy
        self._resources = resources
        self._by_shape = by_shape

    def score(self, pod: Demand, nodes: Columns, feasible: Mask) -> Scores:
        total, weights = np.zeros((2, len(nodes)), np.int64)
        for name, weight in self._resources:
            capacity, taken = _with_pod(pod, nodes, name, guessed=True)
            points = self._strategy(taken, capacity)
            counted = (capacity > 0) & ((points > 0) | (not self._by_shape))
            total += np.where(counted, points * weight, 0)
            weights += np.where(counted, weight, 0)
        if self._by_shape:
            return np.floor(total / np.maximum(weights, 1) + 0.5).astype(np.int64)
        mean: Scores = total // np.maximum(weights, 1)
        return mean


class BalancedAllocation(Score):
    """The closer resources are used to the same degree the better; indifferent to pods that ask for none of them."""

    name = "NodeResourcesBalancedAllocation"
    reach = Reach.POD

    def __init__(self, resources: Weights = COMPARED) -> None:
        self._resources = resources

    def concerns(self, pod: Demand, nodes: Columns) -> bool:
        asked = {name for name, amount in pod.requests if amount and name != PODS}
        return any(name in asked for name, _ in self._resources)

    def score(self, pod: Demand, nodes: Columns, feasible: Mask) -> Scores:
        shares = []
        for name, _ in self._resources:
            capacity, taken = _with_pod(pod, nodes, name, guessed=False)
            shares.append(np.where(capacity > 0, np.minimum(taken / np.maximum(capacity, 1), 1.0), np.nan))
        return ((1.0 - _deviation(np.array(shares))) * MAX_SCORE).astype(np.int64)


def _deviation(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """(resources, n) -> (n,): the standard deviation; of fewer than two resources that a node has, 0."""
    if len(shares) == 2:
        return np.asarray(np.nan_to_num(np.abs(shares[0] - shares[1]) / 2), np.float64)
    there = ~np.isnan(shares)
    number = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, shares, 0.0).sum(axis=0) / number
    squares = np.where(there, (shares - mean) ** 2, 0.0).sum(axis=0)
    found: NDArray[np.float64] = np.sqrt(squares / number)
    return found


def _with_pod(pod: Demand, nodes: Columns, name: str, *, guessed: bool) -> tuple[Amounts, Amounts]:
    """((n,) capacity, (n,) taken, the pod included); `guessed`: with something for containers that ask for nothing. No
    capacity where the resource does not count: what only some nodes have counts for those pods that ask for it."""
    column = nodes.vocabulary.resources.get(name)
    everybodys = name in (CPU, MEMORY, EPHEMERAL)
    counts = everybodys or (name != PODS and any(name == asked for asked, amount in pod.requests if amount))
    if column is None or column >= nodes.allocatable.shape[1] or not counts:
        nothing = np.zeros(len(nodes), np.int64)
        return nothing, nothing
    if guessed and name in _GUESSED:
        return nodes.allocatable[:, column], nodes.usage[:, _GUESSED[name]] + pod.usage[_GUESSED[name]]
    return nodes.allocatable[:, column], nodes.requested[:, column] + nodes.vector(pod.requests)[column]
