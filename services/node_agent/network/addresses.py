"""Addresses and names of pod interfaces: arithmetic on the node's podCIDR, pure.

The interfaces themselves are the registry of addresses (their alias carries pod uid and address): a file would be a
second truth that a crash between two writes makes wrong. Addresses are given out going round, not lowest first, so that
an address just released rests before a stranger gets it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple

ALIAS_MARK = "pinnace"
NAME_LIMIT = 15  # IFNAMSIZ - 1


class NoFreeAddress(Exception):
    """The podCIDR is used up; a pod has to wait until another one is gone."""


class Tenant(NamedTuple):
    """What the alias of a pod's host-side interface says."""

    uid: str
    address: IPv4Address


def gateway(cidr: IPv4Network) -> IPv4Address:
    """The first address belongs to the bridge."""
    return cidr[1]


def capacity(cidr: IPv4Network) -> int:
    """How many pods have room: all but the network's, the bridge's and the broadcast address."""
    return max(cidr.num_addresses - 3, 0)


def next_free(cidr: IPv4Network, used: Collection[IPv4Address], after: IPv4Address | None) -> IPv4Address:
    """The first free address behind `after`, going round; raises NoFreeAddress."""
    room = capacity(cidr)
    first = int(cidr.network_address) + 2
    start = int(after) - first + 1 if after is not None and after in cidr else 0
    for step in range(room):
        address = IPv4Address(first + (start + step) % room)
        if address not in used:
            return address
    raise NoFreeAddress(f"all {room} addresses of {cidr} are in use")


def host_name(prefix: str, uid: str) -> str:
    """The name of a pod's host-side interface, the same every time: `prefix` and ten hexadecimal digits."""
    name = prefix + hashlib.blake2b(uid.encode(), digest_size=5).hexdigest()
    if len(name) > NAME_LIMIT:
        raise ValueError(f"prefix {prefix!r} makes interface names longer than {NAME_LIMIT} characters")
    return name


def mac_of(address: IPv4Address) -> str:
    """A locally administered MAC made from an address: a bridge without a fixed one changes it with its ports."""
    return "0a:58:" + ":".join(f"{octet:02x}" for octet in address.packed)


def alias_of(tenant: Tenant) -> str:
    return f"{ALIAS_MARK} {tenant.uid} {tenant.address}"


def parse_alias(alias: str | None) -> Tenant | None:
    """None for interfaces that are not ours, or that a crash left before they were marked."""
    words = (alias or "").split(" ")
    if len(words) != 3 or words[0] != ALIAS_MARK:
        return None
    try:
        return Tenant(words[1], IPv4Address(words[2]))
    except ValueError:
        return None
