"""IP addresses: no zones, no IPv4 inside IPv6, no leading zeros."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

from services.objects.cel.checking.overloads import Overload
from services.objects.cel.errors import EvaluationError
from services.objects.cel.types import IP, Type

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Ip(NamedTuple):
    address: Address

    @property
    def cel_type(self) -> Type:
        return IP


def parse(text: str) -> Ip:
    """Raises EvaluationError."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise EvaluationError(f'IP Address "{text}" parse error during conversion from string: '
                              f'ParseAddr("{text}"): unable to parse IP') from None  # fmt: skip
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            raise EvaluationError(f'IP address "{text}" with zone value is not allowed')
        if address.ipv4_mapped is not None:
            raise EvaluationError(f'IPv4-mapped IPv6 address "{text}" is not allowed')
    return Ip(address)


def _is_ip(text: str) -> bool:
    try:
        parse(text)
    except EvaluationError:
        return False
    return True


def _is_link_local_multicast(ip: Ip) -> bool:
    packed = ip.address.packed
    return packed[:3] == b"\xe0\x00\x00" if len(packed) == 4 else packed[0] == 0xFF and packed[1] & 0x0F == 0x02


def _is_link_local_unicast(ip: Ip) -> bool:
    packed = ip.address.packed
    return packed[:2] == b"\xa9\xfe" if len(packed) == 4 else packed[0] == 0xFE and packed[1] & 0xC0 == 0x80


def _is_global_unicast(ip: Ip) -> bool:
    address = ip.address
    return not (address.is_unspecified or address.is_loopback or address.is_multicast or _is_link_local_unicast(ip)
                or address.packed == b"\xff\xff\xff\xff")  # fmt: skip


OVERLOADS = (
    Overload("string_to_ip", "ip(string) -> IP", parse),
    Overload("is_ip", "isIP(string) -> bool", _is_ip),
    Overload("ip_is_canonical", "ip.isCanonical(string) -> bool", lambda text: str(parse(text).address) == text),
    Overload("ip_family", "IP.family() -> int", lambda ip: ip.address.version),
    Overload("ip_is_unspecified", "IP.isUnspecified() -> bool", lambda ip: ip.address.is_unspecified),
    Overload("ip_is_loopback", "IP.isLoopback() -> bool", lambda ip: ip.address.is_loopback),
    Overload("ip_is_link_local_multicast", "IP.isLinkLocalMulticast() -> bool", _is_link_local_multicast),
    Overload("ip_is_link_local_unicast", "IP.isLinkLocalUnicast() -> bool", _is_link_local_unicast),
    Overload("ip_is_global_unicast", "IP.isGlobalUnicast() -> bool", _is_global_unicast),
    Overload("ip_to_string", "string(IP) -> string", lambda ip: str(ip.address)),
)
