"""The rules of tolerations, and of what they tolerate."""

from __future__ import annotations

from collections.abc import Sequence

from services.objects.kinds.validation.field import Causes, duplicate, invalid, one_of, unsupported
from services.objects.kinds.validation.labels import label_value_errors, qualified_name_errors, validate_label_name
from services.objects.meta import Obj

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_OPERATORS = ("Equal", "Exists")


def validate_tolerations(causes: Causes, path: str, tolerations: Sequence[Obj]) -> None:
    for index, toleration in enumerate(tolerations):
        where = f"{path}[{index}]"
        key, operator = toleration.get("key"), toleration.get("operator") or ""
        effect, value = toleration.get("effect") or "", toleration.get("value") or ""
        if key:
            if qualified_name_errors(key):
                validate_label_name(causes, f"{where}.key", key)
        elif operator != "Exists":
            causes.append(invalid(f"{where}.operator", operator, "operator must be Exists when `key` is empty, which "
                                                                 'means "match all values and all keys"'))
        if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
            causes.append(invalid(f"{where}.effect", effect,
                                  "effect must be 'NoExecute' when `tolerationSeconds` is set"))  # fmt: skip
        if operator in ("", "Equal"):
            errors = label_value_errors(value)
            if errors:
                causes.append(invalid(f"{where}.operator", value, ";".join(errors)))
        elif operator == "Exists":
            if value:
                causes.append(invalid(f"{where}.operator", value, "value must be empty when `operator` is 'Exists'"))
        else:
            causes.append(unsupported(f"{where}.operator", operator, _OPERATORS))
        if effect and effect not in EFFECTS:
            causes.append(unsupported(f"{where}.effect", effect, EFFECTS))


def validate_taints(causes: Causes, path: str, taints: Sequence[Obj]) -> None:
    """Of a node; a key has one taint per effect."""
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(taints):
        where = f"{path}[{index}]"
        key, value, effect = taint.get("key") or "", taint.get("value") or "", taint.get("effect") or ""
        validate_label_name(causes, f"{where}.key", key)
        if errors := label_value_errors(value):
            causes.append(invalid(f"{where}.value", value, ";".join(errors)))
        one_of(causes, f"{where}.effect", effect, EFFECTS)
        if (key, effect) in seen:
            shown = {"Key": key, "Value": value, "Effect": effect, "TimeAdded": taint.get("timeAdded")}
            causes.append(duplicate(where, shown, "taints must be unique by key and effect pair"))
        seen.add((key, effect))
