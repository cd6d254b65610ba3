"""What is wrong with a pod's claims before any node is looked at, in Kubernetes' words."""

from __future__ import annotations

from services.scheduler.cluster.demand import Demand
from services.scheduler.cluster.mounts import Use
from services.scheduler.cluster.storage import Claim
from services.scheduler.cluster.volumes import Volumes

UNBOUND = "pod has unbound immediate PersistentVolumeClaims"


def not_found(name: str) -> str:
    return f'persistentvolumeclaim "{name}" not found'


def objection(pod: Demand, volumes: Volumes) -> str:
    """Why the pod has to wait, or ""."""
    for use in pod.claims:
        wrong = _wrong(use, volumes.claims.get(use.key))
        if wrong:
            return wrong
    waiting = all(claim.bound or waits(claim, volumes) for use in pod.claims if (claim := volumes.claims.get(use.key)))
    return "" if waiting else UNBOUND


def waits(claim: Claim, volumes: Volumes) -> bool:
    """Whether the claim gets its volume once it is known where the pod goes."""
    named = volumes.classes.get(claim.storage_class)
    return named is not None and named.waits and not claim.volume


def _wrong(use: Use, claim: Claim | None) -> str:
    if claim is None and use.owner:
        return f'waiting for ephemeral volume controller to create the persistentvolumeclaim "{use.name}"'
    if claim is None:
        return not_found(use.name)
    if claim.lost:
        return f'persistentvolumeclaim "{claim.name}" bound to non-existent persistentvolume "{claim.volume}"'
    if claim.deleting:
        return f'persistentvolumeclaim "{claim.name}" is being deleted'
    if use.owner and use.owner != claim.owner:
        return (f"PVC {claim.namespace}/{claim.name} was not created for pod {use.namespace}/{use.pod} "
                "(pod is not owner)")  # fmt: skip
    return ""
