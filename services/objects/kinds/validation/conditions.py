"""The rules of conditions of the shared form (meta/v1 Condition)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.objects.kinds.validation.field import Causes, duplicate, invalid, required, too_long, unsupported
from services.objects.kinds.validation.labels import validate_label_name
from services.objects.meta import Obj

_STATUSES = ("False", "True", "Unknown")
_LONGEST_REASON, _LONGEST_MESSAGE = 1024, 32 * 1024
_REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?"
_REASON_ERROR = (
    "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric "
    "characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or "
    f"'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '{_REASON}')"
)
_reason = re.compile(_REASON).fullmatch


def validate_conditions(causes: Causes, path: str, conditions: Sequence[Obj]) -> None:
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        where, kind = f"{path}[{index}]", condition.get("type") or ""
        if kind in seen:
            causes.append(duplicate(f"{where}.type", kind))
        seen.add(kind)
        _validate_condition(causes, where, condition)


def _validate_condition(causes: Causes, path: str, condition: Obj) -> None:
    validate_label_name(causes, f"{path}.type", condition.get("type") or "")
    status, generation = condition.get("status") or "", condition.get("observedGeneration") or 0
    if status not in _STATUSES:
        causes.append(unsupported(f"{path}.status", status, _STATUSES))
    if generation < 0:
        causes.append(invalid(f"{path}.observedGeneration", generation, "must be greater than or equal to zero"))
    if not condition.get("lastTransitionTime"):
        causes.append(required(f"{path}.lastTransitionTime", "must be set"))
    reason = condition.get("reason") or ""
    if not reason:
        causes.append(required(f"{path}.reason", "must be set"))
    elif not _reason(reason[: 2 * _LONGEST_REASON]):
        causes.append(invalid(f"{path}.reason", reason, _REASON_ERROR))
    if len(reason) > _LONGEST_REASON:
        causes.append(too_long(f"{path}.reason", _LONGEST_REASON))
    if len((condition.get("message") or "").encode("utf-8", "replace")) > _LONGEST_MESSAGE:
        causes.append(too_long(f"{path}.message", _LONGEST_MESSAGE))
