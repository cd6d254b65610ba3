"""The near end of tunnels: connections to what the apiserver dials.

A port inside a pod is reached from within the pod's network namespace, so that programs which listen on localhost only
are reached too. A thread enters the namespace, makes the socket (a socket belongs for ever to the namespace it was made
in) and ends; the process itself never leaves its own.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from services.node_agent.engine.docker import DockerEngine
from services.objects.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from services.node_agent.roster import Roster

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Connector:
    """`connect(target)` for tunnel.Sessions; `roster` is set once there is one."""

    def __init__(self, http_socket: Path, engine: DockerEngine) -> None:
        self._http_socket = http_socket
        self._engine = engine
        self.roster: Roster | None = None

    async def connect(self, target: str) -> Streams:
        """"http", "tcp:ADDRESS:PORT" or "pod:NAMESPACE/NAME:PORT". Raises OSError or StatusError."""
        kind, _, rest = target.partition(":")
        if target == "http":
            return await asyncio.open_unix_connection(str(self._http_socket))
        if kind == "tcp":
            address, _, port = rest.rpartition(":")
            return await asyncio.open_connection(address.strip("[]"), int(port))
        if kind == "pod":
            name, _, port = rest.rpartition(":")
            namespace, _, name = name.partition("/")
            return await self._to_pod(namespace, name, int(port))
        raise BadRequest(f"unknown target of a tunnel: {target!r}")

    async def _to_pod(self, namespace: str, name: str, port: int) -> Streams:
        executor = self.roster.executor(namespace, name) if self.roster else None
        if executor is None:
            raise NotFound.object("", "pods", name)
        if executor.machine.host_network:
            return await asyncio.open_connection("127.0.0.1", port)
        sandbox = executor.machine.sandbox
        if sandbox is None:
            raise ConnectionRefusedError(f'the pod "{name}" has no network: it is not running')
        last: OSError | None = None
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            made = await asyncio.to_thread(socket_in, sandbox.pid, family)
            try:
                await asyncio.get_running_loop().sock_connect(made, (address, port))
                return await asyncio.open_connection(sock=made)
            except OSError as error:
                made.close()
                last = last or error
            except BaseException:
                made.close()
                raise
        raise ConnectionRefusedError(f"failed to connect to localhost:{port} inside the pod: {last}")


def socket_in(pid: int, family: socket.AddressFamily) -> socket.socket:
    """A non-blocking TCP socket in the network namespace of a process. Raises OSError."""
    made: list[socket.socket] = []
    failed: list[OSError] = []

    def enter() -> None:
        try:
            namespace = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            try:
                if _libc.setns(namespace, CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
                made.append(socket.socket(family, socket.SOCK_STREAM))
            finally:
                os.close(namespace)
        except OSError as error:
            failed.append(error)

    # A thread of its own that ends: one of a pool would come back in the wrong namespace.
    thread = threading.Thread(target=enter, name="netns")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    made[0].setblocking(False)
    return made[0]
