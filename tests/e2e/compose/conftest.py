"""The compose cluster under a name, on ports and in a network of the tests' own."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.cli import demo_image
from tests.e2e.harness import Kubectl, eventually

ROOT = Path(__file__).parents[3]
NETWORK = "172.31.252"


@dataclass(frozen=True)
class Compose:
    """`deploy/compose`, and the node containers behind it."""

    environment: dict[str, str]

    @property
    def kubeconfig(self) -> Path:
        return Path(self.environment["PINNACE_KUBECONFIG"])

    def script(self, name: str, *arguments: str, timeout: float = 900) -> str:
        """One of deploy/compose; raises AssertionError with what it printed."""
        done = subprocess.run(
            [ROOT / "deploy" / "compose" / name, *arguments],
            capture_output=True,
            text=True,
            timeout=timeout,
            env={**os.environ, **self.environment},
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def container(self, service: str) -> str:
        project = self.environment["COMPOSE_PROJECT_NAME"]
        labels = {"project": project, "service": service}
        filters = [f"--filter=label=com.docker.compose.{key}={value}" for key, value in labels.items()]
        return docker("ps", "--all", "--quiet", *filters).strip()


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True, timeout=120).stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def compose(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    compose = Compose(
        {
            "COMPOSE_PROJECT_NAME": f"pinnace-e2e-{os.getpid()}",
            "PINNACE_KUBECONFIG": str(tmp_path_factory.mktemp("compose") / "kubeconfig"),
            "PINNACE_NETWORK": NETWORK,
            "PINNACE_PORT": str(free_port()),
            "PINNACE_GRPC_PORT": str(free_port()),
            "PINNACE_EXPLAIN_PORT": str(free_port()),
            # A node that is silent for eight seconds is not ready; it renews its lease every two.
            "PINNACE_NODE_MONITOR_GRACE": "8",
            "PINNACE_LEASE_SECONDS": "8",
        }
    )
    try:
        compose.script("up", "--build")
        asyncio.run(demo_image.ensure("unix:///var/run/docker.sock"))
        compose.script("load", "pinnace/demo:latest")
        yield compose
    finally:
        compose.script("down", "--purge")


@pytest.fixture
def namespace(compose: Compose, request: pytest.FixtureRequest) -> Iterator[Kubectl]:
    """kubectl within a namespace of the test's own."""
    kubectl = Kubectl(compose.kubeconfig)
    name = "e2e-" + re.sub("[^a-z0-9]+", "-", request.node.name.lower())[-40:].strip("-")
    kubectl("create", "namespace", name)
    ours = kubectl.within(name)
    eventually(lambda: ours.run("get", "serviceaccount", "default").returncode == 0, within=20)
    yield ours
    kubectl("delete", "namespace", name, "--timeout=90s")
