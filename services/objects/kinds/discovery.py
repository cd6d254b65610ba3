"""EndpointSlices: where a Service's pods are."""

from __future__ import annotations

from services.objects.kinds.defaults.services import default_endpointslice
from services.objects.kinds.kind import Kind
from services.objects.kinds.validation import endpoints
from services.objects.printing.services import ENDPOINTSLICE as SLICE_PRINTER

ENDPOINTSLICE = Kind(
    group="discovery.k8s.io", version="v1", kind="EndpointSlice", plural="endpointslices", singular="endpointslice",
    namespaced=True, definition="io.k8s.api.discovery.v1.EndpointSlice", printer=SLICE_PRINTER, has_generation=True,
    default=default_endpointslice,
    validate=endpoints.validate_endpointslice, validate_update=endpoints.validate_endpointslice_update,
)  # fmt: skip
