"""A pod goes where the devices are that its claims have, or where they can get some."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask
from services.scheduler.cluster.demand import Demand
from services.scheduler.cluster.devices.facts import DeviceClaim
from services.scheduler.cluster.devices.index import Devices
from services.scheduler.cluster.devices.needs import Need
from services.scheduler.cluster.devices.plan import DevicePlan, Grant
from services.scheduler.cluster.happenings import Happening
from services.scheduler.plugins.affinity import any_holds
from services.scheduler.plugins.devices.granting import allocation, exclusive
from services.scheduler.plugins.devices.reaching import reaches
from services.scheduler.plugins.devices.search import Impossible, search
from services.scheduler.plugins.plugin import Planner, everywhere

MOST_USERS = 256  # of a claim

_MOST_WISHES, _MOST_KINDS = 256, 65_536  # remembered
_AWAY, _TAKEN = "resourceclaim not available on the node", "cannot allocate all claims"


class GivesDevices(Planner):
    name = "DynamicResources"
    helped_by = frozenset({
        Happening.NODE_ADDED, Happening.NODE_LABELLED, Happening.DEVICES_CHANGED, Happening.DEVICECLASS_CHANGED,
        Happening.DEVICECLAIM_CHANGED,
    })  # fmt: skip

    def concerns(self, pod: Demand, nodes: Columns) -> bool:
        return bool(pod.devices)

    def objection(self, pod: Demand, nodes: Columns) -> str:
        return next(filter(None, (_wrong(need, nodes.devices) for need in pod.devices)), "")

    def feasible(self, pod: Demand, nodes: Columns) -> Mask:
        mask = _reached(pod, nodes)
        for row, why in _refused(pod, nodes, mask).items():
            mask[row] = not why
        return mask

    def hopeless(self, pod: Demand, nodes: Columns, refused: Mask) -> Mask:
        """A pod that goes does not give its devices back at once, and none moves."""
        return refused & ~_reached(pod, nodes)

    def explain(self, pod: Demand, nodes: Columns, refused: Mask) -> Mapping[str, Mask]:
        reached = _reached(pod, nodes)
        reasons = {_AWAY: refused & ~reached}
        for row, why in _refused(pod, nodes, refused & reached).items():
            reasons.setdefault(why or _TAKEN, np.zeros(len(nodes), bool))[row] = True
        return reasons

    def plan(self, pod: Demand, nodes: Columns, row: int) -> DevicePlan | None:
        """Also of claims that have what they need: the pod is to be among those that may use them."""
        claims = _claims(pod, nodes.devices)
        pending = [claim for claim in claims if claim.allocation is None]
        wishes = [(f"{claim.namespace}/{claim.name}", claim.wish) for claim in pending]
        given = search(wishes, reaches(nodes).of(row, nodes), nodes.devices.classes) if pending else []
        assert given is not None
        statuses = {claim.uid: allocation(claim, each, nodes.devices.classes)
                    for claim, each in zip(pending, given, strict=True)}  # fmt: skip
        grants = [Grant((claim.namespace, claim.name), claim.uid, exclusive(status), status)
                  for claim in claims for status in (statuses.get(claim.uid),)]  # fmt: skip
        return DevicePlan(tuple(grants), pod.devices[0].pod, pod.devices[0].uid)


def misplaced(pod: Demand, devices: Devices) -> list[DeviceClaim]:
    """Claims of a pod that finds no node whose devices are on some nodes only: elsewhere there might be others."""
    found = (devices.idle(need.key, need.uid) for need in pod.devices)
    return [claim for claim in found if claim is not None and claim.allocation is not None
            and claim.allocation.terms is not None]  # fmt: skip


def _claims(pod: Demand, devices: Devices) -> list[DeviceClaim]:
    found = (devices.claim(key) for key in dict.fromkeys(need.key for need in pod.devices))
    return [claim for claim in found if claim is not None]


def _reached(pod: Demand, nodes: Columns) -> Mask:
    """Where the devices are that the claims have."""
    mask = everywhere(nodes)
    for claim in _claims(pod, nodes.devices):
        if claim.allocation is not None and claim.allocation.terms is not None:
            mask &= any_holds(nodes, claim.allocation.terms)
    return mask


def _refused(pod: Demand, nodes: Columns, where: Mask) -> dict[int, str]:
    """Of these rows, why the claims that have nothing yet cannot be satisfied there; "" where they can."""
    pending = [claim for claim in _claims(pod, nodes.devices) if claim.allocation is None]
    if not pending:
        return {}
    reach = reaches(nodes)
    if len(reach.verdicts) > _MOST_WISHES:
        reach.verdicts.clear()
    # Claims that ask for the same have the same answers, but for their names.
    known = reach.verdicts.setdefault(tuple(claim.wish for claim in pending), {})
    found = {}
    for row in np.flatnonzero(where & nodes.present).tolist():
        kind = reach.kind(row, nodes)
        if kind not in known:
            if len(known) > _MOST_KINDS:
                known.clear()
            known[kind] = _verdict(pending, row, nodes)
        found[row] = _named(known[kind], pending)
    return found


def _verdict(pending: list[DeviceClaim], row: int, nodes: Columns) -> str:
    """With a mark for the name of each claim."""
    wishes = [(f"\0{number}", claim.wish) for number, claim in enumerate(pending)]
    try:
        given = search(wishes, reaches(nodes).of(row, nodes), nodes.devices.classes)
    except Impossible as error:
        return str(error)
    return _TAKEN if given is None else ""


def _named(verdict: str, claims: list[DeviceClaim]) -> str:
    if "\0" in verdict:
        for number, claim in reversed(list(enumerate(claims))):
            verdict = verdict.replace(f"\0{number}", f"{claim.namespace}/{claim.name}")
    return verdict


def _wrong(need: Need, devices: Devices) -> str:
    """What stands in the way of a claim before any node is looked at, in Kubernetes' words."""
    if not need.name:
        return f'pod "{need.namespace}/{need.pod}": ResourceClaim not created yet'
    claim = devices.claim(need.key)
    if claim is None:
        return f'could not find resource claim "{need.namespace}/{need.name}"'
    if claim.deleting:
        return f'resourceclaim "{claim.name}" is being deleted'
    if need.made and claim.owner != need.uid:
        return (f"ResourceClaim {claim.namespace}/{claim.name} was not created for pod {need.namespace}/{need.pod} "
                "(pod is not owner)")  # fmt: skip
    if claim.allocation is not None:
        return "resourceclaim in use" if len(claim.reserved - {need.uid}) >= MOST_USERS else ""
    missing = ((each.name, each.class_name) for request in claim.wish.requests for each in request
               if each.class_name not in devices.classes)  # fmt: skip
    return next((f"request {name}: device class {named} does not exist" for name, named in missing), "")
