"""What an eviction may do to a budget: whether it is allowed now, and what of the budget it uses up.

Kubernetes' rules: https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
"""

from __future__ import annotations

from datetime import datetime

from services.objects import conditions, selectors, times
from services.objects.errors import Forbidden, TooManyRequests
from services.objects.meta import Obj, labels_of, name_of

EVICTION_TARGET = "DisruptionTarget"
_MOST_UNCONFIRMED = 2000
_VIOLATED = "Cannot evict pod as it would violate the pod's disruption budget."
_SOON = 10  # seconds
_AWAY_ANYWAY = ("Pending", "Succeeded", "Failed")


def needs_no_budget(pod: Obj) -> bool:
    """Pods that have not begun, have ended or are going are nobody's healthy ones."""
    return bool(pod["metadata"].get("deletionTimestamp")) or (pod.get("status") or {}).get("phase") in _AWAY_ANYWAY


def covers(budget: Obj, pod: Obj) -> bool:
    """Whether the pod is one of the budget's; no selector is of no pod, an empty one of all."""
    try:
        return selectors.from_json((budget.get("spec") or {}).get("selector")).matches(labels_of(pod))
    except selectors.SelectorError:
        return False


def is_free(budget: Obj, pod: Obj) -> bool:
    """Whether the pod counts for nothing because it is not healthy, and so may go at no cost."""
    if conditions.is_true(pod, "Ready"):
        return False
    if (budget.get("spec") or {}).get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget.get("status") or {}
    return bool(0 < status.get("desiredHealthy", 0) <= status.get("currentHealthy", 0))


def charged(budget: Obj, pod: Obj, now: datetime) -> Obj:
    """The budget's status with one disruption used up by `pod`. Raises TooManyRequests, Forbidden."""
    status, name = budget.get("status") or {}, name_of(budget)
    if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 0):
        raise _refused(f"The disruption budget {name} is still being processed by the server.", _SOON)
    allowed: int = status.get("disruptionsAllowed", 0)
    if allowed < 0:
        raise Forbidden.object("policy", "poddisruptionbudget", name, "pdb disruptions allowed is negative")
    disrupted = status.get("disruptedPods") or {}
    if len(disrupted) > _MOST_UNCONFIRMED:
        raise Forbidden.object("policy", "poddisruptionbudget", name, "DisruptedPods map too big - too many evictions "
                               "not confirmed by PDB controller")  # fmt: skip
    if allowed == 0:
        raise _refused(_why(status, name), None)
    left = {**status, "disruptionsAllowed": allowed - 1,
            "disruptedPods": {**disrupted, name_of(pod): times.rfc3339(now)}}  # fmt: skip
    if allowed == 1:
        left["conditions"] = conditions.set(
            status.get("conditions"), "DisruptionAllowed", "False", "InsufficientPods", "", now,
            observedGeneration=status.get("observedGeneration"))  # fmt: skip
    return left


def _why(status: Obj, name: str) -> str:
    condition = conditions.find(status.get("conditions"), "DisruptionAllowed")
    if condition is not None and condition.get("reason") == "SyncFailed":
        return (f"The disruption budget {name} does not allow evicting pods currently because it failed sync: "
                f"{condition.get('message', '')}")  # fmt: skip
    return (f"The disruption budget {name} needs {status.get('desiredHealthy', 0)} healthy pods and has "
            f"{status.get('currentHealthy', 0)} currently")  # fmt: skip


def _refused(why: str, retry_after: int | None) -> TooManyRequests:
    cause = {"reason": "DisruptionBudget", "message": why}
    return TooManyRequests(_VIOLATED, details={"causes": [cause]}, retry_after=retry_after)
