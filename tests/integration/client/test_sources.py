"""Two ways to see the cluster, straight from etcd and through the apiserver: one picture."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from services.apiserver.assembly import assemble
from services.apiserver.filters.authentication import Authenticator
from services.apiserver.grpc_face.server import serve
from services.apiserver.streams.nodes import NodeSessions
from services.cli.pki import Pki
from services.client.etcd_source import EtcdSource
from services.client.grpc_source import GrpcSource, Selection
from services.client.informer import Informer
from services.client.sdk import Client
from services.foundation import definitions
from services.objects.kinds import CONFIGMAP, NAMESPACE, NODE
from services.objects.meta import Obj, key_of, revision_of
from services.objects.schema import Schema
from services.storage import codec, keys, writer
from services.storage.store import Put

DEADLINE = 20.0


class Apiserver:
    """The parts of one over a store, on a port that stays when it is stopped and started."""

    def __init__(self, store: writer.Store, pki: Pki) -> None:
        self.store = store
        self.identity = pki.identity("apiserver")
        self.port = 0
        self.token_port: int | None = None
        self._stop = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._stop.clear()
        started = asyncio.Event()
        self._running = asyncio.create_task(self._run(started))
        async with asyncio.timeout(DEADLINE):
            await started.wait()

    async def stop(self) -> None:
        self._stop.set()
        if self._running is not None:
            await self._running

    async def _run(self, started: asyncio.Event) -> None:
        parts = assemble(self.store.reader, self.store.writer, Schema(definitions.load()))
        following = asyncio.create_task(parts.cache.run())
        await parts.cache.synced.wait()
        async with serve(parts.api, NodeSessions(), self.identity, Authenticator({}), address="127.0.0.1",
                         port=self.port, token_port=self.token_port) as ports:  # fmt: skip
            self.port, self.token_port = ports
            started.set()
            await self._stop.wait()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


class World(NamedTuple):
    apiserver: Apiserver
    client: Client
    store: writer.Store


@pytest.fixture
async def world(store: writer.Store, tmp_path: Path) -> AsyncIterator[World]:
    pki = Pki(tmp_path / "pki")
    pki.ensure([], ["127.0.0.1"])
    apiserver = Apiserver(store, pki)
    await apiserver.start()
    async with Client(f"127.0.0.1:{apiserver.port}", identity=pki.identity("admin")) as client:
        await client.namespaces().create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})
        yield World(apiserver, client, store)
    await apiserver.stop()


@asynccontextmanager
async def following(*informers: Informer) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(informer.run()) for informer in informers]
    try:
        async with asyncio.timeout(DEADLINE):
            await asyncio.gather(*(informer.synced.wait() for informer in informers))
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def picture(informer: Informer) -> dict[Any, Obj]:
    return {key_of(obj): obj for obj in informer.store(CONFIGMAP).list()}


def configmap(name: str, **labels: str) -> Obj:
    meta = {"name": name, "namespace": "default", "labels": labels}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"a": name}}


async def seen_by(informer: Informer, obj: Obj) -> None:
    """Until the informer has the object as it was written."""
    seen = asyncio.Event()

    def look(old: Obj | None, new: Obj | None) -> None:
        if new is not None and key_of(new) == key_of(obj) and revision_of(new) >= revision_of(obj):
            seen.set()

    informer.subscribe(CONFIGMAP, look)
    async with asyncio.timeout(DEADLINE):
        await seen.wait()


async def test_both_sources_show_the_same_objects(world: World) -> None:
    configmaps = world.client.resource(CONFIGMAP, "default")
    for number in range(5):
        await configmaps.create(configmap(f"before{number}"))
    straight = Informer(EtcdSource(world.store.reader), [CONFIGMAP, NAMESPACE])
    through = Informer(GrpcSource(world.client), [CONFIGMAP, NAMESPACE])
    rng = random.Random(7)
    async with following(straight, through):
        assert picture(straight) == picture(through)
        assert len(picture(through)) == 5
        alive = [f"before{number}" for number in range(5)]
        for number in range(60):
            choice = rng.random()
            if choice < 0.5 or not alive:
                alive.append(f"c{number}")
                await configmaps.create(configmap(alive[-1]))
            elif choice < 0.8:
                await configmaps.patch(rng.choice(alive), {"data": {"n": str(number)}})
            else:
                await configmaps.delete(alive.pop(rng.randrange(len(alive))))
        last = await configmaps.create(configmap("last"))
        await seen_by(straight, last)
        await seen_by(through, last)
        assert picture(straight) == picture(through)
        assert {name for _, name in picture(through)} == {*alive, "last"}
        assert straight.store(NAMESPACE).get("", "default") == through.store(NAMESPACE).get("", "default")


async def test_a_selection_sees_objects_come_into_it_and_leave_it(world: World) -> None:
    configmaps = world.client.resource(CONFIGMAP, "default")
    await configmaps.create(configmap("other", color="blue"))
    await configmaps.create(configmap("mine", color="red"))
    selection = Selection("default", label_selector="color=red")
    informer = Informer(GrpcSource(world.client, {CONFIGMAP: selection}), [CONFIGMAP])
    heard: list[tuple[str, str]] = []

    def hear(old: Obj | None, new: Obj | None) -> None:
        heard.append(("+" if old is None else "-" if new is None else "~", (new or old or {})["metadata"]["name"]))

    informer.subscribe(CONFIGMAP, hear)
    async with following(informer):
        await configmaps.patch("other", {"metadata": {"labels": {"color": "red"}}})
        await configmaps.patch("mine", {"metadata": {"labels": {"color": "green"}}})
        await seen_by(informer, await configmaps.create(configmap("last", color="red")))
    assert heard == [("+", "mine"), ("+", "other"), ("-", "mine"), ("+", "last")]


async def test_an_apiserver_that_restarts_costs_nothing(world: World) -> None:
    """The watch resumes where it was: what was written meanwhile comes once, what was known does not come again."""
    configmaps = world.client.resource(CONFIGMAP, "default")
    await configmaps.create(configmap("known"))
    informer = Informer(GrpcSource(world.client), [CONFIGMAP])
    heard: list[str] = []
    informer.subscribe(CONFIGMAP, lambda old, new: heard.append((new or old or {})["metadata"]["name"]))
    async with following(informer):
        await seen_by(informer, await configmaps.create(configmap("before")))
        await world.apiserver.stop()
        outcome: Any = await world.store.writer.commit(put("meanwhile"))
        await world.apiserver.start()
        meanwhile = {"metadata": {"namespace": "default", "name": "meanwhile",
                                  "resourceVersion": str(outcome.resource_version)}}  # fmt: skip
        await seen_by(informer, meanwhile)
        await seen_by(informer, await configmaps.create(configmap("after")))
    assert heard == ["known", "before", "meanwhile", "after"]


def put(name: str) -> Put:
    """As another apiserver would write it."""
    return Put(keys.key(CONFIGMAP, "default", name), orjson.dumps(configmap(name)), expected=0)


async def test_own_writes_are_reached(world: World) -> None:
    informer = Informer(EtcdSource(world.store.reader), [NODE])
    async with following(informer):
        written = await world.client.resource(CONFIGMAP, "default").create(configmap("a"))
        assert await informer.reached(revision_of(written), DEADLINE)
        assert await informer.reached(codec.listed(await world.store.reader.revision()), DEADLINE)
