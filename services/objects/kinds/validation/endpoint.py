"""What listens somewhere: its address, its port, and the protocol that is spoken there."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

from services.objects import names
from services.objects.kinds.validation.field import Causes, add_invalid
from services.objects.kinds.validation.texts import addresses
from services.objects.memo import remembered

PROTOCOLS = ("SCTP", "TCP", "UDP")
_LOCAL_MULTICAST_4 = ipaddress.ip_network("224.0.0.0/24")
_LOCAL_MULTICAST_6 = ipaddress.ip_network("ff02::/16")
_MOST_ADDRESSES = 16384  # those of EndpointSlices come again with each change of one of them


@remembered(_MOST_ADDRESSES)
def family(address: str) -> int:
    """4 or 6; 0 when it is no address."""
    parsed = addresses.parse(address)
    return 0 if parsed is None else parsed.version


def cidr_family(cidr: str) -> int:
    """4 or 6; 0 when it is no CIDR."""
    network = addresses.network(cidr)
    return 0 if network is None else network.version


def is_dual_stack(given: Sequence[str]) -> bool:
    return {family(address) for address in given} >= {4, 6}


@remembered()
def _ip_errors(address: str) -> tuple[str, ...]:
    return tuple(addresses.ip_errors(address))


def validate_ip(causes: Causes, path: str, address: str) -> None:
    if errors := _ip_errors(address):
        add_invalid(causes, path, address, errors)


def validate_cidr(causes: Causes, path: str, cidr: str) -> None:
    add_invalid(causes, path, cidr, addresses.cidr_errors(cidr))


def validate_port(causes: Causes, path: str, port: Any) -> None:
    """A port by number or by name."""
    errors = names.is_port_name(port) if isinstance(port, str) else names.is_port_number(port)
    if errors:
        add_invalid(causes, path, port, errors)


def validate_endpoint_ip(causes: Causes, path: str, address: str) -> None:
    """An address that others can reach: none that means this machine or this link."""
    if errors := _endpoint_errors(address):
        add_invalid(causes, path, address, errors)


@remembered(_MOST_ADDRESSES)
def _endpoint_errors(address: str) -> tuple[str, ...]:
    ip = addresses.parse(address)
    if ip is None or _ip_errors(address):
        return _ip_errors(address)
    errors = []
    if ip.is_unspecified:
        errors.append(f"may not be unspecified ({address})")
    if ip.is_loopback:
        errors.append("may not be in the loopback range (127.0.0.0/8, ::1/128)")
    if ip.is_link_local:
        errors.append("may not be in the link-local range (169.254.0.0/16, fe80::/10)")
    if ip in (_LOCAL_MULTICAST_4 if ip.version == 4 else _LOCAL_MULTICAST_6):
        errors.append("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
    return tuple(errors)
