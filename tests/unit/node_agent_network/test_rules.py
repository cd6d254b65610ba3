"""What a Service becomes in nftables' words; that the kernel takes them is the integration tests' affair."""

from __future__ import annotations

import re
from typing import Any

import pytest

from services.node_agent.network.proxy import rules
from services.node_agent.network.proxy.balance import Balance
from services.node_agent.network.proxy.ruleset import (
    CLUSTER_IPS,
    EMPTY_IPS,
    EMPTY_NODE_PORTS,
    HAIRPINS,
    NODE_PORTS,
    SERVICE_IPS,
    Interfaces,
    Ruleset,
    change,
    removal,
    replacement,
)
from services.objects.meta import Obj


def service(name: str = "web", created: str = "2026-01-01T00:00:00Z", **spec: object) -> Obj:
    ports = [{"name": "http", "port": 80, "protocol": "TCP", "nodePort": spec.pop("node_port", 0)}]
    base: Obj = {"type": "ClusterIP", "clusterIPs": ["10.96.0.5"], "clusterIP": "10.96.0.5", "ports": ports}
    metadata = {"name": name, "namespace": "shop", "creationTimestamp": created}
    return {"metadata": metadata, "spec": {**base, **spec}}


def endpointslice(*addresses: str, node: str = "here", name: str = "web", ready: bool = True) -> Obj:
    return {
        "metadata": {"name": f"{name}-1", "namespace": "shop", "labels": {"kubernetes.io/service-name": name}},
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
        "endpoints": [{"addresses": [a], "nodeName": node, "conditions": {"ready": ready}} for a in addresses],
    }


def plain(text: str) -> str:
    """Without the hashes."""
    return re.sub(r"\b(svc|loc|ext|fw|ep|clients)-[0-9a-f]{16}(-shop\.\w+)?", r"\1", text)


def shape(share: rules.Share) -> tuple[dict[str, tuple[str, ...]], dict[tuple[str, str], str]]:
    chains = {plain(name): tuple(map(plain, lines)) for name, lines in share.chains.items()}
    return chains, {element: plain(value) for element, value in share.elements.items()}


def share(made: Obj, *slices: Obj, reserved: str = "") -> rules.Share:
    return rules.share_of(made, slices, "here", reserved)


def test_a_cluster_ip() -> None:
    chains, elements = shape(share(service(), endpointslice("10.244.1.2", "10.244.1.3")))
    places = "map { 0 : 10.244.1.2 . 8080, 1 : 10.244.1.3 . 8080 }"
    assert chains == {"svc": (f"meta l4proto tcp dnat ip to numgen random mod 2 {places}",)}
    assert elements == {
        (CLUSTER_IPS, "10.96.0.5"): "",
        (SERVICE_IPS, "10.96.0.5 . tcp . 80"): "goto svc",
        (HAIRPINS, "10.244.1.2 . 10.244.1.2"): "",
        (HAIRPINS, "10.244.1.3 . 10.244.1.3"): "",
    }


def test_without_endpoints_it_is_refused() -> None:
    for slices in ((), (endpointslice("10.244.1.2", ready=False),)):
        chains, elements = shape(share(service(type="NodePort", node_port=30080), *slices))
        assert chains == {}
        assert elements == {
            (CLUSTER_IPS, "10.96.0.5"): "",
            (EMPTY_IPS, "10.96.0.5 . tcp . 80"): "goto reject-service",
            (EMPTY_NODE_PORTS, "tcp . 30080"): "goto reject-service",
        }


@pytest.mark.parametrize(
    ("policy", "node", "expected"),
    [
        ("Cluster", "here", ("ct mark set ct mark or 0x2000", "goto svc")),
        ("Cluster", "there", ("ct mark set ct mark or 0x2000", "goto svc")),
        (
            "Local",
            "here",
            (
                "ip saddr @pod-cidrs goto svc",
                "fib saddr type local ct mark set ct mark or 0x2000 goto svc",
                "goto loc",
            ),
        ),
        (
            "Local",
            "there",
            ("ip saddr @pod-cidrs goto svc", "fib saddr type local ct mark set ct mark or 0x2000 goto svc", "drop"),
        ),
    ],
)
def test_external_traffic_policy(policy: str, node: str, expected: tuple[str, ...]) -> None:
    made = service(type="NodePort", node_port=30080, externalTrafficPolicy=policy)
    chains, elements = shape(share(made, endpointslice("10.244.1.2", node=node)))
    assert chains["ext"] == expected
    assert elements[NODE_PORTS, "tcp . 30080"] == "goto ext"


@pytest.mark.parametrize(("node", "verdict"), [("here", "goto loc"), ("there", "drop")])
def test_internal_traffic_policy(node: str, verdict: str) -> None:
    _, elements = shape(share(service(internalTrafficPolicy="Local"), endpointslice("10.244.1.2", node=node)))
    assert elements[SERVICE_IPS, "10.96.0.5 . tcp . 80"] == verdict


def test_load_balancers_external_ips_and_source_ranges() -> None:
    made = service(
        type="LoadBalancer", externalIPs=["203.0.113.9", "fd00::9"], loadBalancerSourceRanges=["198.51.100.0/24"]
    )
    ingress = [{"ip": "192.0.2.1"}, {"ip": "192.0.2.2", "ipMode": "Proxy"}, {"hostname": "x"}, {"ip": "fd00::1"}]
    made["status"] = {"loadBalancer": {"ingress": ingress}}
    chains, elements = shape(share(made, endpointslice("10.244.1.2")))
    assert chains["fw"] == ("ip saddr { 198.51.100.0/24 } goto ext", "drop")
    assert {key: value for (kind, key), value in elements.items() if kind == SERVICE_IPS} == {
        "10.96.0.5 . tcp . 80": "goto svc",
        "203.0.113.9 . tcp . 80": "goto ext",
        "192.0.2.1 . tcp . 80": "goto fw",
    }


def test_session_affinity() -> None:
    made = share(service(sessionAffinity="ClientIP"), endpointslice("10.244.1.2", "10.244.1.3"))
    chains, _ = shape(made)
    assert chains["svc"] == (
        "ip saddr @clients goto ep",
        "ip saddr @clients goto ep",
        "numgen random mod 2 vmap { 0 : goto ep, 1 : goto ep }",
    )
    assert chains["ep"] == ("update @clients { ip saddr }", "meta l4proto tcp dnat ip to 10.244.1.3:8080")
    assert list(made.affinity.values()) == [10800, 10800]
    timed = service(sessionAffinity="ClientIP", sessionAffinityConfig={"clientIP": {"timeoutSeconds": 9}})
    assert list(share(timed, endpointslice("10.244.1.2")).affinity.values()) == [9]


@pytest.mark.parametrize("spec", [{"clusterIP": "None", "clusterIPs": ["None"]}, {"type": "ExternalName"}])
def test_headless_services_and_external_names_have_no_rules(spec: Obj) -> None:
    made = share(service(**spec), endpointslice("10.244.1.2"))
    assert (made.chains, made.elements) == ({}, {})


def test_a_reserved_address_is_left_alone() -> None:
    made = share(service(), endpointslice("10.244.1.2"), reserved="10.96.0.5")
    assert (made.chains, made.elements) == ({}, {})


def test_udp_flows_are_told() -> None:
    made = service(type="NodePort", node_port=30080)
    made["spec"]["ports"][0]["protocol"] = "UDP"
    piece = endpointslice("10.244.1.2")
    piece["ports"][0]["protocol"] = "UDP"
    targets = frozenset({("10.244.1.2", 8080)})
    assert share(made, piece).flows == {("10.96.0.5", 80): targets, ("", 30080): targets}
    assert share(service(), endpointslice("10.244.1.2")).flows == {}


def test_of_two_that_claim_an_address_the_older_keeps_it() -> None:
    ingress = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
    older = {**service("older", type="LoadBalancer"), "status": ingress}
    newer = {**service("newer", created="2026-02-01T00:00:00Z", type="LoadBalancer"), "status": ingress}
    pieces = [endpointslice("10.244.1.2", name="older")], [endpointslice("10.244.1.3", name="newer")]
    shares = [rules.share_of(newer, pieces[1], "here"), rules.share_of(older, pieces[0], "here")]
    merged = rules.merge(shares, [], [])
    assert "older" in merged.elements[SERVICE_IPS, "192.0.2.1 . tcp . 80"]


# --- the text ---

PRESENT = Ruleset(
    {"svc-a": ("rule 1",), "svc-b": ("rule 2",), "svc-c": ("rule 3",)},
    {("m", "k1"): "goto svc-a", ("m", "k2"): "goto svc-b", ("s", "x"): ""},
    {"clients-a": 10, "clients-b": 10},
)


def test_a_change_sends_only_what_differs_in_an_order_the_kernel_takes() -> None:
    wanted = Ruleset(
        {"svc-a": ("rule 1",), "svc-c": ("rule 4", "rule 5"), "svc-d": ("rule 6",)},
        {("m", "k1"): "goto svc-a", ("m", "k2"): "goto svc-d", ("s", "y"): ""},
        {"clients-a": 10, "clients-d": 20},
    )
    assert change("t", PRESENT, wanted).splitlines() == [
        "add set ip t clients-d { type ipv4_addr; flags dynamic,timeout; timeout 20s; }",
        "add chain ip t svc-d",
        "flush chain ip t svc-c",
        "add rule ip t svc-c rule 4",
        "add rule ip t svc-c rule 5",
        "add rule ip t svc-d rule 6",
        "delete element ip t m { k2 }",
        "delete element ip t s { x }",
        "add element ip t m { k2 : goto svc-d }",
        "add element ip t s { y }",
        "flush chain ip t svc-b",
        "delete chain ip t svc-b",
        "delete set ip t clients-b",
    ]


def test_no_change_is_no_text() -> None:
    assert change("t", PRESENT, PRESENT) == ""


def test_a_replacement_begins_by_taking_away_what_is_there() -> None:
    lines = replacement("t", Interfaces("br9", "192.0.2.1", "10.96.0.10"), PRESENT).splitlines()
    assert lines[:3] == ["add table ip t", "delete table ip t", "add table ip t"]
    assert "add rule ip t svc-a rule 1" in lines
    assert any('oifname != "br9" masquerade' in line for line in lines)
    assert removal("t").splitlines() == lines[:2]


def test_only_what_has_changed_is_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    balance = Balance("here", "10.96.0.10")
    balance.set_service(service())
    balance.set_slice(endpointslice("10.244.1.2"))
    balance.set_service(service("other", clusterIPs=["10.96.0.6"]))
    first, _ = balance.ruleset()
    asked: list[str] = []
    real = rules.share_of

    def noted(made: Obj, *rest: Any) -> rules.Share:
        asked.append(made["metadata"]["name"])
        return real(made, *rest)

    monkeypatch.setattr(rules, "share_of", noted)
    assert balance.ruleset()[0] == first
    assert asked == []
    balance.set_slice(endpointslice("10.244.1.2", "10.244.1.3"))
    assert balance.ruleset()[0] != first
    assert asked == ["web"]
    balance.remove_service("shop", "web")
    balance.remove_slice("shop", "web-1")
    balance.remove_service("shop", "other")
    assert balance.ruleset()[0] == Ruleset({}, {}, {})
