"""Resolves a name from a network namespace attached like a pod's, before users find out that it does not work."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from pathlib import Path
from typing import Protocol

import dnslib
from pyroute2.netlink.exceptions import NetlinkError

from services.node_agent.network import namespace
from services.node_agent.network.dns import records, wire

UID = "self-check"
DEADLINE = 5.0
TRIES = 3


class DoesNotResolve(Exception):
    """Why, as far as it can be told."""


class Attaches(Protocol):
    async def attach_namespace(self, pod_uid: str, target: Path) -> str: ...
    async def detach(self, pod_uid: str) -> None: ...


async def resolves(network: Attaches, server: str, name: str) -> None:
    """Raises DoesNotResolve, and NoFreeAddress when the node is full."""
    probe = _Probe(server, name)
    loop = asyncio.get_running_loop()
    try:
        await network.attach_namespace(UID, await loop.run_in_executor(None, probe.open))
        await loop.run_in_executor(None, probe.ask)
    except (OSError, NetlinkError, dnslib.DNSError) as error:
        raise DoesNotResolve(f"asking {server} for {name}: {error or type(error).__name__}") from error
    finally:
        await network.detach(UID)
        probe.close()


class _Probe:
    """An own thread holds the namespace open and sends from inside it."""

    def __init__(self, server: str, name: str) -> None:
        self._server, self._name = server, name
        self._descriptor = -1

    def open(self) -> Path:
        self._descriptor = namespace.call_on_own_thread(_fresh)
        return Path(f"/proc/self/fd/{self._descriptor}")

    def ask(self) -> None:
        namespace.call_inside(self._descriptor, self._ask)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def _ask(self) -> None:
        question = wire.query(self._name, records.A, 4711)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(DEADLINE / TRIES)
            client.connect((self._server, 53))
            for left in reversed(range(TRIES)):
                client.send(question)
                try:
                    answer = client.recv(4096)
                except TimeoutError:
                    if not left:
                        raise
                    continue
                if not wire.addresses(answer):
                    raise OSError("the answer holds no address")
                return


def _fresh() -> int:
    """A new network namespace, kept alive by the descriptor that is returned."""
    namespace.leave_for_new()
    return os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
