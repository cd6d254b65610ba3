"""A node takes only so many volumes of a driver."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask
from services.scheduler.cluster.demand import Demand
from services.scheduler.cluster.happenings import Happening
from services.scheduler.plugins.plugin import Filter, Reach, everywhere


class LimitsVolumes(Filter):
    """What hangs on the node already, for whatever pod, is not attached once more."""

    name = "NodeVolumeLimits"
    of_claims = True
    reach = Reach.POD
    helped_by = frozenset({Happening.NODE_ADDED, Happening.POD_GONE, Happening.VOLUMECLAIM_CHANGED,
                           Happening.ATTACH_LIMIT_CHANGED, Happening.VOLUME_DETACHED})  # fmt: skip

    def concerns(self, pod: Demand, nodes: Columns) -> bool:
        return bool(pod.claims)

    def feasible(self, pod: Demand, nodes: Columns) -> Mask:
        mask = everywhere(nodes)
        if not pod.claims:
            return mask
        attached = nodes.volumes.attached
        for driver, handles in nodes.volumes.handles(pod.claims).items():
            if driver not in attached.limits:
                continue
            more = np.full(len(nodes), len(handles))
            for handle in handles:
                more -= np.isin(nodes.rows, attached.where.get(handle, ()))
            total = more + (attached.counts[driver][nodes.rows] if driver in attached.counts else 0)
            mask &= (more == 0) | (total <= attached.limits[driver][nodes.rows])
        return mask

    def explain(self, pod: Demand, nodes: Columns, refused: Mask) -> Mapping[str, Mask]:
        return {"node(s) exceed max volume count": refused}
