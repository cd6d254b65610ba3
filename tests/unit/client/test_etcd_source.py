from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson

from services.client.etcd_source import EtcdSource
from services.client.informer import Informer
from services.objects.kinds import DEPLOYMENT, NODE, POD
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj
from services.storage import keys
from services.storage.memory import MemoryStore
from services.storage.store import Put, Remove, Written

DEADLINE = 5.0


def put(kind: Kind, name: str, namespace: str = "default", **spec: object) -> Put:
    meta = {"name": name, "namespace": namespace} if kind.namespaced else {"name": name}
    return Put(keys.key(kind, namespace, name), orjson.dumps({"metadata": meta, "spec": spec}))


@asynccontextmanager
async def running(store: MemoryStore, *kinds: Kind) -> AsyncIterator[Informer]:
    informer = Informer(EtcdSource(store), kinds)
    task = asyncio.create_task(informer.run())
    try:
        async with asyncio.timeout(DEADLINE):
            await informer.synced.wait()
        yield informer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def commit(store: MemoryStore, write: Put | Remove) -> int:
    outcome = await store.commit(write)
    assert isinstance(outcome, Written)
    return outcome.resource_version


async def test_snapshot_then_changes_of_the_kinds_asked_for() -> None:
    store = MemoryStore()
    first = await commit(store, put(POD, "a"))
    await commit(store, put(DEPLOYMENT, "d"))
    await commit(store, Put("/registry/elections/x/1", b"{}"))
    async with running(store, POD, NODE) as informer:
        assert informer.store(POD).get("default", "a") == {
            "apiVersion": "v1", "kind": "Pod", "spec": {},
            "metadata": {"name": "a", "namespace": "default", "resourceVersion": str(first)},
        }  # fmt: skip
        await commit(store, put(NODE, "n"))
        await commit(store, put(DEPLOYMENT, "e"))
        last = await commit(store, Remove(keys.key(POD, "default", "a")))
        assert await informer.reached(last, DEADLINE)
        assert informer.store(POD).list() == []
        assert informer.store(NODE).get("", "n") is not None
        assert informer.revision == last | 255


async def test_a_write_elsewhere_advances_all_kinds() -> None:
    store = MemoryStore()
    async with running(store, POD) as informer:
        last = await commit(store, put(DEPLOYMENT, "d"))
        assert await informer.reached(last, DEADLINE)


async def test_what_nobody_can_read_hides_nothing_else() -> None:
    store = MemoryStore()
    await commit(store, Put(keys.key(POD, "default", "bad"), b"{broken"))
    await commit(store, Put(keys.key(POD, "default", "worse"), b'{"metadata":null}'))
    async with running(store, POD) as informer:
        last = await commit(store, put(POD, "good"))
        assert await informer.reached(last, DEADLINE)
        assert [obj["metadata"]["name"] for obj in informer.store(POD).list()] == ["good"]


class Forgetful(MemoryStore):
    """Loses its history while nobody looks."""

    lists = 0

    async def revision(self) -> int:
        self.lists += 1
        revision = await super().revision()
        if self.lists == 1:
            await self.commit(put(POD, "missed"))
            await self.commit(Remove(keys.key(POD, "default", "gone")))
            await self.commit(put(POD, "last"))
        return revision

    async def range(self, prefix: str, *, after: str = "", limit: int = 0, revision: int = 0):  # type: ignore[no-untyped-def]
        page = await super().range(prefix, after=after, limit=limit, revision=revision)
        if self.lists == 1:
            self.compact(self._now)
        return page


async def test_relists_after_compaction_with_exact_differences() -> None:
    store = Forgetful()
    await commit(store, put(POD, "kept"))
    await commit(store, put(POD, "gone"))
    informer = Informer(EtcdSource(store), [POD])
    heard: list[tuple[str, str]] = []

    def hear(old: Obj | None, new: Obj | None) -> None:
        heard.append(("+" if old is None else "-" if new is None else "~", (new or old or {})["metadata"]["name"]))

    informer.subscribe(POD, hear)
    task = asyncio.create_task(informer.run())
    assert await informer.reached((await MemoryStore.revision(store)) + 3 << 8, DEADLINE)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert store.lists == 2
    assert heard[:2] == [("+", "gone"), ("+", "kept")]
    assert sorted(heard[2:]) == [("+", "last"), ("+", "missed"), ("-", "gone")]
