from __future__ import annotations

from services.node_agent.network.proxy import conntrack
from services.node_agent.network.proxy.conntrack import Tracked

LISTING = """\
udp      17 28 src=10.244.1.4 dst=10.96.5.5 sport=40000 dport=53 src=10.244.1.2 dst=10.244.1.4 sport=5353 dport=40000 mark=0 use=1
udp      17 9 src=10.244.1.4 dst=10.96.5.5 sport=40001 dport=53 [UNREPLIED] src=10.96.5.5 dst=10.244.1.4 sport=53 dport=40001 mark=0 use=1
udp      17 9 src=198.51.100.7 dst=192.0.2.1 sport=40002 dport=30053 src=10.244.1.9 dst=192.0.2.1 sport=5353 dport=40002 mark=8192 use=1
udp      17 9 src=10.244.1.4 dst=203.0.113.1 sport=40003 dport=30053 src=203.0.113.1 dst=192.0.2.1 sport=30053 dport=40003 mark=0 use=1
conntrack v1.4.7 (conntrack-tools): 4 flow entries have been shown.
"""  # noqa: E501
TO_OLD, TO_NOWHERE, BY_NODE_PORT, ELSEWHERE = conntrack.parse(LISTING)


def test_parsing() -> None:
    assert Tracked("10.244.1.4", 40000, "10.96.5.5", 53, ("10.244.1.2", 5353)) == TO_OLD
    assert TO_NOWHERE.target == ("10.96.5.5", 53)
    assert conntrack.parse("conntrack v1.4.7: 0 flow entries have been shown.\n") == []


def stale(flows: dict[conntrack.Flow, set[conntrack.Target]]) -> list[Tracked]:
    return conntrack.stale([TO_OLD, TO_NOWHERE, BY_NODE_PORT, ELSEWHERE], flows, {"192.0.2.1", "127.0.0.1"})


def test_only_what_leads_to_none_of_the_endpoints_is_stale() -> None:
    assert stale({}) == []
    assert stale({("10.96.5.5", 53): {("10.244.1.2", 5353)}}) == [TO_NOWHERE]
    assert stale({("10.96.5.5", 53): {("10.244.1.3", 5353)}}) == [TO_OLD, TO_NOWHERE]
    assert stale({("10.96.5.5", 53): {("10.244.1.2", 5354)}}) == [TO_OLD, TO_NOWHERE]
    assert stale({("10.96.5.5", 54): {("10.244.1.3", 5353)}}) == []


def test_node_ports_are_the_nodes_own_addresses_only() -> None:
    assert stale({("", 30053): {("10.244.1.9", 5353)}}) == []
    assert stale({("", 30053): {("10.244.1.8", 5353)}}) == [BY_NODE_PORT]
