"""How fast an autoscaler may go up and down: the defaults and rules of its behavior."""

from __future__ import annotations

from services.objects import quantity
from services.objects.kinds.validation.field import Causes, invalid, required, unsupported
from services.objects.meta import Obj

_PERCENT = {"type": "Percent", "value": 100, "periodSeconds": 15}
_PODS = {"type": "Pods", "value": 4, "periodSeconds": 15}
_SELECTIONS, _POLICIES = ("Disabled", "Max", "Min"), ("Percent", "Pods")
_LONGEST_WINDOW, _LONGEST_PERIOD = 3600, 1800  # seconds


def default_behavior(behavior: Obj) -> None:
    """Who says something about it has everything said; only how long going down waits is left to the controller."""
    up, down = behavior.setdefault("scaleUp", {}), behavior.setdefault("scaleDown", {})
    up.setdefault("stabilizationWindowSeconds", 0)
    for rules, policies in ((up, (_PODS, _PERCENT)), (down, (_PERCENT,))):
        rules.setdefault("selectPolicy", "Max")
        rules.setdefault("policies", [dict(policy) for policy in policies])


def validate_behavior(causes: Causes, path: str, behavior: Obj) -> None:
    for direction in ("scaleUp", "scaleDown"):
        if behavior.get(direction) is not None:
            _validate_rules(causes, f"{path}.{direction}", behavior[direction])


def _validate_rules(causes: Causes, path: str, rules: Obj) -> None:
    window, selection = rules.get("stabilizationWindowSeconds"), rules.get("selectPolicy")
    if window is not None and window < 0:
        causes.append(invalid(f"{path}.stabilizationWindowSeconds", window, "must be greater than or equal to zero"))
    if window is not None and window > _LONGEST_WINDOW:
        causes.append(invalid(f"{path}.stabilizationWindowSeconds", window,
                              f"must be less than or equal to {_LONGEST_WINDOW}"))  # fmt: skip
    if selection is not None and selection not in _SELECTIONS:
        causes.append(unsupported(f"{path}.selectPolicy", selection, _SELECTIONS))
    if not rules.get("policies"):
        causes.append(required(f"{path}.policies", "must specify at least one Policy"))
    for index, policy in enumerate(rules.get("policies") or ()):
        _validate_policy(causes, f"{path}.policies[{index}]", policy)
    tolerance = rules.get("tolerance")
    if tolerance is not None and quantity.nano(tolerance) < 0:
        causes.append(invalid(f"{path}.tolerance", tolerance, "must be greater than or equal to 0"))


def _validate_policy(causes: Causes, path: str, policy: Obj) -> None:
    if policy.get("type") not in _POLICIES:
        causes.append(unsupported(f"{path}.type", policy.get("type") or "", _POLICIES))
    for name in ("value", "periodSeconds"):
        if policy.get(name, 0) <= 0:
            causes.append(invalid(f"{path}.{name}", policy.get(name, 0), "must be greater than zero"))
    if policy.get("periodSeconds", 0) > _LONGEST_PERIOD:
        causes.append(invalid(f"{path}.periodSeconds", policy["periodSeconds"],
                              f"must be less than or equal to {_LONGEST_PERIOD}"))  # fmt: skip
