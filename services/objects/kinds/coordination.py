"""Leases: heartbeats and who leads."""

from __future__ import annotations

from services.objects.kinds.kind import Kind
from services.objects.printing.generic import NAME_AND_AGE

LEASE = Kind(
    group="coordination.k8s.io", version="v1", kind="Lease", plural="leases", singular="lease",
    namespaced=True, definition="io.k8s.api.coordination.v1.Lease", printer=NAME_AND_AGE,
    unconditional_update=False, create_on_update=True,
)  # fmt: skip
