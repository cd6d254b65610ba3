"""Every node gets a range of pod addresses of its own, the lowest that is free.

All nodes are decided together, so two new nodes never get the same range; a range is free again when its node is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, ip_network

from services.controller_manager.plans import Emit, Patch, Plan, Step
from services.objects.kinds import NODE
from services.objects.meta import Obj, is_deleting, name_of, uid_of


@dataclass(frozen=True, slots=True)
class Observed:
    """All nodes; `cluster` is the range to give from, `mask` the prefix length of a node's share."""

    nodes: Sequence[Obj]
    cluster: IPv4Network
    mask: int


def decide(observed: Observed, now: datetime) -> Plan:
    taken = {number for node in observed.nodes for text in ranges_of(node) for number in _numbers(observed, text)}
    steps: list[Step] = []
    number, size = 0, 1 << (observed.mask - observed.cluster.prefixlen)
    for node in sorted(observed.nodes, key=name_of):
        if ranges_of(node) or is_deleting(node):
            continue
        while number in taken:
            number += 1
        if number >= size:
            message = f"Node {name_of(node)} status is now: CIDRNotAvailable"
            steps.append(Emit(NODE, node, "Normal", "CIDRNotAvailable", message))
            continue
        taken.add(number)
        start = int(observed.cluster.network_address) + (number << (32 - observed.mask))
        cidr = str(IPv4Network((start, observed.mask)))
        steps.append(Patch(NODE, "", name_of(node), {"metadata": {"uid": uid_of(node)},
                                                     "spec": {"podCIDR": cidr, "podCIDRs": [cidr]}}))  # fmt: skip
    return Plan(steps)


def ranges_of(node: Obj) -> list[str]:
    found = node["spec"].get("podCIDRs") or ([node["spec"]["podCIDR"]] if node["spec"].get("podCIDR") else [])
    return list(found)


def _numbers(observed: Observed, text: str) -> range:
    """Which shares of the cluster's range this touches: one that somebody chose may be larger than ours, or smaller."""
    network, cluster = ip_network(text, strict=False), observed.cluster
    if not isinstance(network, IPv4Network) or not network.overlaps(cluster):
        return range(0)
    base, bits = int(cluster.network_address), 32 - observed.mask
    first = max(int(network.network_address), base) - base
    last = min(int(network.broadcast_address), int(cluster.broadcast_address)) - base
    return range(first >> bits, (last >> bits) + 1)
