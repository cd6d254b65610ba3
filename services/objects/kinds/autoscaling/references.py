"""References to an object of any group and version: what is scaled, what a metric tells of."""

from __future__ import annotations

from services.objects import names
from services.objects.kinds.validation.field import Causes, add_invalid, invalid, required
from services.objects.meta import Obj


def validate_reference(causes: Causes, path: str, reference: Obj) -> None:
    for name in ("kind", "name"):
        value = reference.get(name) or ""
        if not value:
            causes.append(required(f"{path}.{name}"))
        add_invalid(causes, f"{path}.{name}", value, names.is_path_segment(value))
    version = reference.get("apiVersion") or ""
    if version.count("/") > 1:
        causes.append(invalid(f"{path}.apiVersion", version, f"unexpected GroupVersion string: {version}"))


def validate_grouped(causes: Causes, path: str, reference: Obj) -> None:
    """Only ReplicationControllers can be scaled and are of no group."""
    version = reference.get("apiVersion") or ""
    if reference.get("kind") != "ReplicationController" and not version.partition("/")[0 if "/" in version else 2]:
        causes.append(invalid(f"{path}.apiVersion", version, "apiVersion must specify API group"))
