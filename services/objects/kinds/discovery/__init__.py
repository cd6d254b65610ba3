"""The group discovery.k8s.io: where things are."""

from __future__ import annotations

from services.objects.kinds.discovery.endpointslice import ENDPOINTSLICE

KINDS = (ENDPOINTSLICE,)

__all__ = ["ENDPOINTSLICE"]
