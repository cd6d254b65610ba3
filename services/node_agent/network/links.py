"""Interfaces and routes by netlink: the bridge, a veth per pod, the DNS address, the ways to other nodes.

Pods get their address as a /32 and reach everything by way of the bridge's address. All pod traffic is therefore
routed, and the address translation of Services sees both directions whether or not br_netfilter is loaded; with an
on-link subnet two pods would answer each other behind its back. All calls block and run on one thread, one after the
other.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from services.node_agent.network import addresses, namespace, sysctls
from services.node_agent.network.addresses import Tenant

ROUTE_PROTOCOL = 119  # marks the routes that are ours, as routing daemons do
POD_INTERFACE = "eth0"
GONE = (errno.ENODEV, errno.ENOENT, errno.ESRCH)


class Links:
    """The interfaces of one node in the network namespace of the calling thread."""

    def __init__(self, bridge: str, dns_link: str, prefix: str) -> None:
        self.bridge = bridge
        self.dns_link = dns_link
        self.prefix = prefix
        self._last: IPv4Address | None = None

    # --- the node ---

    def uplink(self, node_ip: IPv4Address) -> str | None:
        """The interface that carries the node's address; None if none does (an address behind NAT)."""
        with _netlink() as ip:
            for message in ip.get_addr(family=2):
                if message.get("local") == str(node_ip):
                    return _name_of(ip, message["index"])
        return None

    def ensure_bridge(self, cidr: IPv4Network, mtu_of: str | None) -> None:
        """The bridge with the first address of `cidr`, up. Addresses of an older podCIDR stay while pods live in it."""
        wanted = IPv4Interface((addresses.gateway(cidr), cidr.prefixlen))
        with _netlink() as ip:
            index = _index(ip, self.bridge)
            if index is None:
                mac = addresses.mac_of(wanted.ip)
                ip.link("add", ifname=self.bridge, kind="bridge", address=mac, br_stp_state=0, br_forward_delay=0)
                index = _index_or_raise(ip, self.bridge)
            mtu = _mtu(ip, mtu_of)
            ip.link("set", index=index, state="up", **({"mtu": mtu} if mtu else {}))
            present = _addresses(ip, index)
            if wanted not in present:
                ip.addr("add", index=index, address=str(wanted.ip), prefixlen=cidr.prefixlen)
            inhabited = {tenant.address for tenant in self._tenants(ip).values()}
            for old in present - {wanted}:
                if not any(address in old.network for address in inhabited):
                    ip.addr("del", index=index, address=str(old.ip), prefixlen=old.network.prefixlen)
        sysctls.write(f"ipv4/conf/{self.bridge}/send_redirects", "0")
        sysctls.write(f"ipv4/conf/{self.bridge}/rp_filter", "0")

    def bridge_cidrs(self) -> list[IPv4Network]:
        """The podCIDRs the bridge stands in: what an agent knows after a restart before the apiserver answers."""
        with _netlink() as ip:
            index = _index(ip, self.bridge)
            return sorted(a.network for a in _addresses(ip, index)) if index is not None else []

    def ensure_dns_link(self, address: IPv4Address) -> None:
        """An interface that holds the cluster's DNS address, so that a socket can be bound to it.

        It is a bridge without ports: kernels without the dummy driver exist, and a bridge is needed anyway.
        """
        with _netlink() as ip:
            index = _index(ip, self.dns_link)
            if index is None:
                ip.link("add", ifname=self.dns_link, kind="bridge")
                index = _index_or_raise(ip, self.dns_link)
            ip.link("set", index=index, state="up")
            present = _addresses(ip, index)
            wanted = IPv4Interface((address, 32))
            if wanted not in present:
                ip.addr("add", index=index, address=str(address), prefixlen=32)
            for old in present - {wanted}:
                ip.addr("del", index=index, address=str(old.ip), prefixlen=old.network.prefixlen)

    def remove_all(self) -> None:
        """Pods' interfaces, the bridge, the DNS interface and our routes; what is not there is no error."""
        with _netlink() as ip:
            for name in self._tenants(ip):
                _delete(ip, name)
            for name in (self.bridge, self.dns_link):
                _delete(ip, name)
        self.set_routes({})

    # --- other nodes ---

    def set_routes(self, wanted: Mapping[IPv4Network, IPv4Address]) -> dict[IPv4Network, str]:
        """Exactly these routes of ours: podCIDR by way of a node's address. Returns the refused ones, and why."""
        refused: dict[IPv4Network, str] = {}
        with _netlink() as ip:
            present = _our_routes(ip)
            for cidr in present.keys() - wanted.keys():
                _ignore_gone(ip.route, "del", dst=str(cidr), proto=ROUTE_PROTOCOL)
            for cidr, via in wanted.items():
                if present.get(cidr) == via:
                    continue
                try:
                    ip.route("replace", dst=str(cidr), gateway=str(via), proto=ROUTE_PROTOCOL)
                except NetlinkError as error:
                    refused[cidr] = f"route to {cidr} by way of {via}: {error.args[-1]}"
        return refused

    # --- pods ---

    def tenants(self) -> dict[str, IPv4Address]:
        """Pod uid -> address of every pod interface there is."""
        with _netlink() as ip:
            return {tenant.uid: tenant.address for tenant in self._tenants(ip).values()}

    def attach(self, uid: str, target: Path, cidr: IPv4Network, mtu_of: str | None) -> IPv4Address:
        """Gives the namespace at `target` its interface and address; the same again when it has them already.

        Raises NoFreeAddress, and OSError (FileNotFoundError when the namespace's process is gone).
        """
        descriptor = os.open(target, os.O_RDONLY | os.O_CLOEXEC)
        try:
            with _netlink() as ip:
                return self._attach(ip, uid, descriptor, cidr, _mtu(ip, mtu_of))
        finally:
            os.close(descriptor)

    def detach(self, uid: str) -> None:
        """Idempotent; the address is free from then on."""
        with _netlink() as ip:
            _delete(ip, addresses.host_name(self.prefix, uid))

    def _attach(self, ip: Any, uid: str, descriptor: int, cidr: IPv4Network, mtu: int) -> IPv4Address:
        name = addresses.host_name(self.prefix, uid)
        tenants = self._tenants(ip)
        present = tenants.get(name)
        bridge = _index_or_raise(ip, self.bridge)
        if present is not None and present.address in cidr:
            index = _index(ip, name)
            address = present.address
            if index is not None and _is_configured(descriptor, address, index):
                self._plug(ip, index, bridge)
                return address
        else:
            used = {tenant.address for tenant in tenants.values()}
            address = addresses.next_free(cidr, used, self._last or max(used, default=None))
        _delete(ip, name)
        ip.link("add", ifname=name, kind="veth", **({"mtu": mtu} if mtu else {}),
                peer={"ifname": POD_INTERFACE, "net_ns_fd": descriptor, **({"mtu": mtu} if mtu else {})})  # fmt: skip
        self._last = address
        index = _index_or_raise(ip, name)
        ip.link("set", index=index, ifalias=addresses.alias_of(Tenant(uid, address)))
        self._plug(ip, index, bridge)
        _configure(descriptor, address, addresses.gateway(cidr))
        return address

    def _plug(self, ip: Any, index: int, bridge: int) -> None:
        """Into the bridge, up. Hairpin: br_netfilter turns a pod's way to itself by a Service into a bridged frame."""
        ip.link("set", index=index, master=bridge, state="up")
        ip.brport("set", index=index, mode=1)

    def _tenants(self, ip: Any) -> dict[str, Tenant]:
        """Host-side interface name -> tenant, of the interfaces in our bridge."""
        bridge = _index(ip, self.bridge)
        found: dict[str, Tenant] = {}
        for link in ip.get_links() if bridge is not None else ():
            tenant = addresses.parse_alias(link.get("ifalias"))
            if tenant is not None and (link.get("master") == bridge or link.get("ifname").startswith(self.prefix)):
                found[link.get("ifname")] = tenant
        return found


def _configure(descriptor: int, address: IPv4Address, via: IPv4Address) -> None:
    """Inside the pod's namespace: loopback, address, default route."""
    namespace.call_inside(descriptor, lambda: _configure_inside(address, via))


def _configure_inside(address: IPv4Address, via: IPv4Address) -> None:
    with _netlink() as ip:
        ip.link("set", index=_index_or_raise(ip, "lo"), state="up")
        index = _index_or_raise(ip, POD_INTERFACE)
        # Redirects would teach a pod to go around the bridge's address, where Services are translated.
        sysctls.write("ipv4/conf/all/accept_redirects", "0")
        sysctls.write(f"ipv4/conf/{POD_INTERFACE}/accept_redirects", "0")
        sysctls.write_if_known(f"ipv6/conf/{POD_INTERFACE}/disable_ipv6", "1")
        ip.addr("add", index=index, address=str(address), prefixlen=32)
        ip.link("set", index=index, state="up")
        ip.route("replace", dst=f"{via}/32", oif=index, scope="link", prefsrc=str(address))
        ip.route("replace", dst="default", gateway=str(via), oif=index)


def _is_configured(descriptor: int, address: IPv4Address, host_index: int) -> bool:
    """Inside the pod's namespace: is its interface the other end of `host_index`, with this address and a way out?"""
    return namespace.call_inside(descriptor, lambda: _is_configured_inside(address, host_index))


def _is_configured_inside(address: IPv4Address, host_index: int) -> bool:
    with _netlink() as ip:
        index = _index(ip, POD_INTERFACE)
        if index is None:
            return False
        (link,) = ip.get_links(index)
        return (
            link.get("link") == host_index
            and IPv4Interface((address, 32)) in _addresses(ip, index)
            and any(True for _ in ip.get_default_routes(family=2))
        )


def _netlink() -> Any:
    """A socket of the calling thread's namespace, deaf to broadcasts: nobody would read them."""
    return IPRoute(groups=0)


def _index(ip: Any, name: str) -> int | None:
    return next(iter(ip.link_lookup(ifname=name)), None)


def _index_or_raise(ip: Any, name: str) -> int:
    index = _index(ip, name)
    if index is None:
        raise OSError(errno.ENODEV, f"there is no interface {name}")
    return index


def _name_of(ip: Any, index: int) -> str:
    (link,) = ip.get_links(index)
    return str(link.get("ifname"))


def _mtu(ip: Any, name: str | None) -> int:
    """0 when the interface is not known."""
    index = _index(ip, name) if name else None
    if index is None:
        return 0
    (link,) = ip.get_links(index)
    return int(link.get("mtu"))


def _addresses(ip: Any, index: int) -> set[IPv4Interface]:
    return {
        IPv4Interface((message.get("local") or message.get("address"), message["prefixlen"]))
        for message in ip.get_addr(family=2, index=index)
    }


def _our_routes(ip: Any) -> dict[IPv4Network, IPv4Address]:
    return {
        IPv4Network((message.get("dst"), message["dst_len"])): IPv4Address(message.get("gateway"))
        for message in ip.get_routes(family=2, proto=ROUTE_PROTOCOL)
        if message.get("dst") and message.get("gateway")
    }


def _delete(ip: Any, name: str) -> None:
    index = _index(ip, name)
    if index is not None:
        _ignore_gone(ip.link, "del", index=index)


def _ignore_gone(call: Any, *arguments: Any, **words: Any) -> None:
    """What somebody else (the kernel, with a namespace) took away meanwhile is gone as wanted."""
    try:
        call(*arguments, **words)
    except NetlinkError as error:
        if error.code not in GONE:
            raise
