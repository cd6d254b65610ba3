"""What controllers ask of a pod: does it count, is it ready, is it available; and how one is made from a template.

The questions are those of Kubernetes' k8s.io/kubernetes/pkg/api/v1/pod, and so are the answers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from services.objects import conditions, times
from services.objects.meta import Obj, annotations_of, is_deleting, uid_of
from services.objects.ownership import OwnerReference

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_PHASE_RANK = {"Pending": 0, "Unknown": 1, "Running": 2}


def phase_of(pod: Obj) -> str:
    return (pod.get("status") or {}).get("phase") or "Pending"


def is_terminal(pod: Obj) -> bool:
    return phase_of(pod) in ("Succeeded", "Failed")


def is_active(pod: Obj) -> bool:
    """Neither ended nor being deleted."""
    return not is_terminal(pod) and not is_deleting(pod)


def is_ready(pod: Obj) -> bool:
    return conditions.is_true(pod, "Ready")


def ready_since(pod: Obj) -> datetime | None:
    """When a ready pod became ready, as far as it tells."""
    condition = conditions.get(pod, "Ready")
    if condition is None or condition.get("status") != "True":
        return None
    return times.parse_or_none(condition.get("lastTransitionTime"))


def available_at(pod: Obj, min_ready_seconds: int) -> datetime | None:
    """The moment from which a ready pod counts as available; None when it is not ready."""
    if not is_ready(pod):
        return None
    since = ready_since(pod)
    if min_ready_seconds == 0:
        return since or times.ZERO
    return None if since is None else since + timedelta(seconds=min_ready_seconds)


def is_available(pod: Obj, min_ready_seconds: int, now: datetime) -> bool:
    moment = available_at(pod, min_ready_seconds)
    return moment is not None and (min_ready_seconds == 0 or moment <= now)


def node_of(pod: Obj) -> str:
    return pod["spec"].get("nodeName") or ""


def from_template(template: Obj, prefix: str, namespace: str, owner: OwnerReference) -> Obj:
    """A pod whose name the apiserver makes from `prefix`."""
    described = template.get("metadata") or {}
    metadata: Obj = {"generateName": prefix, "namespace": namespace, "ownerReferences": [owner]}
    for name in ("labels", "annotations", "finalizers"):
        if described.get(name):
            metadata[name] = described[name]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def least_worth_keeping(candidates: Sequence[Obj], related: Iterable[Obj], count: int, now: datetime) -> list[Obj]:
    """The `count` of `candidates` to delete first, in Kubernetes' order.

    Unscheduled before scheduled, pending before running, unready before ready, lower deletion cost, more `related` pods
    on the same node, ready for a shorter time, more restarts, younger. Times are compared by their order of magnitude,
    so that of pods about as old any may go, and not always the youngest (KEP-2185).
    """
    if count >= len(candidates):
        return list(candidates)
    neighbours = Counter(node_of(pod) for pod in related if is_active(pod))

    def rank(pod: Obj) -> tuple[bool, int, bool, int, int, int, int, int, str]:
        ready = is_ready(pod)
        return (
            bool(node_of(pod)),
            _PHASE_RANK.get(phase_of(pod), 1),
            ready,
            deletion_cost(pod),
            -neighbours[node_of(pod)],
            _magnitude(ready_since(pod), now) if ready else 0,
            -restarts(pod),
            _magnitude(times.parse_or_none(pod["metadata"].get("creationTimestamp")), now),
            uid_of(pod),
        )

    return sorted(candidates, key=rank)[:count]


def deletion_cost(pod: Obj) -> int:
    """0 when it is not set or not a number that fits 32 bits."""
    text = annotations_of(pod).get(DELETION_COST, "0")
    digits = text.removeprefix("-")
    cost = int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 10 else 0
    return cost if -(1 << 31) <= cost < 1 << 31 else 0


def restarts(pod: Obj) -> int:
    """Of the container that restarted most."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    return max((status.get("restartCount") or 0 for status in statuses), default=0)


def _magnitude(moment: datetime | None, now: datetime) -> int:
    """The age's order of magnitude; unknown counts as just now."""
    age = (now - moment).total_seconds() * 1e9 if moment else 0
    return int(math.log2(age)) if age >= 1 else -1
