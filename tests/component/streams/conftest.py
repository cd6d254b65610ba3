"""A whole apiserver over a store in memory, with TLS on both faces, and an agent whose containers are processes."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
import uvloop
import yaml
from aiohttp import web

from services.apiserver.assembly import assemble
from services.apiserver.discovery.documents import Documents
from services.apiserver.filters.authentication import Authenticator
from services.apiserver.grpc_face.server import serve as serve_grpc
from services.apiserver.rest.face import Face
from services.apiserver.rest.server import serve as serve_rest
from services.apiserver.streams import attach, log, portforward
from services.apiserver.streams import exec as exec_
from services.apiserver.streams.lifetime import pod_ended
from services.apiserver.streams.nodes import NodeSessions
from services.cli.pki import Pki
from services.client.sdk import Binding, Client
from services.foundation import definitions, tls
from services.node_agent.tunnel import Sessions
from services.objects.kinds import KINDS
from services.objects.schema import Schema
from services.storage.memory import MemoryStore
from tests.component.streams.fake_agent import FakeAgent

STREAMS = {"exec": exec_.handle, "attach": attach.handle, "portforward": portforward.handle, "log": log.handle}


def pytest_asyncio_loop_factories(config: Any, item: Any) -> dict[str, Any]:
    """The loop that the processes run on."""
    return {"uvloop": uvloop.new_event_loop}


def kubectls() -> list[str]:
    """kubectl in every version found: beside the resolved one, and in PINNACE_KUBECTLS."""
    found = [path for path in os.environ.get("PINNACE_KUBECTLS", "").split(os.pathsep) if path]
    if first := shutil.which("kubectl"):
        folder = Path(first).resolve().parent
        found += [str(path) for path in sorted(folder.glob("kubectl*")) if os.access(path, os.X_OK)]
    return found or ["kubectl"]


class Cluster(NamedTuple):
    client: Client
    agent: FakeAgent
    pki: Pki
    port: int
    kubeconfig: Path
    sessions: NodeSessions


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    made = Pki(tmp_path_factory.mktemp("pki"))
    made.ensure(["one"], ["127.0.0.1"])
    return made


@pytest.fixture(scope="session")
def schema() -> Schema:
    return Schema(definitions.load())


@pytest_asyncio.fixture
async def cluster(pki: Pki, schema: Schema, tmp_path: Path) -> AsyncIterator[Cluster]:
    store, agent = MemoryStore(), FakeAgent()
    parts = assemble(store, store, schema)
    sessions = NodeSessions(partial(pod_ended, parts.cache))
    identity, authenticator = pki.identity("apiserver"), Authenticator({})
    documents = Documents(KINDS, schema, "127.0.0.1:6443", lambda: "")
    face = Face(parts.api, KINDS, authenticator, documents, STREAMS, sessions)
    caching = asyncio.create_task(parts.cache.run())
    await asyncio.wait_for(parts.cache.synced.wait(), 10)
    runner = web.AppRunner(agent.app(), handler_cancellation=True)
    await runner.setup()
    await web.UnixSite(runner, str(tmp_path / "agent.sock")).start()

    async def connect(target: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if target == "http":
            return await asyncio.open_unix_connection(str(tmp_path / "agent.sock"))
        return await asyncio.open_connection("127.0.0.1", int(target.rpartition(":")[2]))

    async with (
        serve_rest(face, "127.0.0.1", 0, tls.server_context(identity)) as port,
        serve_grpc(parts.api, sessions, identity, authenticator, address="127.0.0.1", port=0) as ports,
        Client(f"127.0.0.1:{ports.certificates}", identity=pki.identity("admin")) as client,
    ):
        tunnels = Sessions("one", f"127.0.0.1:{ports.certificates}", pki.identity("node-one"), connect)
        connected = asyncio.create_task(tunnels.run())
        await tunnels.wait_connected(10)
        yield Cluster(client, agent, pki, port, kubeconfig(pki, port, tmp_path), sessions)
        connected.cancel()
        await asyncio.wait({connected})
    await runner.cleanup()
    caching.cancel()
    await asyncio.wait({caching})


def kubeconfig(pki: Pki, port: int, folder: Path) -> Path:
    def data(path: Path) -> str:
        return base64.b64encode(path.read_bytes()).decode()

    admin = pki.identity("admin")
    config = {
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
        "clusters": [{"name": "test", "cluster": {"server": f"https://127.0.0.1:{port}",
                                                  "certificate-authority-data": data(admin.ca)}}],
        "users": [{"name": "admin", "user": {"client-certificate-data": data(admin.certificate),
                                             "client-key-data": data(admin.key)}}],
    }  # fmt: skip
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path


@pytest_asyncio.fixture
async def pod(cluster: Cluster) -> dict[str, Any]:
    """Pod `web` with containers `a`, running on node `one`."""
    return await running_pod(cluster, "web", ["a"])


async def running_pod(cluster: Cluster, name: str, containers: list[str]) -> dict[str, Any]:
    namespaces = [obj["metadata"]["name"] for obj in await cluster.client.namespaces().list()]
    if "default" not in namespaces:
        await cluster.client.namespaces().create({"metadata": {"name": "default"}})
        await cluster.client.serviceaccounts("default").create({"metadata": {"name": "default"}})
    pods = cluster.client.pods("default")
    spec = {"containers": [{"name": each, "image": "x", "stdin": True} for each in containers]}
    made = await pods.create({"metadata": {"name": name}, "spec": spec})
    await cluster.client.bind([Binding("default", name, made["metadata"]["uid"], "one")])
    state = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
    statuses = [{"name": each, "state": state, "ready": True, "restartCount": 0, "image": "x", "imageID": ""}
                for each in containers]  # fmt: skip
    patch = {"status": {"phase": "Running", "containerStatuses": statuses}}
    return await pods.patch(name, patch, subresource="status")


class Finished(NamedTuple):
    code: int
    out: bytes
    err: bytes


class Kubectl:
    def __init__(self, binary: str, cluster: Cluster, home: Path) -> None:
        self._command = [binary, "--kubeconfig", str(cluster.kubeconfig), "--cache-dir", str(home / "cache")]

    async def start(self, *arguments: str, terminal: int | None = None) -> asyncio.subprocess.Process:
        """`terminal` is the file descriptor of a terminal that takes the place of the three pipes."""
        pipe = asyncio.subprocess.PIPE if terminal is None else terminal
        return await asyncio.create_subprocess_exec(*self._command, *arguments, stdin=pipe, stdout=pipe, stderr=pipe)

    async def __call__(self, *arguments: str, stdin: bytes = b"", timeout: float = 30) -> Finished:
        process = await self.start(*arguments)
        try:
            out, err = await asyncio.wait_for(process.communicate(stdin), timeout)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode is not None
        return Finished(process.returncode, out, err)


@pytest.fixture(params=kubectls(), ids=lambda path: Path(path).name)
def kubectl(request: pytest.FixtureRequest, cluster: Cluster, tmp_path: Path) -> Kubectl:
    return Kubectl(request.param, cluster, tmp_path)
