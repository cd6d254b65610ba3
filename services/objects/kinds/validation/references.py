"""References from one object to another, as far as their form goes."""

from __future__ import annotations

from services.objects import names
from services.objects.kinds.validation.field import Causes, add_invalid, required
from services.objects.meta import Obj


def validate_typed_reference(causes: Causes, path: str, reference: Obj) -> None:
    """`apiGroup` (may be absent), `kind` and `name`."""
    group = reference.get("apiGroup")
    if group is not None:
        add_invalid(causes, f"{path}.apiGroup", group, names.is_dns1123_subdomain(group))
    for name in ("kind", "name"):
        value = reference.get(name)
        if value:
            add_invalid(causes, f"{path}.{name}", value, names.is_path_segment(value))
        else:
            causes.append(required(f"{path}.{name}"))
