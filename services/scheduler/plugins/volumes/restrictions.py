"""Volumes that not everybody may use at once: ReadWriteOncePod claims, and disks that a pod's spec names itself."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask
from services.scheduler.cluster.demand import Demand
from services.scheduler.cluster.happenings import Happening
from services.scheduler.cluster.mounts import Use
from services.scheduler.plugins.plugin import Planner, everywhere
from services.scheduler.plugins.volumes.claims import not_found

ONE_POD = "ReadWriteOncePod"


class RestrictsVolumes(Planner):
    """A ReadWriteOncePod claim that a pod uses anywhere is in the way everywhere."""

    name = "VolumeRestrictions"
    of_claims = True
    helped_by = frozenset({Happening.NODE_ADDED, Happening.POD_GONE, Happening.VOLUMECLAIM_CHANGED})

    def concerns(self, pod: Demand, nodes: Columns) -> bool:
        return bool(pod.claims or pod.disks)

    def objection(self, pod: Demand, nodes: Columns) -> str:
        known = nodes.volumes.claims
        return next((not_found(use.name) for use in pod.claims if not use.owner and use.key not in known), "")

    def feasible(self, pod: Demand, nodes: Columns) -> Mask:
        return _undisturbed(pod, nodes) & (not _in_use(pod, nodes))

    def clearable(self, pod: Demand, nodes: Columns) -> Mask:
        """Where the pod is that has the claim."""
        users = [row for use in _wanted_alone(pod, nodes) for row in nodes.volumes.users(use.key)]
        return np.isin(nodes.rows, users) if users else everywhere(nodes)

    def explain(self, pod: Demand, nodes: Columns, refused: Mask) -> Mapping[str, Mask]:
        undisturbed = _undisturbed(pod, nodes)
        return {
            "node(s) had no available disk": refused & ~undisturbed,
            "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode":
                refused & undisturbed,
        }  # fmt: skip


def _undisturbed(pod: Demand, nodes: Columns) -> Mask:
    """(n,): where none of the pod's own disks is in use."""
    if not pod.disks:
        return everywhere(nodes)
    return ~np.isin(nodes.rows, nodes.volumes.conflicting(pod.disks))


def _in_use(pod: Demand, nodes: Columns) -> bool:
    """Whether some pod has a claim that this pod wants for itself."""
    return any(nodes.volumes.users(use.key) for use in _wanted_alone(pod, nodes))


def _wanted_alone(pod: Demand, nodes: Columns) -> list[Use]:
    """The claims that only one pod may use at a time. One that is made for the pod is its own anyway."""
    known = nodes.volumes.claims
    return [use for use in pod.claims if not use.owner and use.key in known and ONE_POD in known[use.key].modes]
