"""Keeps the processes of a one-machine cluster alive: `python -m services.cli.supervisor --state-dir DIR`.

A child that ends is started again, after a delay that doubles from 0.2 s to 30 s and is forgotten after a minute of
life. Children die with the supervisor (PR_SET_PDEATHSIG), so a killed supervisor leaves no ports taken; the containers
of pods belong to Docker and live on. systemd was rejected as the supervisor: containers often run without it.
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from services.cli import cluster as clusters
from services.cli import kubeconfig
from services.cli.cluster import Cluster, Component
from services.foundation import log, process

FIRST_DELAY, LONGEST_DELAY, SETTLED_AFTER = 0.2, 30.0, 60.0
STOP_DEADLINE = 15.0
LOG_LIMIT = 50 << 20  # bytes; then the file is moved aside once
CERTIFICATE_CHECK = 12 * 3600.0
PR_SET_PDEATHSIG = 1

logger = log.get(__name__)


@dataclass
class Child:
    """What `pinnace status` shows of a component; `started` is in seconds since the epoch."""

    pid: int = 0
    started: float = 0.0
    restarts: int = -1
    last_exit: int | None = None


class Supervisor:
    """Owns the children of one cluster."""

    def __init__(self, cluster: Cluster, *, to_terminal: bool) -> None:
        self._cluster = cluster
        self._to_terminal = to_terminal
        self._components = clusters.components(cluster)
        self._children = {component.name: Child() for component in self._components}
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = False

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping` is set; then ends the children in reverse order and returns."""
        self._cluster.logs.mkdir(parents=True, exist_ok=True)
        async with asyncio.TaskGroup() as group:
            keepers = [group.create_task(self._keep(component)) for component in self._components]
            renewal = group.create_task(self._renew_certificates())
            await stopping.wait()
            self._stopping = True
            renewal.cancel()
            for component, keeper in reversed(list(zip(self._components, keepers, strict=True))):
                await self._end(component.name)
                keeper.cancel()

    async def _keep(self, component: Component) -> None:
        delay = FIRST_DELAY
        while not self._stopping:
            started = time.monotonic()
            code = await self._run_once(component)
            if self._stopping:
                return
            logger.warning("process ended", name=component.name, code=code, restart_in=delay)
            if time.monotonic() - started > SETTLED_AFTER:
                delay = FIRST_DELAY
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY)

    async def _run_once(self, component: Component) -> int:
        output = None if self._to_terminal else _log_file(self._cluster.logs / f"{component.name}.log")
        try:
            child = await asyncio.create_subprocess_exec(
                *component.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent,
            )
        except OSError as error:
            logger.error("process cannot be started", name=component.name, error=str(error))
            return -1
        finally:
            if output is not None:
                os.close(output)
        self._processes[component.name] = child
        record = self._children[component.name]
        record.pid, record.started, record.restarts = child.pid, time.time(), record.restarts + 1
        self._publish()
        record.last_exit = await child.wait()
        record.pid = 0
        self._publish()
        return record.last_exit

    async def _end(self, name: str) -> None:
        child = self._processes.get(name)
        if child is None or child.returncode is not None:
            return
        child.terminate()
        try:
            await asyncio.wait_for(child.wait(), STOP_DEADLINE)
        except TimeoutError:
            logger.warning("process does not stop, killing it", name=name)
            child.kill()
            await child.wait()

    async def _renew_certificates(self) -> None:
        """Restarts the processes when a certificate was renewed: nothing else reloads them."""
        while True:
            await asyncio.sleep(CERTIFICATE_CHECK)
            renewed = self._cluster.pki.ensure([self._cluster.node_name], self._cluster.certificate_names)
            if not renewed:
                continue
            logger.info("certificates renewed", names=renewed)
            write_kubeconfigs(self._cluster)
            for component in self._components:
                await self._end(component.name)

    def _publish(self) -> None:
        path = self._cluster.state_dir / "status.json"
        temporary = path.with_suffix(".new")
        temporary.write_bytes(orjson.dumps({name: asdict(child) for name, child in self._children.items()}))
        temporary.replace(path)


def write_kubeconfigs(cluster: Cluster) -> None:
    admin = cluster.pki.identity("admin")
    kubeconfig.write(cluster.own_kubeconfig, cluster.server, admin)
    kubeconfig.merge(cluster.kubeconfig, cluster.server, admin)


def _log_file(path: Path) -> int:
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)


def die_with_parent() -> None:
    """In a child, before it becomes another program."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def main(argv: Sequence[str]) -> None:
    """`--state-dir DIR [--to-terminal]`; exits with 1 when another supervisor holds the directory."""
    state_dir = Path(argv[argv.index("--state-dir") + 1])
    cluster = clusters.load(state_dir)
    if cluster is None:
        sys.exit(f"{state_dir} holds no cluster: run `pinnace up`")
    lock = os.open(state_dir / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"another supervisor runs the cluster in {state_dir}")
    pid_file = state_dir / "supervisor.pid"
    pid_file.write_text(str(os.getpid()))

    async def supervise(stopping: asyncio.Event) -> None:
        try:
            await Supervisor(cluster, to_terminal="--to-terminal" in argv).run(stopping)
        finally:
            pid_file.unlink(missing_ok=True)

    process.run("supervisor", supervise)


if __name__ == "__main__":
    main(sys.argv[1:])
