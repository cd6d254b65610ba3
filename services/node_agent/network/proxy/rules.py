"""What one Service contributes to the ruleset, and how many are put together; pure.

Per port of a Service there is a chain `svc-` that balances over all endpoints, `loc-` over those of this node where a
policy asks for that, and `ext-` in front of them for traffic from outside. With session affinity each endpoint has a
chain `ep-` and a set of the clients it serves. Names carry a hash of what they stand for, and enough of its name for a
human who reads the table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from services.node_agent.network.proxy import endpoints as eps
from services.node_agent.network.proxy.conntrack import Flow, Target
from services.node_agent.network.proxy.endpoints import Endpoint
from services.node_agent.network.proxy.ruleset import (
    CLUSTER_IPS,
    EMPTY_IPS,
    EMPTY_NODE_PORTS,
    HAIRPINS,
    LOCAL_CIDRS,
    NODE_PORTS,
    POD_CIDRS,
    REJECT,
    SERVICE_IPS,
    SERVICE_MARK,
    Element,
    Ruleset,
)
from services.objects.meta import Obj

AFFINITY_SECONDS = 10800
PROTOCOLS = ("TCP", "UDP", "SCTP")
MARK = f"ct mark set ct mark or {SERVICE_MARK:#x}"


@dataclass(slots=True)
class Share:
    """One Service's part. `flows`: where each UDP port leads, for the removal of stale connection tracking."""

    order: tuple[str, str, str]  # who keeps an address and port that two claim: the older one
    chains: dict[str, tuple[str, ...]] = field(default_factory=dict)
    elements: dict[Element, str] = field(default_factory=dict)
    affinity: dict[str, int] = field(default_factory=dict)
    flows: dict[Flow, frozenset[Target]] = field(default_factory=dict)


def share_of(service: Obj, slices: Sequence[Obj], node: str, reserved: str = "") -> Share:
    """`reserved` is an address that is served otherwise (the cluster's DNS) and left alone."""
    metadata, spec = service["metadata"], service.get("spec") or {}
    share = Share((metadata.get("creationTimestamp") or "", metadata.get("namespace", ""), metadata["name"]))
    if spec.get("type") == "ExternalName":
        return share
    cluster_ips = [ip for ip in _cluster_ips(spec) if ip != reserved]
    for ip in cluster_ips:
        share.elements[CLUSTER_IPS, ip] = ""
    for port in spec.get("ports") or ():
        if (port.get("protocol") or "TCP") in PROTOCOLS and cluster_ips:
            _add_port(share, service, port, slices, node, cluster_ips)
    return share


def merge(shares: Iterable[Share], pod_cidrs: Iterable[str], local_cidrs: Iterable[str]) -> Ruleset:
    """One ruleset of all shares; of two that claim the same address and port the older Service keeps it."""
    chains: dict[str, tuple[str, ...]] = {}
    elements: dict[Element, str] = {(POD_CIDRS, cidr): "" for cidr in sorted(pod_cidrs)}
    elements.update({(LOCAL_CIDRS, cidr): "" for cidr in sorted(local_cidrs)})
    affinity: dict[str, int] = {}
    for share in sorted(shares, key=lambda share: share.order):
        chains.update(share.chains)
        affinity.update(share.affinity)
        for element, value in share.elements.items():
            elements.setdefault(element, value)
    return Ruleset(chains, elements, affinity)


def _add_port(share: Share, service: Obj, port: Obj, slices: Sequence[Obj], node: str, cluster_ips: list[str]) -> None:
    spec = service["spec"]
    protocol = (port.get("protocol") or "TCP").lower()
    everywhere = eps.endpoints_of(slices, port.get("name") or "", protocol.upper(), node)
    serving = eps.eligible(everywhere)
    here = eps.eligible([endpoint for endpoint in everywhere if endpoint.local])
    tail = _tail(service, port, protocol)
    for endpoint in here:
        share.elements[HAIRPINS, f"{endpoint.address} . {endpoint.address}"] = ""

    sticky = _affinity(spec)
    if serving:
        _balance(share, f"svc-{tail}", protocol, serving, sticky, tail)
    inside_local = spec.get("internalTrafficPolicy") == "Local"
    outside_local = spec.get("externalTrafficPolicy") == "Local"
    if here and (inside_local or outside_local):
        _balance(share, f"loc-{tail}", protocol, here, sticky, tail)

    inside = _verdict(f"loc-{tail}" if inside_local else f"svc-{tail}", here if inside_local else serving, serving)
    for ip in cluster_ips:
        _lead(share, ip, protocol, port["port"], inside, here if inside_local else serving)

    outside_ips = [*_external_ips(spec), *_ingress_ips(service)]
    node_port = port.get("nodePort") or 0
    if not outside_ips and not node_port:
        return
    if serving:
        share.chains[f"ext-{tail}"] = _external(tail, outside_local, bool(here))
    outside = f"goto ext-{tail}" if serving else ""
    for ip in _external_ips(spec):
        _lead(share, ip, protocol, port["port"], outside, serving)
    guarded = _guard(share, spec, tail) if serving else outside
    for ip in _ingress_ips(service):
        _lead(share, ip, protocol, port["port"], guarded, serving)
    if node_port:
        _lead(share, "", protocol, node_port, outside, serving)


def _lead(share: Share, ip: str, protocol: str, port: int, verdict: str, targets: Sequence[Endpoint]) -> None:
    """One entry for `ip` (or the node's addresses, when "") and port; without a verdict it is refused."""
    key = f"{ip} . {protocol} . {port}" if ip else f"{protocol} . {port}"
    if verdict:
        share.elements[SERVICE_IPS if ip else NODE_PORTS, key] = verdict
    else:
        share.elements[EMPTY_IPS if ip else EMPTY_NODE_PORTS, key] = f"goto {REJECT}"
    if protocol == "udp":
        share.flows[ip, port] = frozenset((endpoint.address, endpoint.port) for endpoint in targets)


def _verdict(chain: str, targets: Sequence[Endpoint], anywhere: Sequence[Endpoint]) -> str:
    """Refused when there is no endpoint at all; dropped when a Local policy hides those there are (like kube-proxy)."""
    if targets:
        return f"goto {chain}"
    return "drop" if anywhere else ""


def _external(tail: str, local_only: bool, any_here: bool) -> tuple[str, ...]:
    """From outside: the source becomes this node's, unless the policy is to stay here and keep it."""
    if not local_only:
        return (MARK, f"goto svc-{tail}")
    return (
        f"ip saddr @{POD_CIDRS} goto svc-{tail}",
        f"fib saddr type local {MARK} goto svc-{tail}",
        f"goto loc-{tail}" if any_here else "drop",
    )


def _guard(share: Share, spec: Obj, tail: str) -> str:
    """loadBalancerSourceRanges in front of a load balancer's addresses."""
    ranges = [r.strip() for r in spec.get("loadBalancerSourceRanges") or () if ":" not in r]
    if not ranges or spec.get("type") != "LoadBalancer":
        return f"goto ext-{tail}"
    allowed = ", ".join(sorted(set(ranges)))
    share.chains[f"fw-{tail}"] = (f"ip saddr {{ {allowed} }} goto ext-{tail}", "drop")
    return f"goto fw-{tail}"


def _balance(share: Share, chain: str, protocol: str, targets: Sequence[Endpoint], sticky: int, tail: str) -> None:
    if not sticky:
        share.chains[chain] = (_dnat(protocol, targets),)
        return
    stations = [_station(share, protocol, endpoint, sticky, tail) for endpoint in targets]
    returning = [f"ip saddr @{clients} goto {station}" for station, clients in stations]
    share.chains[chain] = (*returning, _pick([station for station, _ in stations]))


def _station(share: Share, protocol: str, endpoint: Endpoint, sticky: int, tail: str) -> tuple[str, str]:
    """The chain and the set of clients of one endpoint with session affinity."""
    mark = _hash(f"{tail} {endpoint.address} {endpoint.port} {sticky}")
    station, clients = f"ep-{mark}", f"clients-{mark}"
    share.affinity[clients] = sticky
    share.chains[station] = (f"update @{clients} {{ ip saddr }}", _dnat(protocol, [endpoint]))
    return station, clients


def _dnat(protocol: str, targets: Sequence[Endpoint]) -> str:
    if len(targets) == 1:
        return f"meta l4proto {protocol} dnat ip to {targets[0].address}:{targets[0].port}"
    places = ", ".join(f"{n} : {target.address} . {target.port}" for n, target in enumerate(targets))
    return f"meta l4proto {protocol} dnat ip to numgen random mod {len(targets)} map {{ {places} }}"


def _pick(chains: Sequence[str]) -> str:
    if len(chains) == 1:
        return f"goto {chains[0]}"
    places = ", ".join(f"{n} : goto {chain}" for n, chain in enumerate(chains))
    return f"numgen random mod {len(chains)} vmap {{ {places} }}"


def _affinity(spec: Obj) -> int:
    """Seconds; 0 without session affinity."""
    if spec.get("sessionAffinity") != "ClientIP":
        return 0
    client_ip = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
    return client_ip.get("timeoutSeconds") or AFFINITY_SECONDS


def _cluster_ips(spec: Obj) -> list[str]:
    given = spec.get("clusterIPs") or [spec.get("clusterIP")]
    return [ip for ip in given if ip and ip != "None" and ":" not in ip]


def _external_ips(spec: Obj) -> list[str]:
    return [ip for ip in spec.get("externalIPs") or () if ":" not in ip]


def _ingress_ips(service: Obj) -> list[str]:
    """The load balancer's addresses, but those whose balancer ends connections itself (ipMode Proxy)."""
    if service["spec"].get("type") != "LoadBalancer":
        return []
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    own = [item for item in ingress if item.get("ipMode") != "Proxy"]
    return [item["ip"] for item in own if item.get("ip") and ":" not in item["ip"]]


def _tail(service: Obj, port: Obj, protocol: str) -> str:
    metadata = service["metadata"]
    readable = f"{metadata.get('namespace', '')}.{metadata['name']}"
    whole = f"{readable}.{port.get('name') or ''}.{protocol}.{port['port']}"
    return f"{_hash(whole)}-{readable[:60]}"


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
