"""A watch cut anywhere and resumed shows what an uncut one does: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing

import orjson
import pytest

from services.apiserver.handlers.api import Api
from services.apiserver.request import Caller, ListOptions, Target, WatchOptions
from services.objects import kinds
from services.storage.memory import MemoryStore
from services.storage.store import Put, Remove

ADMIN = Caller("admin")
MAPS = Target(kinds.CONFIGMAP, "default")
Frame = tuple[str, str, int]


def value(name: str, number: int) -> bytes:
    metadata = {"name": name, "namespace": "default", "uid": name, "labels": {"odd": str(number % 2)}}
    return orjson.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"n": str(number)}})


async def busy(store: MemoryStore, rng: random.Random) -> None:
    """Single writes and batches: creations, changes and deletions."""
    for number in range(60):
        names = rng.sample("abcdefgh", rng.choice([1, 1, 2, 5]))
        keys = [f"/registry/configmaps/default/{name}" for name in names]
        writes = [Put(key, value(key[-1], number)) if rng.random() < 0.7 else Remove(key) for key in keys]
        await (store.commit(writes[0]) if len(writes) == 1 else store.commit_all(writes))


async def frames(api: Api, version: int, label: str, count: int) -> list[Frame]:
    found: list[Frame] = []
    options = WatchOptions(resource_version=str(version), label_selector=label)
    async with aclosing(api.watch(ADMIN, MAPS, options)) as batches, asyncio.timeout(10):  # type: ignore[type-var]
        while len(found) < count:
            for frame in await anext(batches):  # type: ignore[arg-type]
                metadata = orjson.loads(frame.json)["metadata"]
                found.append((frame.type, metadata["name"], int(metadata["resourceVersion"])))
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("label", ["", "odd=1"])
async def test_every_place_to_cut(api: Api, store: MemoryStore, seed: int, label: str) -> None:
    await api.core.cache.fresh()
    start = api.core.cache.resource_version
    await busy(store, random.Random(seed))
    await api.core.cache.fresh()
    listing = await api.list(ADMIN, MAPS, ListOptions(label_selector=label))
    state: dict[str, int] = {}
    changes = list(api.core.cache.collection(kinds.CONFIGMAP).since(start))
    expected = await frames(api, start, label, 1)
    versions = [version for _, _, version in expected]
    # An object seen changing is seen at its own resourceVersion, and they rise.
    assert versions == sorted(set(versions))
    if not label:
        assert versions == [change.revision for change in changes]
    for type, name, version in expected:
        if type == "DELETED":
            del state[name]
        else:
            assert (name in state) is (type == "MODIFIED")
            state[name] = version
    assert state == {
        orjson.loads(item)["metadata"]["name"]: int(orjson.loads(item)["metadata"]["resourceVersion"])
        for item in listing.items
    }
    for cut in range(len(expected) - 1):
        assert await frames(api, versions[cut], label, 1) == expected[cut + 1 :]
