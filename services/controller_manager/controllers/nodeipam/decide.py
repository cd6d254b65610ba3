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
    taken = {_number(observed, text) for node in observed.nodes for text in ranges_of(node)}
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


def _number(observed: Observed, text: str) -> int:
    """Which share of the cluster's range this is; -1 for one outside it."""
    network = ip_network(text, strict=False)
    if not isinstance(network, IPv4Network) or not network.subnet_of(observed.cluster):
        return -1
    return (int(network.network_address) - int(observed.cluster.network_address)) >> (32 - observed.mask)
