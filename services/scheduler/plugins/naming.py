"""A pod that names its node goes nowhere else."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask
from services.scheduler.cluster.demand import Demand
from services.scheduler.cluster.happenings import Happening
from services.scheduler.plugins.plugin import Filter, Reach, everywhere


class IsNamed(Filter):
    name = "NodeName"
    reach = Reach.NODE
    helped_by = frozenset({Happening.NODE_ADDED})

    def feasible(self, pod: Demand, nodes: Columns) -> Mask:
        if not pod.node:
            return everywhere(nodes)
        mask = np.zeros(len(nodes), bool)
        if pod.node in nodes.names:
            mask[nodes.names.index(pod.node)] = True
        return mask

    def explain(self, pod: Demand, nodes: Columns, refused: Mask) -> Mapping[str, Mask]:
        return {"node(s) didn't match the requested node name": refused}
