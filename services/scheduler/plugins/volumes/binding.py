"""A pod goes where its volumes are, or where they can be had: bound, found among those that are there, or made.

What Kubernetes asks of every node in turn is asked of all at once; a node where several things are wrong says them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask
from services.scheduler.cluster.demand import Demand
from services.scheduler.cluster.happenings import Happening
from services.scheduler.cluster.storage import NANO, NO_PROVISIONER, Claim, Class
from services.scheduler.cluster.volumeplan import VolumePlan
from services.scheduler.plugins.affinity import all_hold
from services.scheduler.plugins.plugin import Planner, everywhere
from services.scheduler.plugins.volumes.claims import objection
from services.scheduler.plugins.volumes.matching import NONE, Numbers, matched
from services.scheduler.plugins.volumes.reach import Places, reachable

TIMEOUT = 600.0  # seconds; Kubernetes' default


class _Verdict(NamedTuple):
    """Where nothing is wrong, by what may be; then which volume (number) a claim would get where, and which claims'
    volumes would be made where."""

    reached: Mask
    existing: Mask
    found: Mask
    roomy: Mask
    bindings: list[tuple[Claim, Numbers]]
    provisions: list[tuple[Claim, Mask]]

    @property
    def feasible(self) -> Mask:
        return self.reached & self.existing & self.found & self.roomy


class BindsVolumes(Planner):
    name = "VolumeBinding"
    of_claims = True
    helped_by = frozenset({
        Happening.NODE_ADDED, Happening.NODE_LABELLED, Happening.VOLUMECLAIM_CHANGED, Happening.VOLUME_CHANGED,
        Happening.STORAGECLASS_CHANGED, Happening.STORAGE_CAPACITY_CHANGED,
    })  # fmt: skip

    def __init__(self, timeout: float = TIMEOUT) -> None:
        """`timeout`: seconds until claims must be bound."""
        self._timeout = timeout

    def concerns(self, pod: Demand, nodes: Columns) -> bool:
        return bool(pod.claims)

    def objection(self, pod: Demand, nodes: Columns) -> str:
        return objection(pod, nodes.volumes)

    def feasible(self, pod: Demand, nodes: Columns) -> Mask:
        return _judge(pod, nodes).feasible

    def hopeless(self, pod: Demand, nodes: Columns, refused: Mask) -> Mask:
        """No pod that goes leaves a volume behind."""
        return refused

    def explain(self, pod: Demand, nodes: Columns, refused: Mask) -> Mapping[str, Mask]:
        verdict = _judge(pod, nodes)
        return {
            "node(s) didn't match PersistentVolume's node affinity": refused & ~verdict.reached,
            "node(s) didn't find available persistent volumes to bind": refused & ~verdict.found,
            "node(s) did not have enough free storage": refused & ~verdict.roomy,
            "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)":
                refused & ~verdict.existing,
        }  # fmt: skip

    def plan(self, pod: Demand, nodes: Columns, row: int) -> VolumePlan | None:
        verdict = _judge(pod, nodes)
        names = nodes.volumes.names
        bindings = tuple((names[int(numbers[row])], claim) for claim, numbers in verdict.bindings
                         if numbers[row] != NONE)  # fmt: skip
        provisions = tuple(claim for claim, where in verdict.provisions if where[row])
        if not bindings and not provisions:
            return None
        return VolumePlan(nodes.names[row], bindings, provisions, self._timeout)


def _judge(pod: Demand, nodes: Columns) -> _Verdict:
    found = (nodes.volumes.claims.get(use.key) for use in dict.fromkeys(pod.claims))
    claims = [claim for claim in found if claim is not None]
    reached, existing = _bound([claim for claim in claims if claim.bound], nodes)
    return _unbound([claim for claim in claims if not claim.bound], nodes)._replace(reached=reached, existing=existing)


def _bound(claims: list[Claim], nodes: Columns) -> tuple[Mask, Mask]:
    """Where the claims' volumes are, and whether they are at all; the first that is wrong is told of."""
    reached, existing, left = everywhere(nodes), everywhere(nodes), everywhere(nodes)
    for claim in claims:
        volume = nodes.volumes.volumes.get(claim.volume)
        if volume is None:
            existing &= ~left
            break
        there = reachable(volume.affinity, nodes)
        reached &= there | ~left
        left &= there
    return reached, existing


def _unbound(claims: list[Claim], nodes: Columns) -> _Verdict:
    volumes = nodes.volumes
    fine, roomy = everywhere(nodes), everywhere(nodes)
    provisions: list[tuple[Claim, Mask]] = []
    for claim in claims:
        selected = volumes.selected(claim)
        if selected:
            fine &= nodes.rows == volumes.rows.get(selected, NONE)
            provisions.append((claim, everywhere(nodes)))
    bindings: list[tuple[Claim, Numbers]] = []
    for claim in sorted(claims, key=lambda claim: claim.size or 0):
        if not volumes.selected(claim):
            numbers = matched(claim, nodes, [each for _, each in bindings])
            bindings.append((claim, numbers))
            provisions.append((claim, numbers == NONE))
    left = fine.copy()
    for claim, where in provisions:
        needed = where & left
        if needed.any():
            possible = _possible(claim, nodes)
            fine &= possible | ~needed
            roomy &= ~(needed & possible) | _room(claim, nodes)
            left &= fine & roomy
    return _Verdict(everywhere(nodes), everywhere(nodes), fine, roomy, bindings, provisions)


def _possible(claim: Claim, nodes: Columns) -> Mask:
    """Where the claim's class has volumes made."""
    named = nodes.volumes.classes.get(claim.storage_class)
    if named is None or named.provisioner in ("", NO_PROVISIONER):
        return np.zeros(len(nodes), bool)
    if not named.topologies:
        return everywhere(nodes)
    mask = np.zeros(len(nodes), bool)
    for topology in named.topologies:
        if topology:
            mask |= all_hold(nodes, topology)
    return mask


def _room(claim: Claim, nodes: Columns) -> Mask:
    """Where a volume of that size can be made; everywhere, if the driver does not tell."""
    named = nodes.volumes.classes.get(claim.storage_class)
    if named is None or claim.size is None or named.provisioner not in nodes.volumes.measured:
        return everywhere(nodes)
    mask: Mask = _largest(named, nodes) >= -(-claim.size // NANO)
    return mask


def _largest(named: Class, nodes: Columns) -> Numbers:
    """(n,): bytes of the largest volume of a class that can be made for each node; below 0 where there are none."""
    volumes = nodes.volumes
    stamp = volumes.capacities_seen, nodes.labelled, len(nodes)
    known = volumes.memory.get(("room", named.name))
    if known is not None and known[0] == stamp:
        remembered: Numbers = known[1]
        return remembered
    largest, places = np.full(len(nodes), -1), Places(nodes)
    for capacity in volumes.capacities.values():
        if capacity.storage_class == named.name and capacity.largest is not None and capacity.topology is not None:
            np.maximum.at(largest, places.where(capacity.topology), capacity.largest)
    volumes.memory["room", named.name] = stamp, largest
    return largest
