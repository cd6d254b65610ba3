"""Scale: the small window on how many pods an object wants, the same for every kind that has one."""

from __future__ import annotations

from services.objects.kinds.validation.field import Causes, not_negative
from services.objects.meta import Obj


def validate_scale(scale: Obj) -> Causes:
    causes: Causes = []
    not_negative(causes, "spec.replicas", (scale.get("spec") or {}).get("replicas"))
    return causes
