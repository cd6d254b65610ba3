"""The nftables rules of a node as a value, and the text that makes one from nothing or from another; pure.

One table of our own holds everything. Packets find their Service by one look-up in a map, however many there are; each
port of a Service is a chain. Between two values only what differs is sent, in one transaction, so that a change of one
Service among thousands costs nothing and tables of session affinity live on. iptables was rejected: linear chains, and
whole-table restores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

# In the connection mark: this connection came to a Service from outside, its source must become this node's.
SERVICE_MARK = 0x2000

SERVICE_IPS = "service-ips"
NODE_PORTS = "service-nodeports"
EMPTY_IPS = "no-endpoint-services"
EMPTY_NODE_PORTS = "no-endpoint-nodeports"
CLUSTER_IPS = "cluster-ips"
HOST_PORTS = "host-ports"
HOST_IP_PORTS = "host-ip-ports"
POD_CIDRS = "pod-cidrs"  # of all nodes
LOCAL_CIDRS = "local-pod-cidrs"  # of this node
HAIRPINS = "hairpins"  # pods of this node, each with itself: connections to itself by way of a Service or a hostPort
REJECT = "reject-service"

Element = tuple[str, str]  # (map or set, key)


class Interfaces(NamedTuple):
    bridge: str
    node_ip: str
    dns_ip: str  # the cluster's DNS server, which listens on every node


@dataclass(frozen=True)
class Ruleset:
    """What changes over time. `elements` have "" as value in sets; `affinity` are dynamic sets with their seconds."""

    chains: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    elements: Mapping[Element, str] = field(default_factory=dict)
    affinity: Mapping[str, int] = field(default_factory=dict)


def replacement(table: str, interfaces: Interfaces, wanted: Ruleset) -> str:
    """A transaction that makes the whole table, whatever was there."""
    lines = [f"add table ip {table}", f"delete table ip {table}", *_skeleton(table, interfaces)]
    return "\n".join([*lines, *_transition(table, Ruleset(), wanted)]) + "\n"


def change(table: str, present: Ruleset, wanted: Ruleset) -> str:
    """A transaction that turns one into the other; "" when there is nothing to do."""
    lines = list(_transition(table, present, wanted))
    return "\n".join(lines) + "\n" if lines else ""


def removal(table: str) -> str:
    """Adding first makes the deletion idempotent (`destroy` wants a newer kernel)."""
    return f"add table ip {table}\ndelete table ip {table}\n"


def _transition(table: str, present: Ruleset, wanted: Ruleset) -> Iterable[str]:
    """Order matters: what is referred to comes before and goes after what refers to it."""
    for name, seconds in wanted.affinity.items():
        if name not in present.affinity:
            yield f"add set ip {table} {name} {{ type ipv4_addr; flags dynamic,timeout; timeout {seconds}s; }}"
    for name in wanted.chains:
        if name not in present.chains:
            yield f"add chain ip {table} {name}"
    for name, rules in wanted.chains.items():
        if present.chains.get(name) == rules:
            continue
        if name in present.chains:
            yield f"flush chain ip {table} {name}"
        for rule in rules:
            yield f"add rule ip {table} {name} {rule}"
    for element, value in present.elements.items():
        if wanted.elements.get(element) != value:
            yield f"delete element ip {table} {element[0]} {{ {element[1]} }}"
    for element, value in wanted.elements.items():
        if present.elements.get(element) != value:
            yield f"add element ip {table} {element[0]} {{ {element[1]}{' : ' + value if value else ''} }}"
    gone = [name for name in present.chains if name not in wanted.chains]
    for name in gone:
        yield f"flush chain ip {table} {name}"
    for name in gone:
        yield f"delete chain ip {table} {name}"
    for name in present.affinity:
        if name not in wanted.affinity:
            yield f"delete set ip {table} {name}"


def _skeleton(table: str, interfaces: Interfaces) -> list[str]:
    """Sets, maps and the chains at the kernel's hooks: what does not depend on Services."""
    mark = f"{SERVICE_MARK:#x}"
    local = f"fib daddr type local ip daddr != {interfaces.dns_ip} meta l4proto {{ tcp, udp, sctp }}"
    services = (
        # To a ClusterIP from beyond the cluster: the answer has to come back this way.
        f"ip daddr @{CLUSTER_IPS} ip saddr != @{POD_CIDRS} fib saddr type != local ct mark set ct mark or {mark}",
        f"ip daddr . meta l4proto . th dport vmap @{SERVICE_IPS}",
        f"fib daddr type local meta l4proto . th dport vmap @{NODE_PORTS}",
        # hostPorts; one that is 53 is not to take the cluster's DNS away.
        f"{local} dnat ip to ip daddr . meta l4proto . th dport map @{HOST_IP_PORTS}",
        f"{local} dnat ip to meta l4proto . th dport map @{HOST_PORTS}",
    )
    refused = (
        f"ct state new ip daddr . meta l4proto . th dport vmap @{EMPTY_IPS}",
        f"ct state new fib daddr type local meta l4proto . th dport vmap @{EMPTY_NODE_PORTS}",
        # Past translation and still to a ClusterIP: a port the Service does not have.
        f"ct state new ip daddr @{CLUSTER_IPS} reject",
    )
    chains: dict[str, tuple[str, tuple[str, ...]]] = {
        REJECT: ("", ("reject",)),
        "services": ("", services),
        "refused": ("", refused),
        # NodePorts and hostPorts answer on loopback because of route_localnet; nothing from outside may use that.
        "raw-prerouting": (_hook("filter", "prerouting", "raw"), ('iifname != "lo" ip daddr 127.0.0.0/8 drop',)),
        "nat-prerouting": (_hook("nat", "prerouting", "dstnat"), ("jump services",)),
        "nat-output": (_hook("nat", "output", "-100"), ("jump services",)),
        "nat-postrouting": (
            _hook("nat", "postrouting", "srcnat"),
            (
                f"ct mark and {mark} == {mark} masquerade",
                f'oifname "{interfaces.bridge}" ip saddr . ip daddr @{HAIRPINS} masquerade',
                # From the node's loopback to a hostPort: no answer comes back to such an address.
                f'oifname "{interfaces.bridge}" ip saddr 127.0.0.0/8 masquerade',
                f'ip saddr @{LOCAL_CIDRS} ip daddr != @{POD_CIDRS} ip daddr != 224.0.0.0/4 '
                f'oifname != "{interfaces.bridge}" masquerade',
            ),
        ),
        "filter-input": (_hook("filter", "input", "filter"), ("jump refused",)),
        "filter-forward": (_hook("filter", "forward", "filter"), ("jump refused",)),
        "filter-output": (_hook("filter", "output", "filter"), ("jump refused",)),
    }
    lines = [
        f"add table ip {table}",
        f"add set ip {table} {POD_CIDRS} {{ type ipv4_addr; flags interval; auto-merge; }}",
        f"add set ip {table} {LOCAL_CIDRS} {{ type ipv4_addr; flags interval; auto-merge; }}",
        f"add set ip {table} {CLUSTER_IPS} {{ type ipv4_addr; }}",
        f"add set ip {table} {HAIRPINS} {{ type ipv4_addr . ipv4_addr; }}",
        f"add map ip {table} {SERVICE_IPS} {{ type ipv4_addr . inet_proto . inet_service : verdict; }}",
        f"add map ip {table} {NODE_PORTS} {{ type inet_proto . inet_service : verdict; }}",
        f"add map ip {table} {HOST_PORTS} {{ type inet_proto . inet_service : ipv4_addr . inet_service; }}",
        f"add map ip {table} {HOST_IP_PORTS} "
        "{ type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }",
        f"add map ip {table} {EMPTY_IPS} {{ type ipv4_addr . inet_proto . inet_service : verdict; }}",
        f"add map ip {table} {EMPTY_NODE_PORTS} {{ type inet_proto . inet_service : verdict; }}",
    ]
    lines += [f"add chain ip {table} {name}{declaration}" for name, (declaration, _) in chains.items()]
    lines += [f"add rule ip {table} {name} {rule}" for name, (_, rules) in chains.items() for rule in rules]
    return lines


def _hook(kind: str, hook: str, priority: str) -> str:
    return f" {{ type {kind} hook {hook} priority {priority}; policy accept; }}"
