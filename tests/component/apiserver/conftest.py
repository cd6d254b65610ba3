"""An apiserver over the store in memory: the same parts as the process has, without etcd and TLS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from services.apiserver.assembly import Parts, assemble
from services.apiserver.discovery.documents import Documents
from services.apiserver.handlers.api import Api
from services.apiserver.request import Caller, Target, WriteOptions
from services.apiserver.rest.face import Face
from services.apiserver.rest.server import serve
from services.foundation import definitions
from services.objects.kinds import KINDS, NAMESPACE, SERVICEACCOUNT
from services.objects.schema import Schema
from services.storage.memory import MemoryStore
from tests.component.apiserver import crontabs

ADMIN = Caller("admin", frozenset({"system:masters"}))
NODE = Caller("system:node:n1", frozenset({"system:nodes"}))
TOKENS = {"admin-token": ADMIN, "node-token": NODE}
SCHEMA = Schema(definitions.load())


class Clock:
    """Time that moves when told to."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@asynccontextmanager
async def running(store: MemoryStore, **options: Any) -> AsyncIterator[Parts]:
    parts = assemble(store, store, SCHEMA, **options)
    following = asyncio.create_task(parts.cache.run())
    try:
        async with asyncio.timeout(5):
            await parts.cache.synced.wait()
        yield parts
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


@pytest.fixture
async def parts(store: MemoryStore, clock: Clock) -> AsyncIterator[Parts]:
    async with running(store, tokens=TOKENS) as parts:
        parts.api.core.now = clock
        for name in ("default", "kube-system"):
            await parts.api.create(ADMIN, Target(NAMESPACE), {"metadata": {"name": name}}, WriteOptions())
            await parts.api.create(
                ADMIN, Target(SERVICEACCOUNT, name), {"metadata": {"name": "default"}}, WriteOptions()
            )
        yield parts


@pytest.fixture
def api(parts: Parts) -> Api:
    return parts.api


class Rest:
    """A user of the REST API."""

    def __init__(self, session: aiohttp.ClientSession, root: str) -> None:
        self.session = session
        self.root = root

    async def __call__(self, method: str, path: str, json: Any = None, **options: Any) -> tuple[int, Any]:
        async with self.session.request(method, self.root + path, json=json, **options) as response:
            return response.status, await response.json(content_type=None)

    def open(self, method: str, path: str, **options: Any) -> Any:
        return self.session.request(method, self.root + path, **options)


@pytest.fixture
async def rest(parts: Parts) -> AsyncIterator[Rest]:
    documents = Documents(KINDS, SCHEMA, "127.0.0.1:6443", lambda: "")
    face = Face(parts.api, KINDS, parts.authenticator, documents, {})
    async with serve(face, "127.0.0.1", 0, None) as port:
        headers = {"Authorization": "Bearer admin-token"}
        async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(10)) as session:
            yield Rest(session, f"http://127.0.0.1:{port}")


@pytest.fixture
async def crd(rest: Rest) -> Any:
    """CronTabs, established; for tests in which definitions are settled."""
    return await crontabs.define(rest, crontabs.definition())
