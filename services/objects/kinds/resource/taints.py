"""Taints of devices, what tolerates them, and what must be before a device is bound."""

from __future__ import annotations

from collections.abc import Sequence

from services.objects.kinds.resource.lists import validate_list
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    duplicate,
    invalid,
    one_of,
    unsupported,
)
from services.objects.kinds.validation.labels import label_value_errors, validate_label_name
from services.objects.meta import Obj

_EFFECTS = ("NoExecute", "NoSchedule", "None")
_OPERATORS = ("Equal", "Exists")
_MOST_TAINTS, _MOST_CONDITIONS = 16, 4


def validate_taints(causes: Causes, path: str, taints: Sequence[Obj] | None) -> None:
    validate_list(causes, path, taints, _MOST_TAINTS, _validate_taint)


def _validate_taint(causes: Causes, path: str, taint: Obj) -> None:
    validate_label_name(causes, f"{path}.key", taint.get("key") or "")
    value = taint.get("value") or ""
    add_invalid(causes, f"{path}.value", value, label_value_errors(value))
    one_of(causes, f"{path}.effect", taint.get("effect"), _EFFECTS)


def default_tolerations(tolerations: Sequence[Obj] | None) -> None:
    for toleration in tolerations or ():
        if not toleration.get("operator"):
            toleration["operator"] = "Equal"


def validate_tolerations(causes: Causes, path: str, tolerations: Sequence[Obj] | None) -> None:
    validate_list(causes, path, tolerations, _MOST_TAINTS, _validate_toleration)


def _validate_toleration(causes: Causes, path: str, toleration: Obj) -> None:
    if toleration.get("key"):
        validate_label_name(causes, f"{path}.key", toleration["key"])
    operator, value = toleration.get("operator"), toleration.get("value") or ""
    if operator == "Exists":
        if value:
            causes.append(invalid(f"{path}.value", value, "must be empty for operator `Exists`"))
    elif operator == "Equal":
        add_invalid(causes, f"{path}.value", value, label_value_errors(value))
    else:
        one_of(causes, f"{path}.operator", operator, _OPERATORS)
    effect = toleration.get("effect")
    if effect and effect not in _EFFECTS:
        causes.append(unsupported(f"{path}.effect", effect, _EFFECTS))


def validate_binding(causes: Causes, path: str, device: Obj) -> None:
    """Of conditions that must be met there are as well some that say when that has failed."""
    met, failed = device.get("bindingConditions"), device.get("bindingFailureConditions")
    for field, conditions in (("bindingConditions", met), ("bindingFailureConditions", failed)):
        validate_list(causes, f"{path}.{field}", conditions, _MOST_CONDITIONS, validate_label_name)
    known = set(met or ())
    for field, conditions in (("bindingConditions", met), ("bindingFailureConditions", failed)):
        seen: set[str] = set()
        for index, condition in enumerate(conditions or ()):
            where = f"{path}.{field}[{index}]"
            if condition in seen:
                causes.append(duplicate(where, condition))
            seen.add(condition)
            if conditions is failed and condition in known:
                causes.append(invalid(where, condition, "bindingFailureConditions must not overlap with "
                                                        "bindingConditions"))  # fmt: skip
    if failed and not met:
        causes.append(invalid(f"{path}.bindingConditions", met,
                              "bindingConditions are required to use bindingFailureConditions"))  # fmt: skip
    if met and not failed:
        causes.append(invalid(f"{path}.bindingFailureConditions", failed,
                              "bindingFailureConditions are required to use bindingConditions"))  # fmt: skip
