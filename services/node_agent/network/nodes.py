"""What the Node objects say about the pod network: each node's podCIDR and address; pure."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple

from services.objects.meta import Obj


class Site(NamedTuple):
    """A node as the network sees it; either may be missing for a node that has just registered."""

    cidr: IPv4Network | None
    address: IPv4Address | None


def site_of(node: Obj) -> Site:
    spec, status = node.get("spec") or {}, node.get("status") or {}
    cidrs = spec.get("podCIDRs") or [spec.get("podCIDR")]
    addresses = [a["address"] for a in status.get("addresses") or () if a.get("type") == "InternalIP"]
    return Site(
        next((IPv4Network(cidr) for cidr in cidrs if cidr and ":" not in cidr), None),
        next((IPv4Address(address) for address in addresses if ":" not in address), None),
    )


def routes(own: str, own_address: IPv4Address, sites: Iterable[tuple[str, Site]]) -> dict[IPv4Network, IPv4Address]:
    """podCIDR of every other node -> the address that leads there."""
    return {
        site.cidr: site.address
        for name, site in sites
        if name != own and site.cidr is not None and site.address is not None and site.address != own_address
    }
