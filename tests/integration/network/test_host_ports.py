"""hostPorts by the kernel's own rules: real packets between namespaces."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from services.node_agent.network import PodNetwork
from services.objects.meta import Obj
from tests.integration.network.rooms import DEADLINE, NODE_IP, OUTSIDE_IP, Room, running, sleeper

Rooms = Callable[[], Room]


def pod(uid: str = "one", *ports: Obj) -> Obj:
    container = {"name": "main", "ports": list(ports) or [port()]}
    return {"metadata": {"name": uid, "namespace": "default", "uid": uid}, "spec": {"containers": [container]}}


def port(number: int = 8000, target: int = 8080, **more: Any) -> Obj:
    return {"hostPort": number, "containerPort": target, "protocol": "TCP", **more}


async def told(network: PodNetwork, old: Obj | None, new: Obj | None) -> None:
    network.on_pod(old, new)
    await network.settled(DEADLINE)


async def refused(room: Room, address: str, number: int) -> bool:
    try:
        await room.get(address, number)
    except ConnectionRefusedError:
        return True
    return False


@pytest.fixture
async def one(network: PodNetwork, rooms: Rooms) -> AsyncIterator[Room]:
    """A pod that serves on 8080 over TCP and on 5353 over UDP."""
    room = rooms()
    async with room.serves(8080, "one"), room.echoes(5353, "one"):
        yield room


async def test_a_host_port_answers_everywhere(
    network: PodNetwork, node: Room, outside: Room, one: Room, rooms: Rooms
) -> None:
    other = rooms()
    await network.attach_namespace("other", other.path)
    await told(network, None, pod())
    assert await refused(outside, NODE_IP, 8000)
    address = await network.attach_namespace("one", one.path)
    await network.settled(DEADLINE)
    assert await outside.get(NODE_IP, 8000) == ("one", OUTSIDE_IP), "who asks is not hidden"
    for place in (NODE_IP, "127.0.0.1", "10.244.1.1"):
        assert (await node.get(place, 8000))[0] == "one", place
    asking = (await network.addresses())["other"]
    assert await other.get(NODE_IP, 8000) == ("one", asking)
    word, peer = await one.get(NODE_IP, 8000)
    assert word == "one"
    assert peer != address, "its own address as source would be dropped"


async def test_udp_moves_on_to_the_next_pod(
    network: PodNetwork, outside: Room, one: Room, rooms: Rooms
) -> None:
    dns = port(5300, 5353, protocol="UDP")
    two = rooms()
    await told(network, None, pod("one", dns))
    await told(network, None, pod("two", dns))
    await network.attach_namespace("one", one.path)
    await network.settled(DEADLINE)
    async with two.echoes(5353, "two"):
        with outside.socket(socket.SOCK_DGRAM) as client:
            assert await outside.ask(client, NODE_IP, 5300) == b"one"
            await network.detach("one")
            await network.settled(DEADLINE)
            await network.attach_namespace("two", two.path)
            await network.settled(DEADLINE)
            assert await outside.ask(client, NODE_IP, 5300) == b"two", "the same tracked connection"


async def test_udp_of_a_pod_that_is_gone_is_the_nodes_again(
    network: PodNetwork, node: Room, outside: Room, one: Room
) -> None:
    await told(network, None, pod("one", port(5300, 5353, protocol="UDP")))
    await network.attach_namespace("one", one.path)
    await network.settled(DEADLINE)
    async with node.echoes(5300, "node"):
        with outside.socket(socket.SOCK_DGRAM) as client:
            assert await outside.ask(client, NODE_IP, 5300) == b"one"
            await network.detach("one")
            await network.settled(DEADLINE)
            assert await outside.ask(client, NODE_IP, 5300) == b"node"


async def test_a_host_ip_opens_that_address_alone(network: PodNetwork, node: Room, outside: Room, one: Room) -> None:
    node.run("ip", "addr", "add", "192.168.77.3/24", "dev", "up0")
    await network.attach_namespace("one", one.path)
    await told(network, None, pod("one", port(hostIP="192.168.77.3"), port(8001, hostIP="127.0.0.1")))
    for room in (outside, node):
        assert (await room.get("192.168.77.3", 8000))[0] == "one"
        assert await refused(room, NODE_IP, 8000)
    assert (await node.get("127.0.0.1", 8001))[0] == "one"
    assert await refused(outside, NODE_IP, 8001)


async def test_only_the_exact_port_is_taken_from_the_node(
    network: PodNetwork, node: Room, outside: Room, one: Room
) -> None:
    """And not from machines beyond it, nor from the cluster's DNS."""
    await network.attach_namespace("one", one.path)
    await told(network, None, pod("one", port(), port(53, 5353, protocol="UDP")))
    async with node.serves(8001, "node"), node.serves(8080, "node"), outside.serves(8000, "outside"):
        for number in (8001, 8080):
            assert (await outside.get(NODE_IP, number))[0] == "node"
        assert (await node.get(OUTSIDE_IP, 8000))[0] == "outside"
        assert (await one.get(OUTSIDE_IP, 8000))[0] == "outside"
    with outside.socket(socket.SOCK_DGRAM) as client:
        assert await outside.ask(client, NODE_IP, 53) == b"one"
    with node.socket(socket.SOCK_DGRAM) as client:
        assert await node.ask(client, "10.96.0.10", 53, b"\0" * 12) != b"one"


async def test_a_port_goes_with_its_pod(network: PodNetwork, node: Room, outside: Room, one: Room) -> None:
    await network.settled(DEADLINE)
    before = node.run("nft", "list", "table", "ip", "pinnace")
    for leave in (network.detach("one"), told(network, pod(), None)):
        await network.attach_namespace("one", one.path)
        await told(network, None, pod())
        assert (await outside.get(NODE_IP, 8000))[0] == "one"
        await leave
        await network.settled(DEADLINE)
        assert await refused(outside, NODE_IP, 8000)
        assert node.run("nft", "list", "table", "ip", "pinnace") == before


class Informer:
    """Says what it is told to, once."""

    def __init__(self) -> None:
        self.synced = asyncio.Event()

    def subscribe(self, kind: Any, handler: Callable[[Obj | None, Obj | None], None]) -> None:
        if kind.plural == "pods":
            handler(None, pod("one"))
            handler(None, pod("dead", port(8001)))


async def test_an_agent_that_comes_back_knows_the_ports_of_those_that_run(
    node: Room, outside: Room, rooms: Rooms, tmp_path: Path
) -> None:
    room, dead = rooms(), rooms()
    with sleeper(room) as pid:
        async with running(node, "node-1", NODE_IP, "10.244.1.0/24", tmp_path) as network, room.serves(8080, "one"):
            network.on_pod(None, pod("one"))
            network.on_pod(None, pod("dead", port(8001)))
            await network.attach("one", pid)
            await network.attach_namespace("dead", dead.path)
            await network.settled(DEADLINE)
            assert (await outside.get(NODE_IP, 8000))[0] == "one"
        async with room.serves(8080, "one"):
            assert (await outside.get(NODE_IP, 8000))[0] == "one", "while no agent runs"
            async with running(node, "node-1", NODE_IP, "", tmp_path) as network:
                informer = Informer()
                network.follow(informer)
                await network.adopt({"one": pid})
                assert (await outside.get(NODE_IP, 8000))[0] == "one", "before the apiserver has told everything"
                # Now all rules are made anew, before any pod is attached again.
                informer.synced.set()
                await network.settled(DEADLINE)
                assert (await outside.get(NODE_IP, 8000))[0] == "one"
                assert await refused(outside, NODE_IP, 8001)
