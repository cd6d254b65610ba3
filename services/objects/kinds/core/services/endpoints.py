"""Endpoints: where a Service's pods are, in the old form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.validation.endpoint import PROTOCOLS, validate_endpoint_ip
from services.objects.kinds.validation.field import Causes, add_invalid, one_of, required
from services.objects.kinds.validation.labels import qualified_name_errors
from services.objects.kinds.validation.meta import validate_meta, validate_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer


def default_endpoints(endpoints: Obj) -> None:
    for subset in endpoints.get("subsets", ()):
        for port in subset.get("ports", ()):
            if not port.get("protocol"):
                port["protocol"] = "TCP"


def validate_endpoints(endpoints: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, endpoints, names.is_dns1123_subdomain)
    for index, subset in enumerate(endpoints.get("subsets") or ()):
        where = f"subsets[{index}]"
        if not subset.get("addresses") and not subset.get("notReadyAddresses"):
            causes.append(required(where, "must specify `addresses` or `notReadyAddresses`"))
        for side in ("addresses", "notReadyAddresses"):
            for place, address in enumerate(subset.get(side) or ()):
                _validate_address(causes, f"{where}.{side}[{place}]", address)
        ports = subset.get("ports") or ()
        for place, port in enumerate(ports):
            _validate_port(causes, f"{where}.ports[{place}]", port, named=len(ports) > 1)
    return causes


def _validate_address(causes: Causes, path: str, address: Obj) -> None:
    validate_endpoint_ip(causes, f"{path}.ip", address.get("ip") or "")
    if address.get("hostname"):
        add_invalid(causes, f"{path}.hostname", address["hostname"], names.is_dns1123_label(address["hostname"]))
    if address.get("nodeName"):
        add_invalid(causes, f"{path}.nodeName", address["nodeName"], names.is_dns1123_subdomain(address["nodeName"]))


def _validate_port(causes: Causes, path: str, port: Obj, *, named: bool) -> None:
    name = port.get("name")
    if name:
        add_invalid(causes, f"{path}.name", name, names.is_dns1123_label(name))
    elif named:
        causes.append(required(f"{path}.name"))
    add_invalid(causes, f"{path}.port", port.get("port", 0), names.is_port_number(port.get("port", 0)))
    one_of(causes, f"{path}.protocol", port.get("protocol"), PROTOCOLS)
    if port.get("appProtocol"):
        add_invalid(causes, f"{path}.appProtocol", port["appProtocol"], qualified_name_errors(port["appProtocol"]))


def _host_port(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _row(endpoints: Obj, now: datetime) -> list[Any]:
    subsets = endpoints.get("subsets") or ()
    shown: list[str] = []
    for subset in subsets:
        addresses = [address.get("ip", "") for address in subset.get("addresses") or ()]
        ports = subset.get("ports") or ()
        shown += [_host_port(address, port.get("port", 0)) for port in ports for address in addresses]
        if not ports:  # a headless service
            shown += addresses
    return [endpoints["metadata"].get("name", ""), cells.at_most_three(shown, "" if subsets else cells.NONE),
            cells.age(endpoints, now)]  # fmt: skip


PRINTER = Printer(
    (NAME, Column("Endpoints", description="The first addresses and ports that are ready."), cells.AGE), _row
)
_DEPRECATED = ["v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"]

ENDPOINTS = Kind(
    group="", version="v1", kind="Endpoints", plural="endpoints", singular="endpoints", short_names=("ep",),
    namespaced=True, definition="io.k8s.api.core.v1.Endpoints", printer=PRINTER,
    create_on_update=True, default=default_endpoints,
    validate=validate_endpoints, validate_update=validate_update,
    warnings=lambda endpoints: list(_DEPRECATED),
)  # fmt: skip
