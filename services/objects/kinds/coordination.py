"""Leases: heartbeats and who leads."""

from __future__ import annotations

from services.objects.kinds.kind import Kind
from services.objects.kinds.validation.cluster import validate_lease
from services.objects.kinds.validation.meta import validate_update
from services.objects.printing.core import LEASE as LEASE_PRINTER

LEASE = Kind(
    group="coordination.k8s.io", version="v1", kind="Lease", plural="leases", singular="lease",
    namespaced=True, definition="io.k8s.api.coordination.v1.Lease", printer=LEASE_PRINTER,
    unconditional_update=False, create_on_update=True,
    validate=validate_lease, validate_update=validate_update,
)  # fmt: skip
