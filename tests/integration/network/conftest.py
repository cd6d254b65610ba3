"""Fixtures: a node in a network namespace of its own, and more namespaces for pods and for the world."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import uvloop

from services.node_agent.network import PodNetwork
from tests.integration.network.rooms import NODE_IP, OUTSIDE_IP, Room, running, wire


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that the processes run on: its subprocesses and datagrams behave in ways of their own."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def rooms() -> Iterator[Callable[[], Room]]:
    made: list[Room] = []

    def make() -> Room:
        made.append(Room())
        return made[-1]

    yield make
    for room in made:
        room.remove()


@pytest.fixture
def node(rooms: Callable[[], Room]) -> Room:
    """A node at NODE_IP with a way out over `outside`, and Docker's FORWARD policy."""
    room = rooms()
    room.run("iptables", "-w", "-N", "DOCKER-USER")
    room.run("iptables", "-w", "-A", "FORWARD", "-j", "DOCKER-USER")
    room.run("iptables", "-w", "-P", "FORWARD", "DROP")
    return room


@pytest.fixture
def outside(node: Room, rooms: Callable[[], Room]) -> Room:
    """A machine beyond the node that knows no route to pods."""
    room = rooms()
    wire(node, room, NODE_IP, OUTSIDE_IP)
    node.run("ip", "route", "add", "default", "via", OUTSIDE_IP)
    return room


@pytest.fixture
async def network(node: Room, outside: Room, tmp_path: Path) -> AsyncIterator[PodNetwork]:
    async with running(node, "node-1", NODE_IP, "10.244.1.0/24", tmp_path) as network:
        yield network
