"""A volume whose labels say in which zone or region it is can only be used there.

Newer volumes say it in their node affinity, which VolumeBinding minds.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask
from services.scheduler.cluster.demand import Demand, Requirement
from services.scheduler.cluster.happenings import Happening
from services.scheduler.cluster.storage import TOPOLOGY
from services.scheduler.plugins.affinity import all_hold
from services.scheduler.plugins.plugin import Planner, Reach, everywhere
from services.scheduler.plugins.volumes.claims import not_found, waits


class MatchesZone(Planner):
    """A node that says nothing of zones takes everything: there is but one."""

    name = "VolumeZone"
    of_claims = True
    reach = Reach.NODE
    helped_by = frozenset({Happening.NODE_ADDED, Happening.NODE_LABELLED, Happening.VOLUMECLAIM_CHANGED,
                           Happening.VOLUME_CHANGED, Happening.STORAGECLASS_CHANGED})  # fmt: skip

    def concerns(self, pod: Demand, nodes: Columns) -> bool:
        return bool(pod.claims)

    def objection(self, pod: Demand, nodes: Columns) -> str:
        volumes = nodes.volumes
        for use in pod.claims:
            claim = volumes.claims.get(use.key)
            if use.owner:
                continue
            if claim is None:
                return not_found(use.name)
            if claim.volume:
                if claim.volume not in volumes.volumes:
                    return f'persistentvolume "{claim.volume}" not found'
            elif not claim.storage_class:
                return "PersistentVolumeClaim had no pv name and storageClass name"
            elif claim.storage_class not in volumes.classes:
                return f'storageclass.storage.k8s.io "{claim.storage_class}" not found'
            elif not waits(claim, volumes):
                return "PersistentVolume had no name"
        return ""

    def feasible(self, pod: Demand, nodes: Columns) -> Mask:
        mask = everywhere(nodes)
        for use in pod.claims:
            claim = nodes.volumes.claims.get(use.key)
            volume = nodes.volumes.volumes.get(claim.volume) if claim is not None and not use.owner else None
            for key, zones in volume.zones if volume is not None else ():
                mask &= _is_in(key, zones, nodes)
        if not mask.all():
            mask |= np.all([nodes.domains(key) == 0 for key in TOPOLOGY], axis=0)
        return mask

    def explain(self, pod: Demand, nodes: Columns, refused: Mask) -> Mapping[str, Mask]:
        return {"node(s) had no available volume zone": refused}


def _is_in(key: str, zones: tuple[str, ...], nodes: Columns) -> Mask:
    """(n,): a node that lacks the label may have its newer name."""
    held = all_hold(nodes, [Requirement(key, "In", zones)])
    newer = all_hold(nodes, [Requirement(TOPOLOGY[key], "In", zones)])
    mask: Mask = held | (newer & (nodes.domains(key) == 0))
    return mask
