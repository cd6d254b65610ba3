"""The rules of a container's own restart policy, which overrides that of its pod."""

from __future__ import annotations

from services.objects.kinds.validation.field import Causes, required, too_many, unsupported
from services.objects.meta import Obj

_POLICIES = ("Always", "Never", "OnFailure")
_ACTIONS = ("Restart",)
_OPERATORS = ("In", "NotIn")
_MOST_RULES, _MOST_CODES = 20, 255


def validate_restart(causes: Causes, path: str, container: Obj) -> None:
    if "restartPolicy" not in container and "restartPolicyRules" not in container:
        return
    policy, rules = container.get("restartPolicy"), container.get("restartPolicyRules") or ()
    if policy is None:
        if rules:
            causes.append(required(f"{path}.restartPolicy", "must specify restartPolicy when restart rules are used"))
    elif policy not in _POLICIES:
        causes.append(unsupported(f"{path}.restartPolicy", policy, _POLICIES))
    path = f"{path}.restartPolicyRules"
    if len(rules) > _MOST_RULES:
        causes.append(too_many(path, len(rules), _MOST_RULES))
    for index, rule in enumerate(rules):
        where = f"{path}[{index}]"
        if rule.get("action") not in _ACTIONS:
            causes.append(unsupported(f"{where}.action", rule.get("action") or "", _ACTIONS))
        codes = rule.get("exitCodes")
        if codes is None:
            causes.append(required(f"{where}.exitCodes", "must be specified"))
            continue
        if codes.get("operator") not in _OPERATORS:
            causes.append(unsupported(f"{where}.exitCodes.operator", codes.get("operator") or "", _OPERATORS))
        values = codes.get("values") or ()
        if len(values) > _MOST_CODES:
            causes.append(too_many(f"{where}.exitCodes.values", len(values), _MOST_CODES))
