"""What ConfigMaps and Secrets have in common: entries with a size, which can be frozen."""

from __future__ import annotations

from services.objects.kinds.validation.field import Causes, forbidden
from services.objects.meta import Obj

MAX_SIZE = 1024 * 1024
_FROZEN = "field is immutable when `immutable` is set"


def validate_frozen(causes: Causes, new: Obj, old: Obj, fields: tuple[str, ...]) -> None:
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        causes.append(forbidden("immutable", _FROZEN))
    for field in fields:
        if (new.get(field) or {}) != (old.get(field) or {}):
            causes.append(forbidden(field, _FROZEN))


def decoded_size(text: str) -> int:
    return len(text) * 3 // 4 - text[-2:].count("=")
