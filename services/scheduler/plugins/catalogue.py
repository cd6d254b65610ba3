"""The plugins by the names of Kubernetes' default profile, in its order, with its weights.

The order is that of filters: a node is explained by the first that refuses it. A plugin is made from the arguments that
a configuration gives, which `arguments` has found nothing wrong with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


def _plain(make: Callable[[], Any]) -> Callable[[Args], Any]:
    return lambda args: make()


def _scores_fit(args: Args) -> Score:
    strategy = args.get("scoringStrategy") or {}
    resources, kind = _weights(strategy.get("resources")), strategy.get("type")
    if kind == "RequestedToCapacityRatio":
        shape = strategy["requestedToCapacityRatio"]["shape"]
        points = [(each.get("utilization", 0), each.get("score", 0)) for each in shape]
        return ScoresFit(by_shape(points), resources, by_shape=True)
    return ScoresFit(most_allocated if kind == "MostAllocated" else least_allocated, resources)


def _weights(resources: Any) -> Weights:
    return tuple((each.get("name", ""), each.get("weight") or 1) for each in resources) if resources else COMPARED


def _prefers_neighbours(args: Args) -> Score:
    return PrefersNeighbours(args.get("hardPodAffinityWeight", HARD_WEIGHT),
                             minds_others=not args.get("ignorePreferredTermsOfExistingPods"))  # fmt: skip


CATALOGUE: Mapping[str, Entry] = {
    "NodeUnschedulable": Entry(_plain(IsSchedulable)),
    "NodeName": Entry(_plain(IsNamed)),
    "TaintToleration": Entry(_plain(ToleratesTaints), _plain(PreferredTaints), 3),
    "NodeAffinity": Entry(lambda args: MatchesSelectors(args.get("addedAffinity") or {}),
                          lambda args: PreferredAffinity(args.get("addedAffinity") or {}), 2),
    "NodePorts": Entry(_plain(HasFreePorts)),
    "NodeResourcesFit": Entry(
        lambda args: FitsResources(args.get("ignoredResources") or (), args.get("ignoredResourceGroups") or ()),
        _scores_fit, 1),
    "VolumeRestrictions": Entry(_plain(RestrictsVolumes)),
    "NodeVolumeLimits": Entry(_plain(LimitsVolumes)),
    "VolumeBinding": Entry(lambda args: BindsVolumes(float(args.get("bindTimeoutSeconds", TIMEOUT)))),
    "VolumeZone": Entry(_plain(MatchesZone)),
    "PodTopologySpread": Entry(_plain(SpreadsEvenly), _plain(PrefersSpreading), 2),
    "InterPodAffinity": Entry(_plain(FitsNeighbours), _prefers_neighbours, 2),
    "DynamicResources": Entry(_plain(GivesDevices)),
    "NodeResourcesBalancedAllocation": Entry(None, lambda args: BalancedAllocation(_weights(args.get("resources"))), 1),
    "ImageLocality": Entry(None, _plain(HasImages), 1),
}  # fmt: skip
