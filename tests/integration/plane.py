"""The control plane as processes: etcd, an apiserver, and as many of the others as a test wants."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

from services.cli.pki import Pki
from tests.integration.conftest import Etcd, free_ports

DEADLINE = 30.0  # seconds


class Plane:
    """Processes that end with the test."""

    def __init__(self, folder: Path, etcd: Etcd) -> None:
        self.folder = folder
        self.pki = Pki(folder / "pki")
        self.pki.ensure(["node-a"], ["127.0.0.1"])
        self.etcd = etcd
        self.port = self.grpc_port = 0
        self.processes: list[subprocess.Popen[bytes]] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.grpc_port}"

    def apiserver(self) -> None:
        """Starts one on ports that are free: somebody else may take one between our asking and its binding."""
        identity = self.pki.identity("apiserver")
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            self.port, self.grpc_port, tokens = free_ports(3)
            process = self._start("apiserver", port=self.port, grpc_port=self.grpc_port, bind_address="127.0.0.1",
                                  grpc_token_port=tokens,
                                  certificate=identity.certificate, key=identity.key, client_ca=identity.ca,
                                  service_account_key=self.pki.service_account_key)  # fmt: skip
            while process.poll() is None:
                if "apiserver started" in self.log("apiserver"):
                    return
                assert time.monotonic() < deadline, self.log("apiserver")
                time.sleep(0.05)
            assert "Address already in use" in self.log("apiserver"), self.log("apiserver")
        raise AssertionError(self.log("apiserver"))

    def controller_manager(self, health: int | None = None, **more: object) -> tuple[subprocess.Popen[bytes], int]:
        """The process and the port of its health: a free one unless given."""
        return self._candidate("controller_manager", "controller-manager", health, **more)

    def scheduler(self, health: int | None = None, **more: object) -> tuple[subprocess.Popen[bytes], int]:
        return self._candidate("scheduler", "scheduler", health, **more)

    def _candidate(self, service: str, leaf: str, health: int | None, **more: object
                   ) -> tuple[subprocess.Popen[bytes], int]:  # fmt: skip
        identity = self.pki.identity(leaf)
        if health is None:
            (health,) = free_ports(1)
        process = self._start(service, apiserver=self.address, health_port=health, certificate=identity.certificate,
                              key=identity.key, ca=identity.ca, **more)  # fmt: skip
        return process, health

    def _start(self, service: str, **flags: object) -> subprocess.Popen[bytes]:
        given = [text for name, value in flags.items() for text in (f"--{name.replace('_', '-')}", str(value))]
        command = [sys.executable, "-m", f"services.{service}", "--etcd-endpoints", self.etcd.endpoints[0], *given]
        with (self.folder / f"{service}.log").open("ab") as log:
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, env=os.environ))
        return self.processes[-1]

    def log(self, service: str = "controller_manager") -> str:
        return (self.folder / f"{service}.log").read_text()

    def stop(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGKILL)
            process.wait(DEADLINE)


def wait_ready(port: int) -> None:
    deadline = time.monotonic() + DEADLINE
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
                assert answer.status == 200
                return
        except OSError:
            assert time.monotonic() < deadline, "not ready in time"
            time.sleep(0.05)
