"""Services by the kernel's own rules: real packets between namespaces."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from services.node_agent.network import PodNetwork
from services.objects.meta import Obj
from tests.integration.network.rooms import DEADLINE, NODE_IP, OUTSIDE_IP, Room, running, standing_in

Rooms = Callable[[], Room]
CLUSTER_IP = "10.96.5.5"


class Pods(NamedTuple):
    """Two pods that serve on 8080 over TCP and on 5353 over UDP, and one that only asks."""

    network: PodNetwork
    one: Room
    two: Room
    client: Room
    first: str
    second: str
    asking: str


@pytest.fixture
async def pods(network: PodNetwork, rooms: Rooms) -> AsyncIterator[Pods]:
    one, two, client = rooms(), rooms(), rooms()
    first = await network.attach_namespace("one", one.path)
    second = await network.attach_namespace("two", two.path)
    asking = await network.attach_namespace("client", client.path)
    async with AsyncExitStack() as stack:
        for room, word in ((one, "one"), (two, "two")):
            await stack.enter_async_context(room.serves(8080, word))
            await stack.enter_async_context(room.echoes(5353, word))
        yield Pods(network, one, two, client, first, second, asking)


def service(name: str = "web", **spec: object) -> Obj:
    ports = [
        {"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080},
        {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 5353},
    ]
    base: Obj = {"type": "ClusterIP", "clusterIP": CLUSTER_IP, "clusterIPs": [CLUSTER_IP], "ports": ports}
    return {"metadata": {"name": name, "namespace": "default"}, "spec": {**base, **spec}}


def endpointslice(*addresses: str, node: str = "node-1", name: str = "web", **conditions: bool) -> Obj:
    return {
        "metadata": {"name": f"{name}-1", "namespace": "default", "labels": {"kubernetes.io/service-name": name}},
        "addressType": "IPv4",
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}, {"name": "dns", "port": 5353, "protocol": "UDP"}],
        "endpoints": [
            {"addresses": [address], "nodeName": node, "conditions": {"ready": True, **conditions}}
            for address in addresses
        ],
    }


def node_ports(**spec: object) -> Obj:
    made = service(type="NodePort", **spec)
    for port, number in zip(made["spec"]["ports"], (30080, 30053), strict=True):
        port["nodePort"] = number
    return made


async def publish(network: PodNetwork, *objects: Obj) -> None:
    for obj in objects:
        (network.on_endpointslice if "endpoints" in obj else network.on_service)(None, obj)
    await network.settled(DEADLINE)


async def refused(room: Room, address: str, port: int) -> bool:
    try:
        await room.get(address, port)
    except ConnectionRefusedError:
        return True
    return False


async def answers(room: Room, address: str, port: int, source: str = "0.0.0.0") -> bool:
    """Within half a second: packets that are dropped are not answered later either."""
    try:
        async with asyncio.timeout(0.5):
            await room.get(address, port, source=(source, 0))
    except TimeoutError:
        return False
    return True


async def test_a_cluster_ip_balances_for_pods_and_for_the_node(pods: Pods, node: Room) -> None:
    await publish(pods.network, service(), endpointslice(pods.first, pods.second))
    answers = [await pods.client.get(CLUSTER_IP, 80) for _ in range(40)]
    assert {word for word, _ in answers} == {"one", "two"}
    assert {peer for _, peer in answers} == {pods.asking}, "pods see the address of the pod that asks"
    assert {(await node.get(CLUSTER_IP, 80))[0] for _ in range(40)} == {"one", "two"}
    with pods.client.socket(socket.SOCK_DGRAM) as client:
        assert await pods.client.ask(client, CLUSTER_IP, 53) in (b"one", b"two")


async def test_a_pod_reaches_itself_by_its_service(pods: Pods) -> None:
    await publish(pods.network, service(), endpointslice(pods.first))
    word, peer = await pods.one.get(CLUSTER_IP, 80)
    assert word == "one"
    assert peer != pods.first, "its own address as source would be dropped"


async def test_a_service_without_endpoints_refuses_and_serves_when_they_come(pods: Pods, node: Room) -> None:
    await publish(pods.network, node_ports(), endpointslice(pods.first, ready=False))
    assert await refused(pods.client, CLUSTER_IP, 80)
    assert await refused(node, CLUSTER_IP, 80)
    assert await refused(node, NODE_IP, 30080)
    await publish(pods.network, endpointslice(pods.first))
    assert (await pods.client.get(CLUSTER_IP, 80))[0] == "one"
    assert (await node.get(NODE_IP, 30080))[0] == "one"


async def test_a_port_the_service_does_not_have_is_refused(pods: Pods, node: Room) -> None:
    await publish(pods.network, service(), endpointslice(pods.first))
    assert await refused(pods.client, CLUSTER_IP, 81)
    assert await refused(node, CLUSTER_IP, 81)


async def test_a_node_port_answers_everywhere(pods: Pods, node: Room, outside: Room) -> None:
    await publish(pods.network, node_ports(), endpointslice(pods.first, pods.second))
    for room, address in (
        (node, NODE_IP),
        (node, "127.0.0.1"),
        (node, "10.244.1.1"),
        (pods.client, NODE_IP),
        (pods.one, NODE_IP),
        (outside, NODE_IP),
    ):
        assert {(await room.get(address, 30080))[0] for _ in range(20)} == {"one", "two"}, address
    with outside.socket(socket.SOCK_DGRAM) as client:
        assert await outside.ask(client, NODE_IP, 30053) in (b"one", b"two")


async def test_loopback_is_not_open_to_neighbours(pods: Pods, node: Room, outside: Room) -> None:
    """route_localnet lets NodePorts answer on 127.0.0.1; nobody else may use it (CVE-2020-8558)."""
    await publish(pods.network, service())
    outside.run("sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1")
    outside.run("ip", "addr", "del", "127.0.0.1/8", "dev", "lo")
    outside.run("ip", "route", "add", "127.0.0.1", "via", NODE_IP)
    async with node.serves(9999, "secret"):
        assert await node.get("127.0.0.1", 9999) == ("secret", "127.0.0.1")
        assert not await answers(outside, "127.0.0.1", 9999)
        # It is our rule that guards, and nothing else on the way.
        node.run("nft", "flush", "chain", "ip", "pinnace", "raw-prerouting")
        assert await answers(outside, "127.0.0.1", 9999)


async def test_load_balancer_addresses_and_external_ips(pods: Pods, node: Room, outside: Room) -> None:
    balanced = service(type="LoadBalancer", externalIPs=["203.0.113.9"])
    balanced["status"] = {"loadBalancer": {"ingress": [{"ip": NODE_IP}]}}
    await publish(pods.network, balanced, endpointslice(pods.first))
    outside.run("ip", "route", "add", "203.0.113.9", "via", NODE_IP)
    for room in (outside, node, pods.client):
        for address in (NODE_IP, "203.0.113.9"):
            assert (await room.get(address, 80))[0] == "one"


async def test_load_balancer_source_ranges(pods: Pods, outside: Room) -> None:
    balanced = service(type="LoadBalancer", loadBalancerSourceRanges=[f"{OUTSIDE_IP}/32"])
    balanced["status"] = {"loadBalancer": {"ingress": [{"ip": NODE_IP}]}}
    outside.run("ip", "addr", "add", "192.168.77.99/24", "dev", "up0")
    await publish(pods.network, balanced, endpointslice(pods.first))
    assert (await outside.get(NODE_IP, 80, source=(OUTSIDE_IP, 0)))[0] == "one"
    assert not await answers(outside, NODE_IP, 80, source="192.168.77.99")


async def test_external_traffic_policy_local_keeps_the_source(pods: Pods, node: Room, outside: Room) -> None:
    local = node_ports(externalTrafficPolicy="Local")
    await publish(pods.network, local, endpointslice(pods.first))
    assert await outside.get(NODE_IP, 30080) == ("one", OUTSIDE_IP)
    assert (await node.get(NODE_IP, 30080))[0] == "one"
    # Cluster, in comparison, hides it.
    await publish(pods.network, node_ports())
    word, peer = await outside.get(NODE_IP, 30080)
    assert word == "one"
    assert peer != OUTSIDE_IP


async def test_internal_traffic_policy_local(pods: Pods) -> None:
    local = service(internalTrafficPolicy="Local")
    here, elsewhere = endpointslice(pods.first), endpointslice(pods.second, node="node-2")
    elsewhere["metadata"]["name"] = "web-2"
    await publish(pods.network, local, here, elsewhere)
    assert {(await pods.client.get(CLUSTER_IP, 80))[0] for _ in range(20)} == {"one"}


async def test_session_affinity_keeps_a_client_until_its_endpoint_goes(pods: Pods, node: Room) -> None:
    await publish(pods.network, service(sessionAffinity="ClientIP"), endpointslice(pods.first, pods.second))
    for room in (pods.client, node):
        assert len({(await room.get(CLUSTER_IP, 80))[0] for _ in range(20)}) == 1
    kept = (await pods.client.get(CLUSTER_IP, 80))[0]
    other = pods.second if kept == "one" else pods.first
    # Another Service coming and going does not make the clients forgotten.
    await publish(pods.network, service("other", clusterIP="10.96.6.6", clusterIPs=["10.96.6.6"]))
    assert (await pods.client.get(CLUSTER_IP, 80))[0] == kept
    await publish(pods.network, endpointslice(other))
    assert {(await pods.client.get(CLUSTER_IP, 80))[0] for _ in range(10)} == {"two" if kept == "one" else "one"}


async def test_terminating_endpoints_serve_when_there_is_no_other(pods: Pods) -> None:
    last = endpointslice(pods.first, ready=False, serving=True, terminating=True)
    await publish(pods.network, service(), last)
    assert (await pods.client.get(CLUSTER_IP, 80))[0] == "one"


async def test_udp_clients_move_on_when_their_endpoint_goes(pods: Pods) -> None:
    await publish(pods.network, service(), endpointslice(pods.first))
    with pods.client.socket(socket.SOCK_DGRAM) as client:
        assert await pods.client.ask(client, CLUSTER_IP, 53) == b"one"
        await publish(pods.network, endpointslice(pods.second))
        # The same socket: the same tracked connection.
        assert await pods.client.ask(client, CLUSTER_IP, 53) == b"two"


async def test_the_apiserver_on_the_node_answers_as_a_service(pods: Pods, node: Room) -> None:
    api = service("kubernetes", clusterIP="10.96.0.1", clusterIPs=["10.96.0.1"])
    api["spec"]["ports"] = [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}]
    where = endpointslice(NODE_IP, name="kubernetes")
    where["ports"] = [{"name": "https", "port": 6443, "protocol": "TCP"}]
    async with node.serves(6443, "apiserver"):
        await publish(pods.network, api, where)
        assert await pods.client.get("10.96.0.1", 443) == ("apiserver", pods.asking)
        assert (await node.get("10.96.0.1", 443))[0] == "apiserver"


async def test_a_service_that_is_deleted_leaves_no_rule(pods: Pods, node: Room) -> None:
    await publish(pods.network)
    before = node.run("nft", "list", "table", "ip", "pinnace")
    web, behind = node_ports(sessionAffinity="ClientIP"), endpointslice(pods.first, pods.second)
    await publish(pods.network, web, behind)
    assert node.run("nft", "list", "table", "ip", "pinnace") != before
    pods.network.on_service(web, None)
    pods.network.on_endpointslice(behind, None)
    await pods.network.settled(DEADLINE)
    assert node.run("nft", "list", "table", "ip", "pinnace") == before


async def test_rules_serve_on_while_the_agent_is_away(
    node: Room, outside: Room, rooms: Rooms, tmp_path: Path
) -> None:
    pod, client = rooms(), rooms()
    async with running(node, "node-1", NODE_IP, "10.244.1.0/24", tmp_path) as network, pod.serves(8080, "one"):
        address = await network.attach_namespace("one", pod.path)
        await network.attach_namespace("client", client.path)
        await publish(network, service(), endpointslice(address))
    async with pod.serves(8080, "one"):
        assert (await client.get(CLUSTER_IP, 80))[0] == "one"
    # An agent that has started but does not know the cluster yet takes nothing away.
    async with pod.serves(8080, "one"):
        with standing_in(node):
            fresh = PodNetwork("node-1", NODE_IP, "10.96.0.10", "cluster.local")
            await fresh.start()
            assert (await client.get(CLUSTER_IP, 80))[0] == "one"
            await fresh.stop()


async def test_a_thousand_services(pods: Pods, node: Room) -> None:
    """Chains are found through maps; a change among many is applied alone."""
    for number in range(1000):
        ip = f"10.96.{100 + number // 250}.{1 + number % 250}"
        pods.network.on_service(None, service(f"s{number}", clusterIP=ip, clusterIPs=[ip]))
        pods.network.on_endpointslice(None, endpointslice(pods.first, pods.second, name=f"s{number}"))
    await pods.network.settled(60)
    assert (await pods.client.get("10.96.103.250", 80))[0] in ("one", "two")
    await publish(pods.network, service(), endpointslice(pods.first))
    assert (await pods.client.get(CLUSTER_IP, 80))[0] == "one"
