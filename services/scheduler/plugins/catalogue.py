"""The plugins by the names of Kubernetes' default profile, in its order, with its weights.

The order is that of filters: a node is explained by the first that refuses it. A plugin is made from the arguments that
a configuration gives, which raise ValueError when they say something it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from services.scheduler.plugins.affinity import MatchesSelectors, PreferredAffinity
from services.scheduler.plugins.devices.dynamic import GivesDevices
from services.scheduler.plugins.images import HasImages
from services.scheduler.plugins.interpod import HARD_WEIGHT, FitsNeighbours, PrefersNeighbours
from services.scheduler.plugins.naming import IsNamed
from services.scheduler.plugins.plugin import Filter, Score
from services.scheduler.plugins.ports import HasFreePorts
from services.scheduler.plugins.resources import (
    COMPARED,
    BalancedAllocation,
    FitsResources,
    ScoresFit,
    Weights,
    by_shape,
    least_allocated,
    most_allocated,
)
from services.scheduler.plugins.spreading import PrefersSpreading, SpreadsEvenly
from services.scheduler.plugins.taints import IsSchedulable, PreferredTaints, ToleratesTaints
from services.scheduler.plugins.volumes.binding import TIMEOUT, BindsVolumes
from services.scheduler.plugins.volumes.limits import LimitsVolumes
from services.scheduler.plugins.volumes.restrictions import RestrictsVolumes
from services.scheduler.plugins.volumes.zone import MatchesZone

Args = Mapping[str, Any]


class Entry(NamedTuple):
    """How to make a plugin's filter and score of its arguments."""

    filter: Callable[[Args], Filter] | None = None
    score: Callable[[Args], Score] | None = None
    weight: int = 1


def only(args: Args, *known: str) -> None:
    """Raises ValueError for a key that is none of these."""
    for key in args:
        if key not in known:
            raise ValueError(f'unknown field "{key}"')


def _plain(make: Callable[[], Any]) -> Callable[[Args], Any]:
    def made(args: Args) -> Any:
        only(args)
        return make()

    return made


def _fits(args: Args) -> Filter:
    only(args, "ignoredResources", "ignoredResourceGroups", "scoringStrategy")
    return FitsResources(args.get("ignoredResources") or (), args.get("ignoredResourceGroups") or ())


def _scores_fit(args: Args) -> Score:
    strategy = args.get("scoringStrategy") or {}
    only(strategy, "type", "resources", "requestedToCapacityRatio")
    resources, kind = _weights(strategy.get("resources")), strategy.get("type") or "LeastAllocated"
    if kind == "LeastAllocated":
        return ScoresFit(least_allocated, resources)
    if kind == "MostAllocated":
        return ScoresFit(most_allocated, resources)
    if kind != "RequestedToCapacityRatio":
        raise ValueError(f'type: Unsupported value: "{kind}": supported values: "LeastAllocated", "MostAllocated", '
                         '"RequestedToCapacityRatio"')  # fmt: skip
    ratio = strategy.get("requestedToCapacityRatio") or {}
    only(ratio, "shape")
    return ScoresFit(by_shape(_shape(ratio.get("shape") or ())), resources, by_shape=True)


def _shape(shape: Any) -> list[tuple[int, int]]:
    points = [(each["utilization"], each["score"]) for each in shape]
    if not points:
        raise ValueError("requestedToCapacityRatio.shape: Required value: at least one point must be specified")
    if any(before[0] >= after[0] for before, after in pairwise(points)):
        raise ValueError("requestedToCapacityRatio.shape: utilization values must be sorted in increasing order")
    if any(not 0 <= utilization <= 100 or not 0 <= score <= 10 for utilization, score in points):
        raise ValueError("requestedToCapacityRatio.shape: utilization is from 0 to 100, score from 0 to 10")
    return points


def _weights(resources: Any) -> Weights:
    for each in resources or ():
        only(each, "name", "weight")
    return tuple((each["name"], each.get("weight") or 1) for each in resources) if resources else COMPARED


def _balanced(args: Args) -> Score:
    only(args, "resources")
    return BalancedAllocation(_weights(args.get("resources")))


def _prefers_neighbours(args: Args) -> Score:
    return PrefersNeighbours(args.get("hardPodAffinityWeight", HARD_WEIGHT),
                             minds_others=not args.get("ignorePreferredTermsOfExistingPods"))  # fmt: skip


def _fits_neighbours(args: Args) -> Filter:
    only(args, "hardPodAffinityWeight", "ignorePreferredTermsOfExistingPods")
    return FitsNeighbours()


def _spreads(args: Args) -> Filter:
    only(args, "defaultConstraints", "defaultingType")
    return SpreadsEvenly()


def _matches(args: Args) -> Filter:
    only(args, "addedAffinity")
    return MatchesSelectors(args.get("addedAffinity") or {})


def _binds(args: Args) -> Filter:
    only(args, "bindTimeoutSeconds", "shape")
    if args.get("shape") is not None:
        raise ValueError("shape: Invalid value: unexpected field `shape`: volumes' capacity is not scored")
    timeout = args.get("bindTimeoutSeconds", TIMEOUT)
    if timeout < 0:
        raise ValueError(f"bindTimeoutSeconds: Invalid value: {timeout}: invalid BindTimeoutSeconds, should not be a "
                         "negative value")  # fmt: skip
    return BindsVolumes(float(timeout))


CATALOGUE: Mapping[str, Entry] = {
    "NodeUnschedulable": Entry(_plain(IsSchedulable)),
    "NodeName": Entry(_plain(IsNamed)),
    "TaintToleration": Entry(_plain(ToleratesTaints), _plain(PreferredTaints), 3),
    "NodeAffinity": Entry(_matches, lambda args: PreferredAffinity(args.get("addedAffinity") or {}), 2),
    "NodePorts": Entry(_plain(HasFreePorts)),
    "NodeResourcesFit": Entry(_fits, _scores_fit, 1),
    "VolumeRestrictions": Entry(_plain(RestrictsVolumes)),
    "NodeVolumeLimits": Entry(_plain(LimitsVolumes)),
    "VolumeBinding": Entry(_binds),
    "VolumeZone": Entry(_plain(MatchesZone)),
    "PodTopologySpread": Entry(_spreads, lambda args: PrefersSpreading(), 2),
    "InterPodAffinity": Entry(_fits_neighbours, _prefers_neighbours, 2),
    "DynamicResources": Entry(_plain(GivesDevices)),
    "NodeResourcesBalancedAllocation": Entry(None, _balanced, 1),
    "ImageLocality": Entry(None, _plain(HasImages), 1),
}
