"""IPAddresses: each says what an address of the Services' range is in use for. Its name is the address."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.validation.field import Causes, add_invalid, immutable, required
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.kinds.validation.texts.addresses import canonical_ip_errors
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer


def default_ipaddress(address: Obj) -> None:
    address.setdefault("spec", {})


def validate_ipaddress(address: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, address, canonical_ip_errors, namespaced=False)
    parent = (address.get("spec") or {}).get("parentRef")
    if parent is None:
        causes.append(required("spec.parentRef"))
        return causes
    if parent.get("group"):
        add_invalid(causes, "spec.parentRef.group", parent["group"], names.is_dns1123_subdomain(parent["group"]))
    for name in ("resource", "name", "namespace"):
        value = parent.get(name)
        if value:
            add_invalid(causes, f"spec.parentRef.{name}", value, names.is_path_segment(value))
        elif name != "namespace":
            causes.append(required(f"spec.parentRef.{name}"))
    return causes


def validate_ipaddress_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    after, before = new.get("spec") or {}, old.get("spec") or {}
    immutable(causes, "spec.parentRef", after.get("parentRef"), before.get("parentRef"))
    return causes


def _row(address: Obj, now: datetime) -> list[Any]:
    parent = (address.get("spec") or {}).get("parentRef")
    shown = cells.NONE
    if parent is not None:
        resource, group = parent.get("resource") or "", parent.get("group") or ""
        place = (f"{resource}.{group}" if group else resource).lower()
        shown = "/".join(part for part in (place, parent.get("namespace"), parent.get("name") or "") if part)
    return [address["metadata"].get("name", ""), shown, cells.age(address, now)]


PRINTER = Printer((NAME, Column("ParentRef", description="What the address is in use for."), cells.AGE), _row)
IPADDRESS = Kind(
    group="networking.k8s.io", version="v1", kind="IPAddress", plural="ipaddresses", singular="ipaddress",
    short_names=("ip",), namespaced=False, definition="io.k8s.api.networking.v1.IPAddress", printer=PRINTER,
    default=default_ipaddress,
    validate=validate_ipaddress, validate_update=validate_ipaddress_update,
)  # fmt: skip
