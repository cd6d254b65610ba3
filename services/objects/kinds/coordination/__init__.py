"""The group coordination.k8s.io: who holds what."""

from __future__ import annotations

from services.objects.kinds.coordination.lease import LEASE

KINDS = (LEASE,)

__all__ = ["LEASE"]
