from __future__ import annotations

from pathlib import Path

import pytest

from services.node_agent.network.dns import resolv
from services.node_agent.network.dns.resolv import ResolvConf
from services.objects.meta import Obj

HOST = ResolvConf(("192.0.2.53",), ("corp.example",), ("timeout:2",))


def text(spec: Obj, host: ResolvConf = HOST) -> str:
    pod = {"metadata": {"name": "p", "namespace": "shop"}, "spec": spec}
    return str(resolv.for_pod(pod, "10.96.0.10", "cluster.local", host))


CLUSTER = """\
search shop.svc.cluster.local svc.cluster.local cluster.local corp.example
nameserver 10.96.0.10
options ndots:5
"""
ON_HOST = """\
search corp.example
nameserver 192.0.2.53
options timeout:2
"""


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, CLUSTER),
        ({"dnsPolicy": "ClusterFirst"}, CLUSTER),
        ({"dnsPolicy": "ClusterFirstWithHostNet", "hostNetwork": True}, CLUSTER),
        ({"dnsPolicy": "ClusterFirst", "hostNetwork": True}, ON_HOST),
        ({"dnsPolicy": "Default"}, ON_HOST),
        ({"dnsPolicy": "None", "dnsConfig": {"nameservers": ["1.1.1.1"]}}, "nameserver 1.1.1.1\n"),
    ],
)
def test_policies(spec: Obj, expected: str) -> None:
    assert text(spec) == expected


def test_dns_config_adds_and_replaces() -> None:
    config = {
        "nameservers": ["1.1.1.1", "10.96.0.10"],
        "searches": ["my.dns", "cluster.local"],
        "options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}],
    }
    assert text({"dnsConfig": config}) == (
        "search shop.svc.cluster.local svc.cluster.local cluster.local corp.example my.dns\n"
        "nameserver 10.96.0.10\nnameserver 1.1.1.1\noptions ndots:2 edns0\n"
    )


def test_the_hosts_loopback_means_nothing_in_a_pod_but_does_on_the_hosts_network() -> None:
    host = ResolvConf(("127.0.0.53",), ("corp.example",))
    assert "nameserver 10.96.0.10" in text({"dnsPolicy": "Default"}, host)
    assert "nameserver 127.0.0.53" in text({"dnsPolicy": "Default", "hostNetwork": True}, host)


def test_parsing() -> None:
    parsed = resolv.parse(
        "# made by somebody\nnameserver 192.0.2.1 # first\nnameserver 192.0.2.2\nnameserver\n"
        "domain old.example\nsearch a.example. b.example\noptions ndots:1\noptions rotate ndots:1\n; end\nsortlist x\n"
    )
    assert parsed == ResolvConf(("192.0.2.1", "192.0.2.2"), ("a.example", "b.example"), ("ndots:1", "rotate"))
    assert resolv.parse("search .\n").search == (".",)


def test_an_absent_file_is_an_empty_one(tmp_path: Path) -> None:
    assert resolv.read(tmp_path / "resolv.conf") == ResolvConf()


def test_no_more_than_resolvers_read() -> None:
    many = ResolvConf(tuple(f"192.0.2.{n}" for n in range(9)), tuple(f"d{n}.example" for n in range(40)))
    assert str(many).count("nameserver") == 3
    assert str(many).count(".example") == 32
