"""The hostPorts of this node's pods: which ports of the node lead to which pod; pure.

A port leads to its pod from when the pod has its address until that is taken away, or the API has forgotten the pod.
Both come from where they are kept, the API and the kernel, so an agent that starts knows them before it changes a
rule. A proxying process per port was rejected: it would hide the client's address, and end with the agent.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address
from typing import NamedTuple

from services.node_agent.network.proxy.rules import PROTOCOLS, Share
from services.node_agent.network.proxy.ruleset import HAIRPINS, HOST_IP_PORTS, HOST_PORTS
from services.objects.meta import Obj, uid_of


class HostPort(NamedTuple):
    host_ip: str  # "" for all of the node's addresses
    protocol: str
    port: int
    target: int  # the containerPort


class _Wish(NamedTuple):
    order: tuple[str, str, str]
    ports: tuple[HostPort, ...]


def host_ports_of(pod: Obj) -> tuple[HostPort, ...]:
    """Of containers and sidecars. With hostNetwork the containers listen on the node themselves.

    A hostIP that is no IPv4 address leads nowhere here (nobody checks it before); users are warned by the API.
    """
    spec = pod.get("spec") or {}
    if spec.get("hostNetwork"):
        return ()
    sidecars = (each for each in spec.get("initContainers") or () if each.get("restartPolicy") == "Always")
    ports = (port for each in (*(spec.get("containers") or ()), *sidecars) for port in each.get("ports") or ())
    return tuple(made for port in ports if port.get("hostPort") and (made := _host_port(port)) is not None)


def _host_port(port: Obj) -> HostPort | None:
    protocol = port.get("protocol") or "TCP"
    try:
        ip = IPv4Address(port.get("hostIP") or 0)
    except AddressValueError:
        return None
    if protocol not in PROTOCOLS:
        return None
    return HostPort("" if ip.is_unspecified else str(ip), protocol, port["hostPort"], port["containerPort"])


class HostPorts:
    """Pure state. Every change returns whether the rules change with it."""

    def __init__(self) -> None:
        self._wishes: dict[str, _Wish] = {}  # by the pod's uid; only of pods that want some
        self._addresses: dict[str, str] = {}

    def set_pod(self, pod: Obj) -> bool:
        metadata, uid = pod["metadata"], uid_of(pod)
        order = (metadata.get("creationTimestamp") or "", metadata.get("namespace", ""), metadata["name"])
        wish = _Wish(order, host_ports_of(pod))
        if not wish.ports or self._wishes.get(uid) == wish:
            return False
        self._wishes[uid] = wish
        return uid in self._addresses

    def remove_pod(self, uid: str) -> bool:
        return self._wishes.pop(uid, None) is not None and uid in self._addresses

    def attach(self, uid: str, address: str) -> bool:
        changed = self._addresses.get(uid) != address
        self._addresses[uid] = address
        return changed and uid in self._wishes

    def detach(self, uid: str) -> bool:
        return self._addresses.pop(uid, None) is not None and uid in self._wishes

    def shares(self) -> Iterator[Share]:
        """One for each pod whose ports are open."""
        for uid, wish in self._wishes.items():
            if uid in self._addresses:
                yield share_of(wish.order, wish.ports, self._addresses[uid])


def share_of(order: tuple[str, str, str], ports: tuple[HostPort, ...], address: str) -> Share:
    share = Share(order)
    for host_ip, protocol, port, target in ports:
        key = f"{protocol.lower()} . {port}"
        element = (HOST_IP_PORTS, f"{host_ip} . {key}") if host_ip else (HOST_PORTS, key)
        share.elements[element] = f"{address} . {target}"
        share.elements[HAIRPINS, f"{address} . {address}"] = ""
        if protocol == "UDP":
            share.flows[host_ip, port] = frozenset({(address, target)})
    return share
