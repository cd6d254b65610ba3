"""A node in a network namespace of its own, pods in others: nothing of the machine's own network is touched."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from services.node_agent.network import PodNetwork, namespace
from services.objects.meta import Obj

DEADLINE = 10.0
numbers = itertools.count()


class Room:
    """A named network namespace; sockets made in it work from the test's own loop."""

    def __init__(self) -> None:
        self.name = f"pnt-{os.getpid()}-{next(numbers)}"
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.path = Path("/run/netns") / self.name
        self.descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *command: str) -> str:
        return subprocess.run(
            ["nsenter", f"--net={self.path}", *command], check=True, capture_output=True, text=True
        ).stdout

    def socket(self, kind: int = socket.SOCK_STREAM, bind: tuple[str, int] | None = None) -> socket.socket:
        def make() -> socket.socket:
            made = socket.socket(socket.AF_INET, kind)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if bind is not None:
                made.bind(bind)
            made.setblocking(False)
            return made

        return namespace.call_inside(self.descriptor, make)

    @asynccontextmanager
    async def serves(self, port: int, word: str) -> AsyncIterator[None]:
        """TCP: says `word` and the client's address to everybody, then hangs up."""

        async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(f"{word} {writer.get_extra_info('peername')[0]}".encode())
            writer.close()

        listening = self.socket(bind=("0.0.0.0", port))
        listening.listen()
        server = await asyncio.start_server(greet, sock=listening)
        try:
            yield
        finally:
            server.close()

    @asynccontextmanager
    async def echoes(self, port: int, word: str) -> AsyncIterator[None]:
        """UDP: answers every datagram with `word`."""

        class Echo(asyncio.DatagramProtocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                self.transport = transport

            def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
                self.transport.sendto(word.encode(), addr)

        made = self.socket(socket.SOCK_DGRAM, bind=("0.0.0.0", port))
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Echo, sock=made)
        try:
            yield
        finally:
            transport.close()

    async def get(self, address: str, port: int, source: tuple[str, int] | None = None) -> tuple[str, str]:
        """(the word of who answered, the client's address as the server saw it); raises OSError, TimeoutError."""
        loop = asyncio.get_running_loop()
        with self.socket(bind=source) as client:
            async with asyncio.timeout(DEADLINE):
                await loop.sock_connect(client, (address, port))
                text = b""
                while chunk := await loop.sock_recv(client, 4096):
                    text += chunk
        word, peer = text.decode().split()
        return word, peer

    async def ask(self, client: socket.socket, address: str, port: int, data: bytes = b"?") -> bytes:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(DEADLINE):
            client.sendto(data, (address, port))
            return await loop.sock_recv(client, 65535)

    def remove(self) -> None:
        os.close(self.descriptor)
        subprocess.run(["ip", "netns", "del", self.name], check=True)


@contextmanager
def standing_in(room: Room) -> Iterator[None]:
    """What this thread does (and the threads and processes it starts) happens in that namespace."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        namespace.enter(room.descriptor)
        yield
    finally:
        namespace.enter(home)
        os.close(home)


NODE_IP, OUTSIDE_IP = "192.168.77.2", "192.168.77.1"


def wire(one: Room, other: Room, one_ip: str, other_ip: str, one_name: str = "up0", other_name: str = "up0") -> None:
    """A cable between two rooms, addresses with a /24."""
    one.run("ip", "link", "add", one_name, "type", "veth", "peer", "name", other_name, "netns", other.name)
    for room, name, address in ((one, one_name, one_ip), (other, other_name, other_ip)):
        room.run("ip", "addr", "add", f"{address}/24", "dev", name)
        room.run("ip", "link", "set", name, "up")


@asynccontextmanager
async def running(
    room: Room, node_name: str, node_ip: str, cidr: str, directory: Path, *, patience: float = DEADLINE
) -> AsyncIterator[PodNetwork]:
    """An agent's network on that node, its loop running; leaves what it made behind, as an agent that stops does."""
    with standing_in(room):
        resolv = directory / "resolv.conf"
        resolv.touch()
        network = PodNetwork(
            node_name, node_ip, "10.96.0.10", "cluster.local", host_resolv_conf=resolv, patience=patience
        )
        await network.start()
        if cidr:
            await network.set_pod_cidr(cidr)
        task = asyncio.create_task(network.run())
        try:
            yield network
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await network.stop()


async def eventually(holds: Callable[[], bool]) -> None:
    """Waits for something only the kernel can tell; raises TimeoutError when it does not come true."""
    async with asyncio.timeout(DEADLINE):
        while not holds():  # noqa: ASYNC110  nothing tells
            await asyncio.sleep(0.02)


@contextmanager
def sleeper(room: Room) -> Iterator[int]:
    """The pid of a process that does nothing in that namespace, as a pause container does."""
    process = subprocess.Popen(["nsenter", f"--net={room.path}", "sleep", "600"])
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def node_object(name: str, cidr: str, address: str) -> Obj:
    return {
        "metadata": {"name": name},
        "spec": {"podCIDR": cidr, "podCIDRs": [cidr]},
        "status": {"addresses": [{"type": "InternalIP", "address": address}]},
    }
