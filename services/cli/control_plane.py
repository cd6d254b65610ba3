"""A control plane of one's own: etcd, an apiserver and a scheduler in a temporary directory, on loopback ports.

It is made for a measurement and is gone afterwards, whatever happened: the processes die with this one, and the
directory with the block. There are no controllers and no nodes. TLS and certificates are those of `pinnace up`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import random
import shutil
import socket
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.cli import cluster as clusters
from services.cli import kubeconfig, preflight, readiness
from services.cli.cluster import Cluster, Component
from services.cli.supervisor import STOP_DEADLINE, die_with_parent
from services.load.ground import Refused
from services.load.scheduling.place import Place

PARTS = (readiness.ETCD, readiness.APISERVER, readiness.SCHEDULER)
_HOST = "127.0.0.1"
_PORTS = 9  # in a row
_FIRST, _LAST = 20_000, 32_000  # below those that outgoing connections get
_TAIL = 3000  # characters of a log


@asynccontextmanager
async def private() -> AsyncIterator[Place]:
    """Raises Refused when it does not come up, or when one of its processes ends unasked before the block does;
    preflight.Refused when it cannot come up on this machine."""
    if shutil.which("etcd") is None:
        raise preflight.Refused("etcd is not installed: install it with `apt-get install etcd-server`")
    with tempfile.TemporaryDirectory(prefix="pinnace-load-") as directory:
        cluster = _cluster(Path(directory))
        try:
            async with asyncio.TaskGroup() as group:  # cancels the block when a process ends
                parts = _Parts(cluster, group)
                try:
                    for name in PARTS:
                        await parts.start(name)
                    await readiness.wait(cluster, PARTS)
                    yield Place(cluster.own_kubeconfig, f"{_HOST}:{cluster.grpc_port}", cluster.health_port + 2,
                                parts.pids, parts.start, parts.stop, parts.said)  # fmt: skip
                finally:
                    for name in reversed(PARTS):
                        await parts.stop(name)
        except BaseExceptionGroup as errors:
            error = errors.exceptions[0]
            raise (Refused(str(error)) if isinstance(error, preflight.Refused) else error) from None


class _Parts:
    """The processes; `pids` by name are those that run."""

    def __init__(self, cluster: Cluster, group: asyncio.TaskGroup) -> None:
        self._cluster = cluster
        self._group = group
        self._components = {each.name: each for each in _components(cluster)}
        self._running: dict[str, tuple[Process, asyncio.Task[None]]] = {}
        self.pids: dict[str, int] = {}

    async def start(self, name: str) -> None:
        with _log(self._cluster, name).open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *self._components[name].command, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output,
                preexec_fn=die_with_parent,
            )  # fmt: skip
        self._running[name] = process, self._group.create_task(_ended(self._cluster, name, process))
        self.pids[name] = process.pid

    def said(self, name: str) -> str:
        """The end of its log."""
        return _tail(self._cluster, name)

    async def stop(self, name: str) -> None:
        """No matter whether it runs."""
        if name not in self._running:
            return
        process, watching = self._running.pop(name)
        del self.pids[name]
        watching.cancel()
        if process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_DEADLINE):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _cluster(directory: Path) -> Cluster:
    first = _free_ports()
    cluster = Cluster(
        state_dir=directory, node_name="none", node_ip=_HOST, port=first, grpc_port=first + 1, etcd_port=first + 3,
        health_port=first + 5, kubeconfig=directory / "kubeconfig",
    )  # fmt: skip
    cluster.pki.ensure([], [_HOST])
    cluster.logs.mkdir()
    kubeconfig.write(cluster.own_kubeconfig, cluster.server, cluster.pki.identity("admin"))
    return cluster


def _components(cluster: Cluster) -> list[Component]:
    """On loopback only: nobody else is to reach it."""
    chosen = [each for each in clusters.components(cluster) if each.name in PARTS]
    return [dataclasses.replace(each, command=(*each.command, f"--bind-address={_HOST}"))
            if each.name == readiness.APISERVER else each for each in chosen]  # fmt: skip


async def _ended(cluster: Cluster, name: str, process: Process) -> None:
    code = await process.wait()
    raise Refused(f"{name} ended with code {code}: {_tail(cluster, name)}")


def _tail(cluster: Cluster, name: str) -> str:
    return _log(cluster, name).read_text(errors="replace")[-_TAIL:]


def _log(cluster: Cluster, name: str) -> Path:
    return cluster.logs / f"{name}.log"


def _free_ports() -> int:
    """The first of some ports in a row that nobody listens on."""
    while True:
        first = random.randrange(_FIRST, _LAST, _PORTS)
        if all(_is_free(port) for port in range(first, first + _PORTS)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
    return True
