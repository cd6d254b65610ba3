"""status.conditions: lists keyed by `type` that keep the moment of their last transition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.objects import times
from services.objects.meta import Obj

Condition = dict[str, Any]


def find(conditions: Sequence[Condition] | None, type: str) -> Condition | None:
    return next((condition for condition in conditions or () if condition.get("type") == type), None)


def get(obj: Obj, type: str) -> Condition | None:
    """The condition of an object, None when it has none of that type."""
    return find((obj.get("status") or {}).get("conditions"), type)


def is_true(obj: Obj, type: str) -> bool:
    condition = get(obj, type)
    return condition is not None and condition.get("status") == "True"


def set(
    conditions: Sequence[Condition] | None,
    type: str,
    status: str,
    reason: str,
    message: str,
    now: datetime,
    **more: Any,
) -> list[Condition]:
    """A new list with the condition in its old place or at the end; the old list and its members stay as they are.

    lastTransitionTime moves when `status` does, and only then. `more` are the kind's own fields (lastUpdateTime,
    lastHeartbeatTime, lastProbeTime, observedGeneration); a field that is None is left out.
    """
    result = list(conditions or ())
    index = next((i for i, condition in enumerate(result) if condition.get("type") == type), len(result))
    old = result[index] if index < len(result) else {}
    moved = old.get("status") != status or not old.get("lastTransitionTime")
    fresh = {
        **old, **more, "type": type, "status": status,
        "lastTransitionTime": times.rfc3339(now) if moved else old["lastTransitionTime"],
        "reason": reason, "message": message,
    }  # fmt: skip
    for optional in ("reason", "message"):
        if not fresh[optional]:
            del fresh[optional]
    result[index:index + 1] = [{key: value for key, value in fresh.items() if value is not None}]
    return result


def remove(conditions: Sequence[Condition] | None, type: str) -> list[Condition]:
    return [condition for condition in conditions or () if condition.get("type") != type]
