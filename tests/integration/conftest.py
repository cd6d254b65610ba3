"""A real etcd for whoever wants one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from services.foundation.tls import Identity, client_context
from services.storage import writer

DEADLINE = 30.0  # seconds


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class Etcd:
    """One member; `start` after `stop` or `kill` brings back the same data on the same port."""

    def __init__(self, folder: Path, *, name: str = "one", identity: Identity | None = None,
                 ports: tuple[int, int] | None = None, cluster: str = "", progress: str = "500ms") -> None:  # fmt: skip
        self.folder = folder
        self.identity = identity
        self.client_port, self.peer_port = ports or tuple(free_ports(2))
        scheme = "https" if identity else "http"
        self.endpoints = [f"{scheme}://127.0.0.1:{self.client_port}"]
        peer = f"http://127.0.0.1:{self.peer_port}"
        etcd = shutil.which("etcd")
        if etcd is None:
            pytest.fail("etcd is not installed")
        self._command = [
            etcd, "--name", name, "--data-dir", str(folder / name), "--logger", "zap", "--log-level", "error",
            "--listen-client-urls", self.endpoints[0], "--advertise-client-urls", self.endpoints[0],
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--initial-cluster", cluster or f"{name}={peer}",
            "--heartbeat-interval", "50", "--election-timeout", "500",
            f"--experimental-watch-progress-notify-interval={progress}",
        ]  # fmt: skip
        if identity:
            self._command += ["--cert-file", str(identity.certificate), "--key-file", str(identity.key),
                              "--trusted-ca-file", str(identity.ca), "--client-cert-auth"]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> None:
        with (self.folder / "etcd.log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        if wait:
            self.wait()

    def wait(self) -> None:
        """Until it is healthy: it listens long before it serves, and serves before its cluster has a leader."""
        assert self._process is not None
        context = client_context(self.identity) if self.identity else None
        deadline = time.monotonic() + DEADLINE
        while True:
            try:
                with urllib.request.urlopen(self.endpoints[0] + "/health", timeout=1, context=context) as answer:
                    if json.load(answer)["health"] == "true":
                        return
            except OSError:
                pass  # not yet
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail("etcd did not start: " + (self.folder / "etcd.log").read_text()[-2000:])
            time.sleep(0.02)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Until `resume` it hangs, with its connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        if number != signal.SIGKILL:
            self._process.send_signal(signal.SIGCONT)
        try:
            self._process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(DEADLINE)
        self._process = None


@pytest.fixture
def make_etcd(tmp_path: Path) -> Iterator[Callable[..., Etcd]]:
    """Makes members that end with the test; the arguments are Etcd's. They are not started."""
    made: list[Etcd] = []

    def make(**options: object) -> Etcd:
        made.append(Etcd(tmp_path, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for each in made:
        each.kill()


@pytest.fixture
def etcd(make_etcd: Callable[..., Etcd]) -> Etcd:
    """A running etcd of one member: `.endpoints`, `.stop()`, `.kill()`, `.start()`."""
    member = make_etcd()
    member.start()
    return member


@pytest.fixture
async def store(etcd: Etcd) -> AsyncIterator[writer.Store]:
    """reader, writer and channel of a real, empty store."""
    async with writer.connect(etcd.endpoints) as connected:
        yield connected
