"""EndpointSlices: where a Service's pods are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.validation.endpoint import PROTOCOLS, family, validate_endpoint_ip
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    duplicate,
    immutable,
    invalid,
    one_of,
    required,
    too_many,
    unsupported,
)
from services.objects.kinds.validation.labels import label_value_errors, qualified_name_errors
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.kinds.validation.texts.addresses import ip_warnings
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_ADDRESS_TYPES = ("FQDN", "IPv4", "IPv6")
_MOST_ENDPOINTS, _MOST_ADDRESSES, _MOST_PORTS, _MOST_HINTS = 1000, 100, 20000, 8
_HOSTNAME = "kubernetes.io/hostname"


def default_endpointslice(endpointslice: Obj) -> None:
    for port in endpointslice.get("ports") or ():
        port.setdefault("name", "")
        port.setdefault("protocol", "TCP")


def prepare_endpointslice(endpointslice: Obj) -> None:
    _drop_topology(endpointslice, set())


def prepare_endpointslice_update(new: Obj, old: Obj) -> None:
    before = old.get("endpoints") or ()
    if new.get("endpoints") != old.get("endpoints"):
        _drop_topology(new, {(each.get("deprecatedTopology") or {}).get(_HOSTNAME) for each in before})


def _drop_topology(endpointslice: Obj, nodes: set[str | None]) -> None:
    """It cannot be written any more; who sends back what was there means the node of that name."""
    endpoints = endpointslice.get("endpoints") or ()
    if not any("deprecatedTopology" in endpoint for endpoint in endpoints):
        return
    endpointslice["endpoints"] = kept = []
    for endpoint in endpoints:
        node = (endpoint.get("deprecatedTopology") or {}).get(_HOSTNAME)
        endpoint = {name: value for name, value in endpoint.items() if name != "deprecatedTopology"}
        if node and node in nodes and not names.is_dns1123_subdomain(node):
            endpoint.setdefault("nodeName", node)
        kept.append(endpoint)


def validate_endpointslice(endpointslice: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, endpointslice, names.is_dns1123_subdomain)
    address_type = endpointslice.get("addressType")
    one_of(causes, "addressType", address_type, _ADDRESS_TYPES)
    endpoints = endpointslice.get("endpoints") or ()
    if len(endpoints) > _MOST_ENDPOINTS:
        causes.append(too_many("endpoints", len(endpoints), _MOST_ENDPOINTS))
        return causes
    for index, endpoint in enumerate(endpoints):
        _validate_endpoint(causes, f"endpoints[{index}]", endpoint, address_type or "")
    ports = endpointslice.get("ports") or ()
    if len(ports) > _MOST_PORTS:
        causes.append(too_many("ports", len(ports), _MOST_PORTS))
        return causes
    seen: set[str] = set()
    for index, port in enumerate(ports):
        _validate_slice_port(causes, f"ports[{index}]", port, seen)
    return causes


def _validate_endpoint(causes: Causes, path: str, endpoint: Obj, address_type: str) -> None:
    addresses = endpoint.get("addresses") or ()
    if not addresses:
        causes.append(required(f"{path}.addresses", "must contain at least 1 address"))
    elif len(addresses) > _MOST_ADDRESSES:
        causes.append(too_many(f"{path}.addresses", len(addresses), _MOST_ADDRESSES))
    for index, address in enumerate(addresses):
        where = f"{path}.addresses[{index}]"
        if address_type == "FQDN":
            _validate_domain(causes, where, address)
        elif address_type in ("IPv4", "IPv6"):
            if family(address) != int(address_type[-1]):
                causes.append(invalid(where, address, f"must be a valid {address_type} address"))
            else:
                validate_endpoint_ip(causes, where, address)
    node, hostname = endpoint.get("nodeName"), endpoint.get("hostname")
    if node is not None:
        add_invalid(causes, f"{path}.nodeName", node, names.is_dns1123_subdomain(node))
    if hostname is not None:
        add_invalid(causes, f"{path}.hostname", hostname, names.is_dns1123_label(hostname))
    hints = endpoint.get("hints") or {}
    _validate_hints(causes, f"{path}.hints.forZones", hints.get("forZones") or (), label_value_errors)
    _validate_hints(causes, f"{path}.hints.forNodes", hints.get("forNodes") or (), names.is_dns1123_subdomain)


def _validate_domain(causes: Causes, path: str, name: str) -> None:
    if not name:
        causes.append(required(path))
        return
    name = name.removesuffix(".")
    if errors := names.is_dns1123_subdomain(name):
        causes.append(invalid(path, name, ",".join(errors)))
        return
    segments = name.split(".")
    if len(segments) < 2:
        causes.append(invalid(path, name, "should be a domain with at least two segments separated by dots"))
        return
    for segment in segments:
        if errors := names.is_dns1123_label(segment):
            causes.append(invalid(path, segment, ",".join(errors)))
            return


def _validate_hints(causes: Causes, path: str, hints: Sequence[Obj],
                    errors: Callable[[str], Iterable[str]]) -> None:  # fmt: skip
    if len(hints) > _MOST_HINTS:
        causes.append(too_many(path, len(hints), _MOST_HINTS))
        return
    seen: set[str] = set()
    for index, hint in enumerate(hints):
        where, name = f"{path}[{index}].name", hint.get("name") or ""
        if name in seen:
            causes.append(duplicate(where, name))
        seen.add(name)
        add_invalid(causes, where, name, errors(name))


def _validate_slice_port(causes: Causes, path: str, port: Obj, seen: set[str]) -> None:
    name = port.get("name") or ""
    if name:
        add_invalid(causes, f"{path}.name", name, names.is_dns1123_label(name))
    if name in seen:
        causes.append(duplicate(f"{path}.name", name))
    seen.add(name)
    protocol = port.get("protocol")
    if not protocol:
        causes.append(required(f"{path}.protocol"))
    elif protocol not in PROTOCOLS:
        causes.append(unsupported(f"{path}.protocol", protocol, PROTOCOLS))
    if port.get("appProtocol") is not None:
        add_invalid(causes, f"{path}.appProtocol", port["appProtocol"], qualified_name_errors(port["appProtocol"]))


def validate_endpointslice_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    immutable(causes, "addressType", new.get("addressType"), old.get("addressType"))
    return causes


def endpointslice_warnings(endpointslice: Obj) -> list[str]:
    if endpointslice.get("addressType") == "FQDN":
        return ["spec.addressType: FQDN endpoints are deprecated"]
    if endpointslice.get("addressType") != "IPv6":
        return []
    return [
        warning
        for index, endpoint in enumerate(endpointslice.get("endpoints") or ())
        for place, address in enumerate(endpoint.get("addresses") or ())
        for warning in ip_warnings(f"endpoints[{index}].addresses[{place}]", address)
    ]


def _row(endpointslice: Obj, now: datetime) -> list[Any]:
    ports = [str(port.get("port") or port.get("name") or "*") for port in endpointslice.get("ports") or ()]
    addresses = [address for endpoint in endpointslice.get("endpoints") or ()
                 for address in endpoint.get("addresses") or ()]  # fmt: skip
    return [
        endpointslice["metadata"].get("name", ""), endpointslice.get("addressType", ""),
        cells.at_most_three(ports, "<unset>"), cells.at_most_three(addresses, "<unset>"),
        cells.age(endpointslice, now),
    ]  # fmt: skip


PRINTER = Printer(
    (
        NAME,
        Column("AddressType", description="What the addresses are."),
        Column("Ports", description="The first ports."),
        Column("Endpoints", description="The first addresses, ready or not."),
        cells.AGE,
    ),
    _row,
)
ENDPOINTSLICE = Kind(
    group="discovery.k8s.io", version="v1", kind="EndpointSlice", plural="endpointslices", singular="endpointslice",
    namespaced=True, definition="io.k8s.api.discovery.v1.EndpointSlice", printer=PRINTER, has_generation=True,
    default=default_endpointslice, prepare=prepare_endpointslice, prepare_update=prepare_endpointslice_update,
    validate=validate_endpointslice, validate_update=validate_endpointslice_update,
    warnings=endpointslice_warnings,
)  # fmt: skip
