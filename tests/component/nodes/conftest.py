"""A gRPC face with real TLS over a scripted Api, and agents that connect to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import orjson
import pytest
import pytest_asyncio
import uvloop

from services.apiserver.filters.authentication import Authenticator
from services.apiserver.grpc_face.server import Ports, serve
from services.apiserver.handlers.api import CreateOperation, PatchOperation
from services.apiserver.handlers.core import Answer
from services.apiserver.handlers.reading import Listing
from services.apiserver.request import Caller
from services.apiserver.streams.nodes import NodeSessions
from services.apiserver.watching.item import Batch, WatchFrame
from services.cli.pki import Pki
from services.node_agent.tunnel import Sessions
from services.objects.errors import NotFound, StatusError

TOKENS = {"secret": Caller("alice", frozenset({"system:authenticated"}))}


class ScriptedApi:
    """Answers batches, and serves the leases it was given; keeps what it was asked."""

    def __init__(self) -> None:
        self.operations: list[tuple[Caller, Any]] = []
        self.lease_exists = True
        self.leases: list[dict[str, Any]] = []
        self.lease_events: asyncio.Queue[Batch] = asyncio.Queue()
        self.refusals: dict[str, StatusError] = {}

    async def batch(self, caller: Caller, operations: list[Any], fence: Any) -> list[Answer | StatusError]:
        self.operations += [(caller, operation) for operation in operations]
        return [self._answer(operation) for operation in operations]

    def _answer(self, operation: Any) -> Answer | StatusError:
        if isinstance(operation, CreateOperation):
            self.lease_exists = True
            return Answer(201, orjson.dumps(operation.body), [])
        target = operation.target
        assert isinstance(operation, PatchOperation)
        if target.kind.plural == "leases" and not self.lease_exists:
            return NotFound.object("coordination.k8s.io", "leases", target.name)
        if target.name in self.refusals:
            return self.refusals[target.name]
        return Answer(200, orjson.dumps({"metadata": {"name": target.name, "resourceVersion": "256"}}), [])

    async def get(self, caller: Caller, target: Any, *, resource_version: str = "") -> bytes:
        if target.name in self.refusals:
            raise self.refusals[target.name]
        return orjson.dumps({"metadata": {"name": target.name, "uid": "node-uid"}, "who": caller.name})

    async def list(self, caller: Caller, target: Any, options: Any) -> Listing:
        return Listing(255, "", 0, [orjson.dumps(lease) for lease in self.leases])

    async def watch(self, caller: Caller, target: Any, options: Any) -> AsyncIterator[Batch]:
        while True:
            yield await self.lease_events.get()

    def publish(self, lease: dict[str, Any]) -> None:
        self.lease_events.put_nowait(Batch([WatchFrame("ADDED", orjson.dumps(lease))]))


class Face:
    """A server that can be stopped and started again on its ports."""

    def __init__(self, pki: Pki) -> None:
        self.api = ScriptedApi()
        self.sessions = NodeSessions()
        self._pki = pki
        self._stack = AsyncExitStack()
        self.ports = Ports(0, 0)

    async def start(self) -> None:
        self.ports = await self._stack.enter_async_context(
            serve(self.api, self.sessions, self._pki.identity("apiserver"), Authenticator(TOKENS),  # type: ignore[arg-type]
                  address="127.0.0.1", port=self.ports.certificates, token_port=self.ports.tokens)
        )  # fmt: skip

    async def stop(self) -> None:
        await self._stack.aclose()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.ports.certificates}"


def pytest_asyncio_loop_factories(config: Any, item: Any) -> dict[str, Any]:
    """The loop that the processes run on."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    made = Pki(tmp_path_factory.mktemp("pki"))
    made.ensure(["one"], ["127.0.0.1"])
    return made


@pytest_asyncio.fixture
async def face(pki: Pki) -> AsyncIterator[Face]:
    serving = Face(pki)
    await serving.start()
    yield serving
    await serving.stop()


Connect = Callable[[str], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
Agent = Callable[[Connect], Any]


@pytest.fixture
def agent(face: Face, pki: Pki) -> Agent:
    """`async with agent(connect) as sessions`: a connected agent of node "one"."""

    @asynccontextmanager
    async def connected(connect: Connect) -> AsyncIterator[Sessions]:
        sessions = Sessions("one", face.address, pki.identity("node-one"), connect)
        task = asyncio.create_task(sessions.run())
        try:
            await sessions.wait_connected(10)
            yield sessions
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    return connected
