"""Filters say which nodes can take a pod, and why the others cannot; scores say which of them is best.

The order of filters is that of Kubernetes' default profile: a node is explained by the first that refuses it.
"""

from __future__ import annotations

from services.scheduler.plugins.affinity import MatchesSelectors, PreferredAffinity
from services.scheduler.plugins.images import HasImages
from services.scheduler.plugins.interpod import FitsNeighbours, PrefersNeighbours
from services.scheduler.plugins.naming import IsNamed
from services.scheduler.plugins.plugin import Filter, Score
from services.scheduler.plugins.ports import HasFreePorts
from services.scheduler.plugins.resources import BalancedAllocation, FitsResources, LeastAllocated
from services.scheduler.plugins.spreading import PrefersSpreading, SpreadsEvenly
from services.scheduler.plugins.taints import IsSchedulable, PreferredTaints, ToleratesTaints

FILTERS: tuple[Filter, ...] = (
    IsSchedulable(), IsNamed(), ToleratesTaints(), MatchesSelectors(), HasFreePorts(), FitsResources(),
    SpreadsEvenly(), FitsNeighbours(),
)  # fmt: skip

# With the weights of Kubernetes' default profile.
SCORES: tuple[tuple[int, Score], ...] = (
    (3, PreferredTaints()), (2, PreferredAffinity()), (1, LeastAllocated()), (2, PrefersSpreading()),
    (2, PrefersNeighbours()), (1, BalancedAllocation()), (1, HasImages()),
)  # fmt: skip

__all__ = ["FILTERS", "SCORES", "Filter", "Score"]
