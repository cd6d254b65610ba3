"""Services of type LoadBalancer are balanced by the nodes themselves: their addresses are the ready nodes' own.

Whoever sends to one of them is forwarded by that node's rules. With externalTrafficPolicy Local only nodes that run a
ready endpoint count. A Service with a loadBalancerClass belongs to somebody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from services.controller_manager.plans import Emit, Plan, Step, with_status
from services.objects import conditions
from services.objects.kinds import SERVICE
from services.objects.meta import Obj, is_deleting, labels_of, name_of

EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"


@dataclass(frozen=True, slots=True)
class Observed:
    """`endpoints`: the ready endpoints of the Service, as its EndpointSlices have them."""

    service: Obj
    nodes: Sequence[Obj]
    endpoints: Sequence[Obj]


def decide(observed: Observed, now: datetime) -> Plan:
    service = observed.service
    if is_deleting(service) or service["spec"].get("loadBalancerClass"):
        return Plan()
    balanced = service["spec"].get("type") == "LoadBalancer"
    if balanced and not any(map(_takes_traffic, observed.nodes)):
        return Plan()  # no node is ready: more likely a fault of ours than of all; what is published stays
    ingress = [{"ip": address, "ipMode": "VIP"} for address in _addresses(observed)] if balanced else []
    old = service.get("status") or {}
    status = {**old, "loadBalancer": {"ingress": ingress} if ingress else {}}
    if not (old.get("loadBalancer") or {}).get("ingress") and not ingress:
        return Plan()
    steps: list[Step] = list(with_status(SERVICE, service, status))
    if steps and ingress and not (old.get("loadBalancer") or {}).get("ingress"):
        steps.append(Emit(SERVICE, service, "Normal", "EnsuredLoadBalancer", "Ensured load balancer"))
    return Plan(steps)


def _addresses(observed: Observed) -> list[str]:
    nodes = list(filter(_takes_traffic, observed.nodes))
    if is_local(observed.service):
        local = {endpoint.get("nodeName") for endpoint in observed.endpoints}
        nodes = [node for node in nodes if name_of(node) in local]
    found = {address["address"] for node in nodes for address in (node.get("status") or {}).get("addresses") or ()
             if address.get("type") == "InternalIP" and "." in address["address"]}  # fmt: skip
    return sorted(found, key=ip_address)


def _takes_traffic(node: Obj) -> bool:
    return conditions.is_true(node, "Ready") and not is_deleting(node) and EXCLUDED not in labels_of(node)


def is_local(service: Obj) -> bool:
    return bool(service["spec"].get("externalTrafficPolicy") == "Local")
