"""A host port is one pod's at a time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask
from services.scheduler.cluster.demand import Demand
from services.scheduler.cluster.happenings import Happening
from services.scheduler.plugins.plugin import Filter, Reach, everywhere


class HasFreePorts(Filter):
    name = "NodePorts"
    reach = Reach.POD
    helped_by = frozenset({Happening.NODE_ADDED, Happening.POD_GONE})

    def feasible(self, pod: Demand, nodes: Columns) -> Mask:
        if not pod.ports:
            return everywhere(nodes)
        return ~np.isin(nodes.rows, nodes.conflicting(pod.ports))

    def explain(self, pod: Demand, nodes: Columns, refused: Mask) -> Mapping[str, Mask]:
        return {"node(s) didn't have free ports for the requested pod ports": refused}
