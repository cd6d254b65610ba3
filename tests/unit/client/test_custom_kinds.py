"""Custom resources as controllers see them: kinds that come with their definitions, metadata only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson

from services.client.etcd_source import EtcdSource
from services.client.informer import Informer
from services.objects.kinds import CONFIGMAP, CUSTOMRESOURCEDEFINITION
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj
from services.storage import keys
from services.storage.memory import MemoryStore
from services.storage.store import Put, Remove, Written

DEADLINE = 5.0
TABS = "/registry/example.com/tabs/"


def definition(storage: str = "v1", served: tuple[str, ...] = ("v1", "v2")) -> Obj:
    versions = [{"name": name, "served": name in served, "storage": name == storage} for name in ("v1", "v2")]
    return {"metadata": {"name": "tabs.example.com"}, "spec": {
        "group": "example.com", "scope": "Namespaced", "versions": versions,
        "names": {"plural": "tabs", "kind": "Tab", "singular": "tab"}}}  # fmt: skip


async def write(store: MemoryStore, key: str, obj: Obj | None) -> int:
    outcome = await store.commit(Remove(key) if obj is None else Put(key, orjson.dumps(obj)))
    assert isinstance(outcome, Written)
    return outcome.resource_version


async def define(store: MemoryStore, crd: Obj) -> int:
    return await write(store, keys.key(CUSTOMRESOURCEDEFINITION, "", "tabs.example.com"), crd)


def tab(name: str) -> Obj:
    return {"metadata": {"name": name, "namespace": "default", "uid": name}, "spec": {"secret": 1}}


@asynccontextmanager
async def running(store: MemoryStore) -> AsyncIterator[Informer]:
    informer = Informer(EtcdSource(store), [CONFIGMAP, CUSTOMRESOURCEDEFINITION], more={"uid": lambda obj: [
        obj["metadata"]["uid"]]})  # fmt: skip
    task = asyncio.create_task(informer.run())
    try:
        async with asyncio.timeout(DEADLINE):
            await informer.synced.wait()
        yield informer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_objects_that_were_there_and_those_that_come() -> None:
    store = MemoryStore()
    await define(store, definition())
    await write(store, f"{TABS}default/a", tab("a"))
    seen: list[tuple[str, str, bool]] = []

    def changed(kind: Kind, old: Obj | None, new: Obj | None) -> None:
        obj = new or old
        assert obj is not None
        seen.append((kind.resource, obj["metadata"]["name"], new is not None))

    async with running(store) as informer:
        informer.subscribe_others(changed)
        (kind,) = informer.others
        assert (kind.group, kind.version, kind.kind, kind.plural) == ("example.com", "v1", "Tab", "tabs")
        (found,) = informer.store(kind).by_index("uid", "a")
        assert found.keys() == {"apiVersion", "kind", "metadata"}
        assert found["apiVersion"] == "example.com/v1"
        await write(store, f"{TABS}default/b", tab("b"))
        last = await write(store, f"{TABS}default/a", None)
        assert await informer.reached(last, DEADLINE)
        assert seen == [(kind.resource, "a", True), (kind.resource, "b", True), (kind.resource, "a", False)]


async def test_a_kind_that_is_defined_later() -> None:
    store = MemoryStore()
    async with running(store) as informer:
        assert informer.others == []
        await define(store, definition())
        last = await write(store, f"{TABS}default/a", tab("a"))
        assert await informer.reached(last, DEADLINE)
        (kind,) = informer.others
        assert len(informer.store(kind)) == 1
        # The same definition, touched, is the same kind.
        last = await define(store, {**definition(), "status": {}})
        assert await informer.reached(last, DEADLINE)
        assert informer.others == [kind]


async def test_a_kind_that_is_served_in_another_version_is_another() -> None:
    store = MemoryStore()
    await define(store, definition())
    await write(store, f"{TABS}default/a", tab("a"))
    seen: asyncio.Queue[tuple[str, bool]] = asyncio.Queue()
    async with running(store) as informer:
        informer.subscribe_others(lambda kind, old, new: seen.put_nowait((kind.version, new is not None)))
        await define(store, definition(served=("v2",)))
        async with asyncio.timeout(DEADLINE):
            assert [await seen.get() for _ in range(3)] == [("v1", True), ("v1", False), ("v2", True)]
        (now,) = informer.others
        assert informer.store(now).get("default", "a")["apiVersion"] == "example.com/v2"
