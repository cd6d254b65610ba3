"""Whose an EndpointSlice is: the Service it belongs to, and who writes it."""

from __future__ import annotations

from services.objects.meta import Obj, labels_of, namespace_of

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"


def service_of(endpointslice: Obj) -> tuple[str, str] | None:
    """(namespace, name) of the Service; None for a slice that belongs to none."""
    name = labels_of(endpointslice).get(SERVICE_NAME)
    return (namespace_of(endpointslice), name) if name else None


def labels(service: str, manager: str) -> dict[str, str]:
    """What marks the slices that `manager` writes for a Service."""
    return {SERVICE_NAME: service, MANAGED_BY: manager}
