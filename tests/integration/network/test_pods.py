"""Pods reach each other, the node and the world; addresses survive the agent; nothing stays behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from services.node_agent.network import NetworkNotReady, NoFreeAddress, PodNetwork
from tests.integration.network.rooms import (
    NODE_IP,
    OUTSIDE_IP,
    Room,
    eventually,
    node_object,
    running,
    sleeper,
    standing_in,
    wire,
)

Rooms = Callable[[], Room]


async def attach(network: PodNetwork, room: Room, uid: str) -> str:
    return await network.attach_namespace(uid, room.path)


async def test_two_pods_the_node_and_the_world_reach_each_other(
    network: PodNetwork, node: Room, outside: Room, rooms: Rooms
) -> None:
    one, two = rooms(), rooms()
    first, second = await attach(network, one, "one"), await attach(network, two, "two")
    assert first != second
    async with one.serves(80, "one"), two.serves(80, "two"), node.serves(8080, "node"), outside.serves(80, "outside"):
        assert await one.get(second, 80) == ("two", first)
        assert await two.get(first, 80) == ("one", second)
        assert await one.get(first, 80) == ("one", first)
        assert await one.get("127.0.0.1", 80) == ("one", "127.0.0.1")
        assert await node.get(first, 80) == ("one", "10.244.1.1")
        assert await one.get(NODE_IP, 8080) == ("node", first)
        # The world does not know pods: it sees the node.
        assert await one.get(OUTSIDE_IP, 80) == ("outside", NODE_IP)


async def test_attaching_again_changes_nothing_and_a_new_namespace_keeps_the_address(
    network: PodNetwork, rooms: Rooms
) -> None:
    one, again, other = rooms(), rooms(), rooms()
    address = await attach(network, one, "one")
    before = one.run("ip", "-o", "link", "show", "eth0")
    assert await attach(network, one, "one") == address
    assert one.run("ip", "-o", "link", "show", "eth0") == before
    # The pause container was restarted: a new namespace, the same pod.
    assert await attach(network, again, "one") == address
    assert await attach(network, other, "other") != address
    async with again.serves(80, "again"):
        assert await other.get(address, 80) == ("again", (await network.addresses())["other"])


async def test_a_pod_whose_process_is_gone_cannot_be_attached(network: PodNetwork) -> None:
    with pytest.raises(FileNotFoundError):
        await network.attach("gone", 2**22 + 1)
    assert "gone" not in await network.addresses()


async def test_without_a_pod_cidr_pods_wait(node: Room, outside: Room, rooms: Rooms, tmp_path: Path) -> None:
    async with running(node, "node-1", NODE_IP, "", tmp_path, patience=0.05) as network:
        with pytest.raises(NetworkNotReady):
            await attach(network, rooms(), "one")
        assert network.problem
    async with running(node, "node-1", NODE_IP, "", tmp_path) as network:
        early = asyncio.create_task(attach(network, rooms(), "one"))
        # The Node object brings it.
        network.on_node(None, {"metadata": {"name": "node-1"}, "spec": {"podCIDR": "10.244.5.0/24"}})
        assert await early in ("10.244.5.2", "10.244.5.3")
        assert network.problem == ""


async def test_a_full_pod_cidr_says_so_and_takes_pods_again_when_one_has_gone(
    node: Room, outside: Room, rooms: Rooms, tmp_path: Path
) -> None:
    async with running(node, "node-1", NODE_IP, "10.244.1.0/29", tmp_path) as network:
        await network.checked.wait()  # it needs an address too, for a moment
        pods = [rooms() for _ in range(6)]
        given = {await attach(network, pod, f"pod-{n}") for n, pod in enumerate(pods[:5])}
        assert given == {f"10.244.1.{n}" for n in range(2, 7)}
        with pytest.raises(NoFreeAddress):
            await attach(network, pods[5], "pod-5")
        await network.detach("pod-2")
        await network.detach("pod-2")
        assert await attach(network, pods[5], "pod-5") in given


async def test_an_agent_that_comes_back_finds_the_addresses_and_releases_those_of_the_dead(
    node: Room, outside: Room, rooms: Rooms, tmp_path: Path
) -> None:
    one, two = rooms(), rooms()
    with sleeper(one) as pid:
        async with running(node, "node-1", NODE_IP, "10.244.1.0/24", tmp_path) as network:
            first = await network.attach("one", pid)
            await attach(network, two, "two")
        # No podCIDR is told this time: the bridge still knows it.
        async with running(node, "node-1", NODE_IP, "", tmp_path) as network, one.serves(80, "one"):
            # One that was attached before the survey of what runs has been looked at is nobody's leftover.
            newcomer = await attach(network, rooms(), "new")
            await network.adopt({"one": pid})
            assert await network.addresses() == {"one": first, "new": newcomer}
            assert await network.attach("one", pid) == first
            assert (await node.get(first, 80))[0] == "one"


async def test_pods_keep_their_address_when_the_pod_cidr_changes(
    network: PodNetwork, node: Room, rooms: Rooms
) -> None:
    old, new = rooms(), rooms()
    kept = await attach(network, old, "old")
    await network.set_pod_cidr("10.244.9.0/24")
    fresh = await attach(network, new, "new")
    assert fresh == "10.244.9.2"
    async with old.serves(80, "old"), new.serves(80, "new"):
        assert await new.get(kept, 80) == ("old", fresh)
        assert await old.get(fresh, 80) == ("new", kept)


async def test_nodes_route_to_each_others_pods_and_forget_nodes_that_go(rooms: Rooms, tmp_path: Path) -> None:
    first, second, one, two = rooms(), rooms(), rooms(), rooms()
    wire(first, second, "192.168.78.1", "192.168.78.2")
    for room in (first, second):
        room.run("iptables", "-w", "-P", "FORWARD", "DROP")
        room.run("iptables", "-w", "-N", "DOCKER-USER")
        room.run("iptables", "-w", "-A", "FORWARD", "-j", "DOCKER-USER")
    objects = [
        node_object("node-1", "10.244.1.0/24", "192.168.78.1"),
        node_object("node-2", "10.244.2.0/24", "192.168.78.2"),
    ]
    async with (
        running(first, "node-1", "192.168.78.1", "10.244.1.0/24", tmp_path) as here,
        running(second, "node-2", "192.168.78.2", "10.244.2.0/24", tmp_path) as there,
    ):
        for network in (here, there):
            for node in objects:
                network.on_node(None, node)
        near, far = await attach(here, one, "one"), await attach(there, two, "two")
        await eventually(lambda: "10.244.2.0/24" in first.run("ip", "route"))
        await eventually(lambda: "10.244.1.0/24 via" in second.run("ip", "route"))
        async with two.serves(80, "two"):
            assert await one.get(far, 80) == ("two", near), "pods see each other's own addresses across nodes"
            assert (await first.get(far, 80))[0] == "two"
        here.on_node(objects[1], None)
        await eventually(lambda: "10.244.2.0/24" not in first.run("ip", "route"))


async def test_what_others_take_away_comes_back(network: PodNetwork, node: Room, rooms: Rooms) -> None:
    one, two = rooms(), rooms()
    await attach(network, one, "one")
    address = await attach(network, two, "two")
    node.run("nft", "flush", "ruleset")
    node.run("iptables", "-w", "-N", "DOCKER-USER")
    node.run("iptables", "-w", "-A", "FORWARD", "-j", "DOCKER-USER")
    node.run("iptables", "-w", "-P", "FORWARD", "DROP")
    network.resync()
    await eventually(lambda: "table ip pinnace" in node.run("nft", "list", "tables"))
    async with two.serves(80, "two"):
        assert (await one.get(address, 80))[0] == "two"


async def test_removing_leaves_nothing(node: Room, outside: Room, rooms: Rooms, tmp_path: Path) -> None:
    before = state_of(node)
    async with running(node, "node-1", NODE_IP, "10.244.1.0/24", tmp_path) as network:
        network.on_node(None, node_object("node-2", "10.244.2.0/24", OUTSIDE_IP))
        pod = rooms()
        await attach(network, pod, "one")
        await eventually(lambda: "10.244.2.0/24" in node.run("ip", "route"))
        assert state_of(node) != before
        await network.remove()
    assert state_of(node) == before
    assert "eth0" not in pod.run("ip", "link")
    with standing_in(node):
        await network.remove()  # again, with nothing there
    assert state_of(node) == before


def state_of(node: Room) -> list[str]:
    return [
        node.run("ip", "-br", "link"),
        node.run("ip", "-br", "-4", "addr"),
        node.run("ip", "-4", "route"),
        node.run("nft", "list", "tables"),
        node.run("iptables", "-w", "-S"),
        node.run("sysctl", "net.ipv4.conf.up0.route_localnet"),
    ]
