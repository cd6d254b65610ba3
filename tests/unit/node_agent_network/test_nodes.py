from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from services.node_agent.network import nodes
from services.node_agent.network.nodes import Site
from services.objects.meta import Obj


def node(spec: Obj | None = None, *addresses: tuple[str, str]) -> Obj:
    return {
        "metadata": {"name": "n"},
        "spec": spec or {},
        "status": {"addresses": [{"type": type, "address": address} for type, address in addresses]},
    }


def test_sites() -> None:
    cidr, address = IPv4Network("10.244.1.0/24"), IPv4Address("192.0.2.1")
    whole = node({"podCIDR": str(cidr)}, ("Hostname", "n"), ("ExternalIP", "198.51.100.1"), ("InternalIP", "192.0.2.1"))
    assert nodes.site_of(whole) == Site(cidr, address)
    dual = node({"podCIDRs": ["fd00::/64", str(cidr)]}, ("InternalIP", "fd00::1"), ("InternalIP", "192.0.2.1"))
    assert nodes.site_of(dual) == Site(cidr, address)
    assert nodes.site_of(node()) == Site(None, None)
    assert nodes.site_of({"metadata": {"name": "n"}}) == Site(None, None)


def test_routes_lead_to_others_only_and_only_when_both_ends_are_known() -> None:
    own, other = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
    ranges = [IPv4Network(f"10.244.{n}.0/24") for n in range(5)]
    sites = [
        ("me", Site(ranges[0], own)),
        ("other", Site(ranges[1], other)),
        ("no-range", Site(None, IPv4Address("192.0.2.3"))),
        ("no-address", Site(ranges[3], None)),
        ("my-address", Site(ranges[4], own)),
    ]
    assert nodes.routes("me", own, sites) == {ranges[1]: other}
