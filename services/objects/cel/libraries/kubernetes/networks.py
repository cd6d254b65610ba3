"""Networks in CIDR notation; bits after the prefix may be set, `masked()` clears them."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

from services.objects.cel.checking.overloads import Overload
from services.objects.cel.errors import EvaluationError
from services.objects.cel.libraries.kubernetes import addresses
from services.objects.cel.libraries.kubernetes.addresses import Ip
from services.objects.cel.types import CIDR, Type

_prefix = re.compile(r"0|[1-9][0-9]{0,2}", re.ASCII).fullmatch


class Network(NamedTuple):
    address: addresses.Address
    bits: int

    @property
    def cel_type(self) -> Type:
        return CIDR

    @property
    def octets(self) -> int:
        """Of the prefix."""
        return -(-self.bits // 8)

    def masked(self) -> Network:
        width = self.address.max_prefixlen
        kept = int(self.address) >> (width - self.bits) << (width - self.bits)
        return Network(type(self.address)(kept), self.bits)

    def contains(self, address: addresses.Address) -> bool:
        if address.version != self.address.version:
            return False
        unused = self.address.max_prefixlen - self.bits
        return int(address) >> unused == int(self.address) >> unused

    def __str__(self) -> str:
        return f"{self.address}/{self.bits}"


def parse(text: str) -> Network:
    """Raises EvaluationError."""
    shown, slash, bits = text.rpartition("/")
    wrong = "network address parse error during conversion from string: "
    try:
        address = ipaddress.ip_address(shown)
        if not slash or _prefix(bits) is None or int(bits) > address.max_prefixlen or "%" in shown:
            raise ValueError
    except ValueError:
        raise EvaluationError(f'{wrong}{wrong}netip.ParsePrefix("{text}"): unable to parse') from None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        raise EvaluationError(f'{wrong}IPv4-mapped IPv6 address "{text}" is not allowed')
    return Network(address, int(bits))


def _is_cidr(text: str) -> bool:
    try:
        parse(text)
    except EvaluationError:
        return False
    return True


def _contains_cidr(network: Network, other: Network) -> bool:
    return network.contains(other.address) and network.bits <= other.bits


OVERLOADS = (
    Overload("string_to_cidr", "cidr(string) -> CIDR", parse),
    Overload("is_cidr", "isCIDR(string) -> bool", _is_cidr),
    Overload("cidr_contains_ip_string", "CIDR.containsIP(string) -> bool",
             lambda network, text: network.contains(addresses.parse(text).address)),
    Overload("cidr_contains_ip_ip", "CIDR.containsIP(IP) -> bool", lambda network, ip: network.contains(ip.address)),
    Overload("cidr_contains_cidr_string", "CIDR.containsCIDR(string) -> bool",
             lambda network, text: _contains_cidr(network, parse(text))),
    Overload("cidr_contains_cidr", "CIDR.containsCIDR(CIDR) -> bool", _contains_cidr),
    Overload("cidr_ip", "CIDR.ip() -> IP", lambda network: Ip(network.address)),
    Overload("cidr_prefix_length", "CIDR.prefixLength() -> int", lambda network: network.bits),
    Overload("cidr_masked", "CIDR.masked() -> CIDR", Network.masked),
    Overload("cidr_to_string", "string(CIDR) -> string", str),
)  # fmt: skip
