"""Apiserver processes over a real etcd, and kubectl in front of them."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.cli.pki import Pki
from services.foundation.tls import client_context

DEADLINE = 20.0  # seconds


def free_ports(count: int) -> list[int]:
    """Below the range the system gives to outgoing connections, so that nobody takes one before the process does."""
    with ExitStack() as stack:
        found: list[int] = []
        while len(found) < count:
            each = stack.enter_context(socket.socket())
            try:
                each.bind(("127.0.0.1", random.randrange(15000, 30000)))
            except OSError:
                continue
            found.append(each.getsockname()[1])
        return found


def eventually(check: Callable[[], Any], what: str) -> Any:
    """The first true value that `check` returns within the deadline."""
    deadline = time.monotonic() + DEADLINE
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"not within {DEADLINE} s: {what}")
        time.sleep(0.05)


class Process:
    """One apiserver process."""

    def __init__(self, folder: Path, pki: Pki, endpoints: list[str]) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.port, self.grpc_port, self.token_port = free_ports(3)
        identity = pki.identity("apiserver")
        self.pki = pki
        self.url = f"https://127.0.0.1:{self.port}"
        self._context = client_context(pki.identity("admin"))
        self._command = [
            sys.executable, "-m", "services.apiserver", "--etcd-endpoints", ",".join(endpoints),
            "--bind-address", "127.0.0.1", "--port", str(self.port), "--grpc-port", str(self.grpc_port),
            "--grpc-token-port", str(self.token_port),
            "--certificate", str(identity.certificate), "--key", str(identity.key), "--client-ca", str(identity.ca),
            "--service-account-key", str(pki.service_account_key),
        ]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "apiserver.log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        eventually(self.ready, f"the apiserver is ready: {self.log()[-2000:]}")

    def stop(self) -> int:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(DEADLINE)
        self._process = None
        return code

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(DEADLINE)
            self._process = None

    def log(self) -> str:
        return (self.folder / "apiserver.log").read_text()

    def ready(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            pytest.fail("the apiserver ended: " + self.log()[-3000:])
        try:
            return self.request("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def request(self, method: str, path: str, body: Any = None, *, token: str = "", timeout: float = 30,
                context: ssl.SSLContext | None = None) -> tuple[int, Any]:  # fmt: skip
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
            context = ssl.create_default_context(cafile=str(self.pki.identity("admin").ca))
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=timeout, context=context or self._context) as response:
                return response.status, _decoded(response.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _decoded(error.read())


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode()


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    made = Pki(tmp_path / "pki")
    made.ensure(["n1"], ["127.0.0.1"])
    return made


@pytest.fixture
def make_apiserver(tmp_path: Path, pki: Pki, etcd: Any) -> Iterator[Callable[[str], Process]]:
    """Starts processes by name, over one etcd; they end with the test."""
    made: list[Process] = []

    def make(name: str) -> Process:
        process = Process(tmp_path / name, pki, etcd.endpoints)
        made.append(process)
        process.start()
        return process

    yield make
    for each in made:
        each.kill()


@pytest.fixture
def apiserver(make_apiserver: Callable[[str], Process]) -> Process:
    process = make_apiserver("one")
    code, _ = process.request("POST", "/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "default"}})
    assert code == 201
    return process


class Kubectl:
    def __init__(self, binary: str, kubeconfig: Path) -> None:
        self._binary = binary
        self._environment = {**os.environ, "KUBECONFIG": str(kubeconfig), "HOME": str(kubeconfig.parent)}

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [self._binary, *arguments]
        return subprocess.run(command, input=stdin, env=self._environment, capture_output=True, text=True, timeout=60,
                              check=False)  # fmt: skip

    def __call__(self, *arguments: str, stdin: str = "") -> str:
        """Its output; fails the test when kubectl fails."""
        done = self.run(*arguments, stdin=stdin)
        if done.returncode != 0:
            pytest.fail(f"kubectl {' '.join(arguments)}: {done.stderr}{done.stdout}")
        return done.stdout

    @contextmanager
    def started(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """A kubectl that runs on; killed at the end, and when it has said nothing for too long."""
        command = [self._binary, *arguments]
        with subprocess.Popen(command, env=self._environment, stdout=subprocess.PIPE, text=True) as process:
            alarm = threading.Timer(DEADLINE, process.kill)
            alarm.start()
            try:
                yield process
            finally:
                alarm.cancel()
                process.kill()

    def refused(self, *arguments: str, stdin: str = "") -> str:
        """What it complains of; fails the test when it does not."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode != 0, done.stdout
        return done.stderr


@pytest.fixture
def make_kubectl(tmp_path: Path, apiserver: Process) -> Callable[[str], Kubectl]:
    """By the path of the binary."""
    admin = apiserver.pki.identity("admin")
    config = {
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": apiserver.url, "certificate-authority": str(admin.ca)}}],
        "users": [{"name": "u", "user": {"client-certificate": str(admin.certificate), "client-key": str(admin.key)}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }  # fmt: skip
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(config))
    return lambda binary: Kubectl(binary, path)


@pytest.fixture
def kubectl(make_kubectl: Callable[[str], Kubectl]) -> Kubectl:
    binary = shutil.which("kubectl")
    if binary is None:
        pytest.fail("kubectl is not installed")
    return make_kubectl(binary)
