"""A pod of the real Docker Engine behind a hostPort of a node that lives in a network namespace of its own."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.integration.network.rooms import DEADLINE, NODE_IP, OUTSIDE_IP, Room, running, wire


@contextmanager
def room() -> Iterator[Room]:
    made = Room()
    try:
        yield made
    finally:
        made.remove()


async def heard(outside: Room) -> str:
    """What the container says to who comes by the node's port 8000; "" when nobody listens."""
    loop = asyncio.get_running_loop()
    with outside.socket() as client:
        try:
            async with asyncio.timeout(DEADLINE):
                await loop.sock_connect(client, (NODE_IP, 8000))
                return (await loop.sock_recv(client, 100)).decode()
        except ConnectionRefusedError:
            return ""


async def until(holds: Callable[[str], bool], outside: Room) -> None:
    async with asyncio.timeout(DEADLINE):
        while not holds(await heard(outside)):  # noqa: ASYNC110  nothing tells
            await asyncio.sleep(0.05)


async def test_a_host_port_leads_to_the_container_until_the_pod_is_deleted(
    bench: Any, pods: Any, containers: Any, tmp_path: Path
) -> None:
    main = containers(
        script="trap 'exit 0' TERM; nc -ll -p 8080 -e echo hello & wait",
        ports=[{"containerPort": 8080, "hostPort": 8000, "protocol": "TCP"}],
    )
    pod = pods(containers=[main])
    with ExitStack() as stack:
        node, outside = stack.enter_context(room()), stack.enter_context(room())
        wire(node, outside, NODE_IP, OUTSIDE_IP)
        async with running(node, "node-1", NODE_IP, "10.244.1.0/24", tmp_path) as network:
            bench.node = dataclasses.replace(bench.node, network=network)
            await bench.restart()
            network.on_pod(None, pod)
            bench.apply(pod)
            await bench.running(pod)
            await until("hello\n".__eq__, outside)
        assert await heard(outside) == "hello\n", "while no agent runs"
        async with running(node, "node-1", NODE_IP, "", tmp_path) as network:
            network.on_pod(None, pod)
            bench.node = dataclasses.replace(bench.node, network=network)
            await bench.restart()
            await network.settled(DEADLINE)
            assert await heard(outside) == "hello\n"
            # The API still has it; its network is taken away first.
            await bench.delete(pod)
            await network.settled(DEADLINE)
            assert await heard(outside) == ""
            assert await network.addresses() == {}
