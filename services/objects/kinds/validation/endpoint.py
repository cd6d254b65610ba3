"""The address and the protocol of something that listens."""

from __future__ import annotations

import ipaddress

from services.objects import names
from services.objects.kinds.validation.field import Causes, add_invalid, invalid

PROTOCOLS = ("SCTP", "TCP", "UDP")
_LOCAL_MULTICAST = ipaddress.ip_network("224.0.0.0/24")


def validate_endpoint_ip(causes: Causes, path: str, address: str) -> None:
    """An address that others can reach: none that means this machine or this link."""
    if errors := names.is_ip(address):
        add_invalid(causes, path, address, errors)
        return
    ip = ipaddress.ip_address(address)
    if ip.is_unspecified:
        causes.append(invalid(path, address, f"may not be unspecified ({address})"))
    if ip.is_loopback:
        causes.append(invalid(path, address, "may not be in the loopback range (127.0.0.0/8, ::1/128)"))
    if ip.is_link_local:
        causes.append(invalid(path, address, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"))
    if ip.is_multicast and (ip.version == 4 and ip in _LOCAL_MULTICAST):
        causes.append(invalid(path, address, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"))
