"""Filters say which nodes can take a pod, and why the others cannot; scores say which of them is best.

A plugin is one vector expression over all nodes. STATIC ones depend on nodes only and are computed once per demand in a
round; DYNAMIC ones depend on the pods placed as well, and are computed again for the rows that took one. The order of
filters is that of Kubernetes' default profile: a node is explained by the first that refuses it.
"""

from __future__ import annotations

from services.scheduler.plugins.affinity import MatchesSelectors, PreferredAffinity
from services.scheduler.plugins.naming import IsNamed
from services.scheduler.plugins.plugin import Filter, Score
from services.scheduler.plugins.ports import HasFreePorts
from services.scheduler.plugins.resources import BalancedAllocation, FitsResources, LeastAllocated
from services.scheduler.plugins.taints import IsSchedulable, PreferredTaints, ToleratesTaints

STATIC_FILTERS: tuple[Filter, ...] = (IsSchedulable(), IsNamed(), ToleratesTaints(), MatchesSelectors())
DYNAMIC_FILTERS: tuple[Filter, ...] = (HasFreePorts(), FitsResources())

# With the weights of Kubernetes' default profile.
STATIC_SCORES: tuple[tuple[int, Score], ...] = ((3, PreferredTaints()), (2, PreferredAffinity()))
DYNAMIC_SCORES: tuple[tuple[int, Score], ...] = ((1, LeastAllocated()), (1, BalancedAllocation()))

__all__ = ["DYNAMIC_FILTERS", "DYNAMIC_SCORES", "STATIC_FILTERS", "STATIC_SCORES", "Filter", "Score"]
