"""The status of a deployment and its conditions, in Kubernetes' words: `kubectl rollout status` waits for them.

Progressing is a memory: whether the rollout moved is told by comparing the new counts with the old status, and the time
of the last move stands in the condition itself. So is the deadline kept across restarts of this process.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.controller_manager.controllers.deployment import sizes
from services.controller_manager.controllers.deployment.revision import Generations
from services.controller_manager.controllers.deployment.surge import max_unavailable
from services.objects import conditions, times
from services.objects.meta import Obj, name_of

_FOREVER = (1 << 31) - 1
Conditions = list[Obj]


def deadline_of(deployment: Obj) -> timedelta | None:
    seconds = deployment["spec"].get("progressDeadlineSeconds")
    return None if seconds is None or seconds == _FOREVER else timedelta(seconds=seconds)


def counts(deployment: Obj, sets: Generations) -> Obj:
    """Everything but the conditions. Fields that are zero are absent, as Go leaves them out."""
    available = _sum(sets.all, "availableReplicas")
    fields = {
        "observedGeneration": deployment["metadata"].get("generation") or 0,
        "replicas": _sum(sets.all, "replicas"),
        "updatedReplicas": _sum([sets.new] if sets.new is not None else [], "replicas"),
        "readyReplicas": _sum(sets.all, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(sizes.total(sets.all) - available, 0),
        "terminatingReplicas": _sum(sets.all, "terminatingReplicas"),
        "collisionCount": (deployment.get("status") or {}).get("collisionCount") or 0,
    }
    return {name: count for name, count in fields.items() if count}


def _sum(replicasets: Sequence[Obj], field: str) -> int:
    return sum((each.get("status") or {}).get(field) or 0 for each in replicasets)


def is_complete(deployment: Obj, status: Obj) -> bool:
    wanted = deployment["spec"]["replicas"]
    return (all((status.get(name) or 0) == wanted for name in ("updatedReplicas", "replicas", "availableReplicas"))
            and (status.get("observedGeneration") or 0) >= (deployment["metadata"].get("generation") or 0))  # fmt: skip


def with_conditions(status: Obj, found: Conditions) -> Obj:
    return {**status, "conditions": found} if found else status


def put(found: Conditions, type: str, state: str, reason: str, message: str, now: datetime) -> Conditions:
    """A condition of the same status and reason stays as it is, times and message included; a new one comes last."""
    old = conditions.find(found, type)
    if old is not None and (old.get("status"), old.get("reason")) == (state, reason):
        return found
    return _replaced(found, type, state, reason, message, now)


def _replaced(found: Conditions, type: str, state: str, reason: str, message: str, now: datetime) -> Conditions:
    old = conditions.find(found, type)
    kept = [old] if old is not None else []
    fresh = conditions.set(kept, type, state, reason, message, now, lastUpdateTime=times.rfc3339(now))
    return [*conditions.remove(found, type), *fresh]


def paused(deployment: Obj, found: Conditions, now: datetime) -> Conditions:
    """Pausing stops the clock of the deadline, resuming starts it again."""
    progressing = conditions.find(found, "Progressing") or {}
    if deadline_of(deployment) is None or progressing.get("reason") == "ProgressDeadlineExceeded":
        return found
    was = progressing.get("reason") == "DeploymentPaused"
    if deployment["spec"].get("paused") and not was:
        return put(found, "Progressing", "Unknown", "DeploymentPaused", "Deployment is paused", now)
    if not deployment["spec"].get("paused") and was:
        return put(found, "Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed", now)
    return found


def found_new(deployment: Obj, sets: Generations, found: Conditions, now: datetime) -> Conditions:
    """Starts the clock for a rollout that began without one (the deadline was set later)."""
    if sets.new is None or deadline_of(deployment) is None or conditions.find(found, "Progressing") is not None:
        return found
    return put(found, "Progressing", "True", "FoundNewReplicaSet", f'Found new replica set "{name_of(sets.new)}"', now)


def availability(deployment: Obj, status: Obj, found: Conditions, now: datetime) -> Conditions:
    least = deployment["spec"]["replicas"] - max_unavailable(deployment)
    if (status.get("availableReplicas") or 0) >= least:
        return put(found, "Available", "True", "MinimumReplicasAvailable",
                   "Deployment has minimum availability.", now)  # fmt: skip
    return put(found, "Available", "False", "MinimumReplicasUnavailable",
               "Deployment does not have minimum availability.", now)  # fmt: skip


def progress(deployment: Obj, sets: Generations, status: Obj, found: Conditions, now: datetime) -> Conditions:
    """The Progressing condition after a step of a rollout."""
    if deadline_of(deployment) is None:
        return conditions.remove(found, "Progressing")
    current = conditions.find(found, "Progressing")
    settled = status.get("replicas") == status.get("updatedReplicas")
    if settled and current is not None and current.get("reason") == "NewReplicaSetAvailable":
        return found  # done earlier; pods that fail now are not a rollout
    who = f'ReplicaSet "{name_of(sets.new)}"' if sets.new is not None else f'Deployment "{name_of(deployment)}"'
    if is_complete(deployment, status):
        return put(found, "Progressing", "True", "NewReplicaSetAvailable", f"{who} has successfully progressed.", now)
    if _moved(deployment.get("status") or {}, status):
        return _replaced(found, "Progressing", "True", "ReplicaSetUpdated", f"{who} is progressing.", now)
    if timed_out(deployment, found, now):
        return put(found, "Progressing", "False", "ProgressDeadlineExceeded", f"{who} has timed out progressing.", now)
    return found


def _moved(old: Obj, new: Obj) -> bool:
    def grew(name: str) -> bool:
        return (new.get(name) or 0) > (old.get(name) or 0)

    def outdated(status: Obj) -> int:
        return (status.get("replicas") or 0) - (status.get("updatedReplicas") or 0)

    return (grew("updatedReplicas") or grew("readyReplicas") or grew("availableReplicas")
            or outdated(new) < outdated(old))  # fmt: skip


def timed_out(deployment: Obj, found: Conditions, now: datetime) -> bool:
    current = conditions.find(found, "Progressing")
    if current is None or current.get("reason") == "NewReplicaSetAvailable":
        return False
    if current.get("reason") == "ProgressDeadlineExceeded":
        return True
    left = _left(deployment, current, now)
    return left is not None and left < timedelta()


def seconds_to_deadline(deployment: Obj, status: Obj, now: datetime) -> float | None:
    """How long until the rollout may have timed out; None when it cannot."""
    current = conditions.find(status.get("conditions"), "Progressing")
    if deployment["spec"].get("paused") or current is None or is_complete(deployment, status):
        return None
    if current.get("reason") in ("ProgressDeadlineExceeded", "NewReplicaSetAvailable"):
        return None
    left = _left(deployment, current, now)
    return None if left is None else max(left.total_seconds(), 0) + 1


def _left(deployment: Obj, condition: Obj, now: datetime) -> timedelta | None:
    deadline = deadline_of(deployment)
    since = times.parse_or_none(condition.get("lastUpdateTime"))
    return None if deadline is None or since is None else since + deadline - now


def failures(sets: Generations, found: Conditions) -> Conditions:
    """What keeps a replica set from making pods shows on the deployment."""
    ordered = [*([sets.new] if sets.new is not None else []), *sets.old]
    failure = next((each for each in (conditions.get(replicaset, "ReplicaFailure") for replicaset in ordered)
                    if each is not None), None)  # fmt: skip
    if failure is None:
        return conditions.remove(found, "ReplicaFailure")
    known = conditions.find(found, "ReplicaFailure")
    if known is not None and all(known.get(name) == failure.get(name) for name in ("status", "reason", "message")):
        return found
    copied = {**failure, "lastUpdateTime": failure.get("lastTransitionTime")}
    return [*conditions.remove(found, "ReplicaFailure"), copied]
