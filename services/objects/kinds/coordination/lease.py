"""Leases: heartbeats and who leads."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.validation.field import Causes, forbidden, invalid, not_negative
from services.objects.kinds.validation.meta import validate_meta, validate_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer


def validate_lease(lease: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, lease, names.is_dns1123_subdomain)
    spec = lease.get("spec") or {}
    duration = spec.get("leaseDurationSeconds")
    if duration is not None and duration <= 0:
        causes.append(invalid("spec.leaseDurationSeconds", duration, "must be greater than 0"))
    not_negative(causes, "spec.leaseTransitions", spec.get("leaseTransitions"))
    if "preferredHolder" in spec and "strategy" not in spec:
        causes.append(forbidden("spec.preferredHolder", "can only be specified when `strategy` is defined"))
    return causes


def _row(lease: Obj, now: datetime) -> list[Any]:
    holder = (lease.get("spec") or {}).get("holderIdentity") or ""
    return [lease["metadata"].get("name", ""), holder, cells.age(lease, now)]


PRINTER = Printer((NAME, Column("Holder", description="Who holds it."), cells.AGE), _row)
LEASE = Kind(
    group="coordination.k8s.io", version="v1", kind="Lease", plural="leases", singular="lease",
    namespaced=True, definition="io.k8s.api.coordination.v1.Lease", printer=PRINTER,
    unconditional_update=False, create_on_update=True,
    validate=validate_lease, validate_update=validate_update,
)  # fmt: skip
