"""The rules of how evenly pods are to be spread over zones, nodes and the like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from services.objects.kinds.validation.amounts import POSITIVE
from services.objects.kinds.validation.field import Causes, duplicate, forbidden, invalid, required, unsupported
from services.objects.kinds.validation.labels import validate_label_name, validate_selector
from services.objects.meta import Obj

UNSATISFIABLE = ("DoNotSchedule", "ScheduleAnyway")
_NODE_POLICIES = ("Honor", "Ignore")


def validate_spread(causes: Causes, path: str, constraints: Sequence[Obj]) -> None:
    left = Counter(map(_pair, constraints))
    for index, constraint in enumerate(constraints):
        where = f"{path}[{index}]"
        key, otherwise = _pair(constraint)
        skew, domains = constraint.get("maxSkew", 0), constraint.get("minDomains")
        if skew <= 0:
            causes.append(invalid(f"{where}.maxSkew", skew, POSITIVE))
        if not key:
            causes.append(required(f"{where}.topologyKey", "can not be empty"))
        if otherwise not in UNSATISFIABLE:
            causes.append(unsupported(f"{where}.whenUnsatisfiable", otherwise, UNSATISFIABLE))
        left[key, otherwise] -= 1
        if left[key, otherwise]:
            causes.append(duplicate(f"{where}.{{topologyKey, whenUnsatisfiable}}", f"{{{key}, {otherwise}}}"))
        if domains is not None:
            if domains <= 0:
                causes.append(invalid(f"{where}.minDomains", domains, POSITIVE))
            if otherwise != "DoNotSchedule":
                causes.append(invalid(f"{where}.minDomains", domains, "can only use minDomains if "
                                      f"whenUnsatisfiable=DoNotSchedule, not {otherwise}"))  # fmt: skip
        for field in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            policy = constraint.get(field)
            if policy is not None and policy not in _NODE_POLICIES:
                causes.append(unsupported(f"{where}.{field}", policy, _NODE_POLICIES))
        _validate_label_keys(causes, f"{where}.matchLabelKeys", constraint)
        if constraint.get("labelSelector") is not None:
            validate_selector(causes, f"{where}.labelSelector", constraint["labelSelector"])


def _pair(constraint: Obj) -> tuple[str, str]:
    return constraint.get("topologyKey") or "", constraint.get("whenUnsatisfiable") or ""


def _validate_label_keys(causes: Causes, path: str, constraint: Obj) -> None:
    """Keys whose values are taken of the pod itself, and so cannot be told in the selector as well."""
    keys, selector = constraint.get("matchLabelKeys"), constraint.get("labelSelector")
    if not keys:
        return
    told: set[str] = set()
    if selector is None:
        causes.append(forbidden(path, "must not be specified when labelSelector is not set"))
    else:
        told |= (selector.get("matchLabels") or {}).keys()
        told |= {expression.get("key") or "" for expression in selector.get("matchExpressions") or ()}
    for place, key in enumerate(keys):
        validate_label_name(causes, f"{path}[{place}]", key)
        if key in told:
            causes.append(invalid(f"{path}[{place}]", key, "exists in both matchLabelKeys and labelSelector"))
