"""Custom resources as owners and as dependents, through the real view over a store in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from services.client.etcd_source import EtcdSource
from services.controller_manager.controllers.garbagecollector.decide import Owner
from services.controller_manager.controllers.garbagecollector.observe import GarbageCollector
from services.controller_manager.controllers.namespace.observe import Namespaces
from services.controller_manager.plans import Delete
from services.controller_manager.view import View
from services.objects.errors import NotFound
from services.objects.kinds import CONFIGMAP, CUSTOMRESOURCEDEFINITION, NAMESPACE, Kind
from services.objects.meta import Obj
from services.storage import keys
from services.storage.memory import MemoryStore
from services.storage.store import Put, Remove, Written
from tests.unit.controller_manager.builders import NOW

DEFINITION = {"metadata": {"name": "tabs.example.com"}, "spec": {
    "group": "example.com", "scope": "Namespaced", "versions": [{"name": "v1", "served": True, "storage": True}],
    "names": {"plural": "tabs", "kind": "Tab", "singular": "tab"}}}  # fmt: skip
TAB = "/registry/example.com/tabs/default/owner"


def owned(by: str) -> Obj:
    owner = {"apiVersion": "example.com/v9", "kind": "Tab", "name": by, "uid": by}
    return {"metadata": {"name": "dependent", "namespace": "default", "uid": "d", "ownerReferences": [owner]}}


async def put(store: MemoryStore, key: str, obj: Obj) -> int:
    outcome = await store.commit(Put(key, orjson.dumps(obj)))
    assert isinstance(outcome, Written)
    return outcome.resource_version


@asynccontextmanager
async def following(store: MemoryStore) -> AsyncIterator[View]:
    await put(store, keys.key(CUSTOMRESOURCEDEFINITION, "", "tabs.example.com"), DEFINITION)
    await put(store, TAB, {"metadata": {"name": "owner", "namespace": "default", "uid": "owner"}})
    view = View.over(EtcdSource(store))
    task = asyncio.create_task(view.informer.run())
    try:
        async with asyncio.timeout(5):
            await view.informer.synced.wait()
        yield view
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_dependents_of_a_custom_resource_go_after_it() -> None:
    store = MemoryStore()
    async with following(store) as view:
        asked: list[str] = []

        async def get(kind: Kind, namespace: str, name: str) -> Obj:
            asked.append(f"{kind.resource}/{kind.version}")
            raise NotFound.object(kind.group, kind.plural, name)

        collector = GarbageCollector(view, get)
        woken: asyncio.Queue[Any] = asyncio.Queue()
        collector.subscribe(woken.put_nowait)
        version = await put(store, keys.key(CONFIGMAP, "default", "dependent"), owned("owner"))
        assert await view.informer.reached(version, 5)
        key = (CONFIGMAP, "default", "dependent")
        assert woken.empty()
        observed = await collector.observe(key, "")
        assert observed is not None
        assert observed.owners == {"owner": Owner.SOLID}
        await store.commit(Remove(TAB))
        async with asyncio.timeout(5):
            while await woken.get() != key:
                pass
        observed = await collector.observe(key, "")
        assert observed is not None
        assert observed.owners == {"owner": Owner.DANGLING}
        assert asked == ["tabs.example.com/v1"], "a deletion is confirmed first"
        (step,) = collector.decide(observed, NOW).steps
        assert isinstance(step, Delete)


async def test_custom_resources_are_dependents_too() -> None:
    store = MemoryStore()
    async with following(store) as view:
        async def get(kind: Kind, namespace: str, name: str) -> Obj:
            raise NotFound.object(kind.group, kind.plural, name)

        collector = GarbageCollector(view, get)
        woken: asyncio.Queue[Any] = asyncio.Queue()
        collector.subscribe(woken.put_nowait)
        await put(store, "/registry/example.com/tabs/default/dependent", owned("nobody"))
        async with asyncio.timeout(5):
            key = await woken.get()
        observed = await collector.observe(key, "")
        assert observed is not None
        (step,) = collector.decide(observed, NOW).steps
        assert isinstance(step, Delete)
        assert (step.kind.resource, step.name) == ("tabs.example.com", "dependent")


async def test_a_namespace_is_emptied_of_them() -> None:
    store = MemoryStore()
    namespace = {"metadata": {"name": "default", "deletionTimestamp": "2026-01-01T00:00:00Z", "uid": "n"},
                 "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Terminating"}}  # fmt: skip
    await put(store, keys.key(NAMESPACE, "", "default"), namespace)
    async with following(store) as view:
        async def content(kind: Kind, namespace: str) -> list[Obj]:
            return view.store(kind).list(namespace) if kind.group == "example.com" else []

        observed = await Namespaces(view, content).observe("default", "")
        assert observed is not None
        assert [(kind.resource, obj["metadata"]["name"]) for kind, obj in observed.content] == [
            ("tabs.example.com", "owner")]  # fmt: skip


async def test_kinds_whose_definition_is_gone_hold_no_namespace() -> None:
    store = MemoryStore()
    namespace = {"metadata": {"name": "default", "deletionTimestamp": "2026-01-01T00:00:00Z", "uid": "n"},
                 "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Terminating"}}  # fmt: skip
    await put(store, keys.key(NAMESPACE, "", "default"), namespace)
    async with following(store) as view:
        async def content(kind: Kind, namespace: str) -> list[Obj]:
            if kind.group == "example.com":
                raise NotFound.path()
            return []

        observed = await Namespaces(view, content).observe("default", "")
        assert observed is not None
        assert observed.content == []

        async def nothing(kind: Kind, namespace: str) -> list[Obj]:
            raise NotFound.path()

        with pytest.raises(NotFound):
            await Namespaces(view, nothing).observe("default", "")
