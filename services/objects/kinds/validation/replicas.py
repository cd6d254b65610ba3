"""The counts in the status of what keeps a number of pods."""

from __future__ import annotations

from collections.abc import Sequence

from services.objects.kinds.validation.field import Causes, invalid, not_negative
from services.objects.kinds.validation.meta import validate_meta_update
from services.objects.meta import Obj

_STATUS_COUNTS = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration",
                  "updatedReplicas", "unavailableReplicas", "terminatingReplicas", "collisionCount")  # fmt: skip


def validate_counts_status(new: Obj, old: Obj, counts: Sequence[str]) -> Causes:
    """`counts` are the fields of status that are never negative; collisions are only ever counted up."""
    causes: Causes = []
    validate_meta_update(causes, new, old)
    status = new.get("status") or {}
    for name in counts:
        not_negative(causes, f"status.{name}", status.get(name))
    collisions = status.get("collisionCount", 0)
    if collisions < (old.get("status") or {}).get("collisionCount", 0):
        causes.append(invalid("status.collisionCount", collisions, "cannot be decremented"))
    return causes


def validate_replicas_status(new: Obj, old: Obj) -> Causes:
    causes = validate_counts_status(new, old, _STATUS_COUNTS)
    status = new.get("status") or {}
    total, ready = status.get("replicas", 0), status.get("readyReplicas", 0)
    for name in ("fullyLabeledReplicas", "readyReplicas", "availableReplicas", "updatedReplicas"):
        if name in status and status[name] > total:
            causes.append(invalid(f"status.{name}", status[name], "cannot be greater than status.replicas"))
    if status.get("availableReplicas", 0) > ready:
        causes.append(invalid("status.availableReplicas", status["availableReplicas"],
                              "cannot be greater than readyReplicas"))  # fmt: skip
    return causes
