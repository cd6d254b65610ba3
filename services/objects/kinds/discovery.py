"""EndpointSlices: where a Service's pods are."""

from __future__ import annotations

from services.objects.kinds.defaults.services import default_endpointslice
from services.objects.kinds.kind import Kind
from services.objects.printing.generic import NAME_AND_AGE

ENDPOINTSLICE = Kind(
    group="discovery.k8s.io", version="v1", kind="EndpointSlice", plural="endpointslices", singular="endpointslice",
    namespaced=True, definition="io.k8s.api.discovery.v1.EndpointSlice", printer=NAME_AND_AGE, has_generation=True,
    default=default_endpointslice,
)  # fmt: skip
