"""The load generator against the real apiserver over the store in memory: figures must count what happened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from services.apiserver.assembly import Parts, assemble
from services.apiserver.discovery.documents import Documents
from services.apiserver.filters.authentication import Authenticator
from services.apiserver.request import Caller, ListOptions, Target, WatchOptions, WriteOptions
from services.apiserver.rest.face import Face
from services.apiserver.rest.server import serve
from services.foundation import definitions
from services.load import endpoint as endpoints
from services.load import measures, running, watch
from services.load.endpoint import Endpoint
from services.load.ground import Ground, Refused, ground
from services.load.scenario import Scenario
from services.objects.kinds import KINDS, NAMESPACE, POD
from services.objects.schema import Schema
from services.storage.memory import MemoryStore

ADMIN = Caller("admin", frozenset({"system:masters"}))
SCENARIO = Scenario(duration=0.3, pods=30, connections=4, watchers=5, writers=3)


@pytest.fixture
async def parts() -> AsyncIterator[Parts]:
    store = MemoryStore()
    made = assemble(store, store, Schema(definitions.load()))
    following = asyncio.create_task(made.cache.run())
    try:
        async with asyncio.timeout(5):
            await made.cache.synced.wait()
        yield made
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


@pytest.fixture
async def endpoint(parts: Parts) -> AsyncIterator[Endpoint]:
    documents = Documents(KINDS, Schema(definitions.load()), "127.0.0.1", lambda: "")
    face = Face(parts.api, KINDS, Authenticator({"token": ADMIN}), documents, {})
    async with serve(face, "127.0.0.1", 0, None) as port:
        yield endpoints.from_server(f"http://127.0.0.1:{port}", "token")


@pytest.fixture
async def place(endpoint: Endpoint) -> AsyncIterator[Ground]:
    async with ground(endpoint, "load", account_within=0.0) as made:
        yield made


async def names(parts: Parts, namespace: str) -> list[str]:
    listing = await parts.api.list(ADMIN, Target(POD, namespace), ListOptions())
    return [orjson.loads(item)["metadata"]["name"] for item in listing.items]


async def test_creates_end_when_there_are_enough(parts: Parts, place: Ground) -> None:
    scenario = Scenario(duration=60, pods=30, connections=4)
    measure = await measures.creates(place, scenario)
    assert (measure.count, measure.errors) == (30, 0)
    assert await names(parts, "load") == [place.name(number) for number in range(30)]
    assert measure.p50 is not None
    assert measure.p99 is not None
    assert 0 < measure.p50 <= measure.p99 <= measure.seconds


async def test_what_is_missing_is_filled_in(parts: Parts, place: Ground) -> None:
    await measures.creates(place, Scenario(duration=60, pods=10, connections=2))
    await measures.fill(place, SCENARIO)
    assert len(await names(parts, "load")) == 30
    await measures.fill(place, SCENARIO)


async def test_reads_and_changes_are_counted(parts: Parts, place: Ground) -> None:
    await measures.fill(place, SCENARIO)
    read = await measures.gets(place, SCENARIO)
    changed = await measures.patches(place, SCENARIO)
    listed = await measures.listing(place, SCENARIO)
    assert read.errors == changed.errors == listed.errors == 0
    assert read.count > 0
    assert changed.count > 0
    assert listed.count > 0
    assert listed.count % 30 == 0
    listing = await parts.api.list(ADMIN, Target(POD, "load"), ListOptions())
    assert sum("load" in orjson.loads(item)["metadata"]["annotations"] for item in listing.items) > 0


async def test_every_watcher_gets_every_change(place: Ground) -> None:
    await measures.fill(place, SCENARIO)
    measure = await watch.deliveries(place, SCENARIO)
    assert (measure.errors, measure.error) == (0, "")
    assert measure.count > 0
    assert measure.count % SCENARIO.watchers == 0
    assert measure.p50 is not None
    assert 0 < measure.p50 < 10


async def test_failures_are_counted_and_said(place: Ground) -> None:
    measure = await measures.gets(place, SCENARIO)  # there are no pods yet
    assert measure.count == 0
    assert measure.errors > 0
    assert 'pods "load-' in measure.error
    listed = await measures.listing(place, SCENARIO)
    assert "0 pods in the list where 30 were made" in listed.error


async def test_nothing_is_left_behind(parts: Parts, endpoint: Endpoint) -> None:
    async with ground(endpoint, "left", account_within=0.0) as place:
        await measures.fill(place, SCENARIO)
    assert await names(parts, "left") == []
    namespaces = await parts.api.list(ADMIN, Target(NAMESPACE), ListOptions())
    assert all(orjson.loads(item)["status"]["phase"] == "Terminating" for item in namespaces.items)


async def test_a_namespace_that_is_there_already_is_not_touched(parts: Parts, endpoint: Endpoint) -> None:
    await parts.api.create(ADMIN, Target(NAMESPACE), {"metadata": {"name": "mine"}}, WriteOptions())
    with pytest.raises(Refused, match="namespace mine cannot be made: 409"):
        async with ground(endpoint, "mine", account_within=0.0):
            pass
    mine = orjson.loads(await parts.api.get(ADMIN, Target(NAMESPACE, "", "mine")))
    assert mine["status"]["phase"] == "Active"


async def a_node(parts: Parts) -> None:
    """Reports every new pod as running."""
    async for frames in parts.api.watch(ADMIN, Target(POD, "load"), WatchOptions()):
        for frame in frames:
            if frame.type == "ADDED":
                pod = orjson.loads(frame.json)
                pod["status"] |= {"phase": "Running", "containerStatuses": [
                    {"name": "main", "image": "i", "imageID": "i", "ready": True, "restartCount": 0,
                     "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}]}  # fmt: skip
                await parts.api.update(
                    ADMIN, Target(POD, "load", pod["metadata"]["name"], "status"), pod, WriteOptions()
                )


async def test_time_until_a_container_runs(parts: Parts, place: Ground) -> None:
    node = asyncio.create_task(a_node(parts))
    try:
        measure = await running.measure(place, "i:1", None, "")
    finally:
        node.cancel()
        await asyncio.gather(node, return_exceptions=True)
    assert (measure.name, measure.count, measure.errors) == ("create to running", running.ROUNDS, 0)
    assert await names(parts, "load") == []


async def test_kubectl_that_fails_is_quoted(place: Ground, tmp_path: Path) -> None:
    if running.kubectl() is None:
        pytest.fail("these tests need kubectl")
    with pytest.raises(Refused, match="kubectl apply: "):
        await running.measure(place, "i:1", tmp_path / "nowhere", "")


async def test_a_pod_that_does_not_run_is_explained(
    parts: Parts, place: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "DEADLINE", 0.3)
    with pytest.raises(Refused, match="the pod run-0 does not run after 0 s: it is Pending"):
        await running.measure(place, "i:1", None, "")
