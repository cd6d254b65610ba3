"""Pods reach each other, the node and the world; addresses survive the agent; nothing stays behind."""

from __future__ import annotations

from collections.abc import Callable

from services.node_agent.network import PodNetwork
from tests.integration.network.rooms import NODE_IP, OUTSIDE_IP, Room

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
