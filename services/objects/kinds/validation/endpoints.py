"""The rules of Endpoints and EndpointSlices."""

from __future__ import annotations

import ipaddress

from services.objects import names
from services.objects.kinds.validation.containers import PROTOCOLS
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
from services.objects.kinds.validation.labels import qualified_name_errors
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.kinds.validation.services import validate_endpoint_ip
from services.objects.meta import Obj

_ADDRESS_TYPES = ("FQDN", "IPv4", "IPv6")
_MOST_ENDPOINTS, _MOST_ADDRESSES, _MOST_PORTS = 1000, 100, 20000


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
            add_invalid(causes, where, address, names.is_dns1123_subdomain(address.removesuffix(".")))
        elif address_type in ("IPv4", "IPv6"):
            if _version(address) != int(address_type[-1]):
                causes.append(invalid(where, address, f"must be a valid {address_type} address"))
            else:
                validate_endpoint_ip(causes, where, address)
    if endpoint.get("nodeName"):
        add_invalid(causes, f"{path}.nodeName", endpoint["nodeName"], names.is_dns1123_subdomain(endpoint["nodeName"]))
    if endpoint.get("hostname"):
        add_invalid(causes, f"{path}.hostname", endpoint["hostname"], names.is_dns1123_label(endpoint["hostname"]))
    for index, zone in enumerate((endpoint.get("hints") or {}).get("forZones") or ()):
        if not zone.get("name"):
            causes.append(required(f"{path}.hints.forZones[{index}].name"))


def _version(address: str) -> int:
    """4 or 6; 0 when it is no address."""
    try:
        return ipaddress.ip_address(address).version
    except ValueError:
        return 0


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
    if port.get("appProtocol"):
        add_invalid(causes, f"{path}.appProtocol", port["appProtocol"], qualified_name_errors(port["appProtocol"]))


def validate_endpointslice_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    immutable(causes, "addressType", new.get("addressType"), old.get("addressType"))
    return causes
