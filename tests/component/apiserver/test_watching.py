"""Lists and watches: exact, resumable, filtered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import orjson
import pytest

from services.apiserver.assembly import assemble
from services.apiserver.handlers.api import Api, Batch
from services.apiserver.request import Caller, DeleteOptions, ListOptions, Target, WatchOptions, WriteOptions
from services.apiserver.watching import collection, stream, watcher
from services.objects import kinds
from services.objects.errors import BadRequest, Expired, Invalid, Timeout
from services.storage.memory import MemoryStore

ADMIN = Caller("admin")
PLAIN = WriteOptions()
MAPS = Target(kinds.CONFIGMAP, "default")
MERGE = "application/merge-patch+json"


async def make(api: Api, name: str, namespace: str = "default", **labels: str) -> str:
    body = {"metadata": {"name": name, "labels": labels}}
    answer = await api.create(ADMIN, Target(kinds.CONFIGMAP, namespace), body, PLAIN)
    return orjson.loads(answer.json)["metadata"]["resourceVersion"]


async def relabel(api: Api, name: str, **labels: str | None) -> str:
    patch = orjson.dumps({"metadata": {"labels": labels}})
    answer = await api.patch(ADMIN, MAPS._replace(name=name), MERGE, patch, False, PLAIN)
    return orjson.loads(answer.json)["metadata"]["resourceVersion"]


class Reader:
    """Takes frames one by one, each within a deadline."""

    def __init__(self, batches: AsyncIterator[Batch]) -> None:
        self._batches: Any = batches
        self._frames: list[Any] = []

    async def next(self) -> tuple[str, Any]:
        async with asyncio.timeout(5):
            while not self._frames:
                self._frames += await anext(self._batches)
        frame = self._frames.pop(0)
        assert orjson.loads(frame.line) == {"type": frame.type, "object": orjson.loads(frame.json)}
        return frame.type, orjson.loads(frame.json)

    async def names(self, count: int) -> list[tuple[str, str]]:
        found = [await self.next() for _ in range(count)]
        return [(type, obj["metadata"]["name"]) for type, obj in found]

    async def ended(self) -> bool:
        try:
            async with asyncio.timeout(5):
                await anext(self._batches)
        except StopAsyncIteration:
            return True
        return False


async def test_a_watch_begins_with_what_is_there(api: Api) -> None:
    await make(api, "a")
    await make(api, "b", "kube-system")
    async with aclosing(api.watch(ADMIN, MAPS, WatchOptions())) as batches:  # type: ignore[type-var]
        reader = Reader(batches)
        assert await reader.names(1) == [("ADDED", "a")]
        await make(api, "c")
        version = await relabel(api, "c", x="y")
        await api.delete(ADMIN, MAPS._replace(name="c"), DeleteOptions(), PLAIN)
        assert await reader.names(1) == [("ADDED", "c")]
        type, obj = await reader.next()
        assert (type, obj["metadata"]["resourceVersion"]) == ("MODIFIED", version)
        type, obj = await reader.next()
        assert (type, obj["metadata"]["labels"]) == ("DELETED", {"x": "y"})
        assert int(obj["metadata"]["resourceVersion"]) > int(version)


async def test_a_watch_resumes_where_it_was(api: Api) -> None:
    versions = [await make(api, name) for name in "abcd"]
    async with aclosing(api.watch(ADMIN, MAPS, WatchOptions(resource_version=versions[1]))) as batches:  # type: ignore[type-var]
        reader = Reader(batches)
        assert await reader.names(2) == [("ADDED", "c"), ("ADDED", "d")]
        await relabel(api, "a", x="y")
        assert await reader.names(1) == [("MODIFIED", "a")]


async def test_a_resume_inside_a_batch_is_exact(api: Api, store: MemoryStore) -> None:
    """Objects written in one transaction share a revision, never a resourceVersion."""
    from services.storage.store import Put, Written

    head = b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"namespace":"default","uid":"u","name":"'
    values = [(f"/registry/configmaps/default/{name}", head + name.encode() + b'"}}') for name in ("x", "y", "z")]
    outcomes = await store.commit_all([Put(key, value, 0) for key, value in values])
    first = outcomes[0]
    assert isinstance(first, Written)
    async with aclosing(api.watch(ADMIN, MAPS, WatchOptions(resource_version=str(first.resource_version)))) as batches:  # type: ignore[type-var]
        assert await Reader(batches).names(2) == [("ADDED", "y"), ("ADDED", "z")]


async def test_a_changed_label_enters_and_leaves_a_selection(api: Api) -> None:
    async with aclosing(api.watch(ADMIN, MAPS, WatchOptions(label_selector="on=yes"))) as batches:  # type: ignore[type-var]
        waiting = asyncio.create_task(Reader(batches).names(1))
        await make(api, "a", on="no")
        await relabel(api, "a", on="yes")
        assert await waiting == [("ADDED", "a")]
        reader = Reader(batches)
        left = await relabel(api, "a", on="no")
        await relabel(api, "a", more="labels")
        type, obj = await reader.next()
        assert type == "DELETED"
        # The object as it was when it still matched, at the revision of the change that took it out.
        assert obj["metadata"]["labels"] == {"on": "yes"}
        assert obj["metadata"]["resourceVersion"] == left
        await relabel(api, "a", on="yes")
        assert await reader.names(1) == [("ADDED", "a")]


async def test_watchers_share_frames(api: Api) -> None:
    async with (
        aclosing(api.watch(ADMIN, MAPS, WatchOptions())) as one,
        aclosing(api.watch(ADMIN, MAPS, WatchOptions())) as two,
    ):  # type: ignore[type-var]
        tasks = [asyncio.create_task(anext(batches)) for batches in (one, two)]  # type: ignore[arg-type]
        while sum(len(group.watchers) for group in api.core.cache.collection(kinds.CONFIGMAP).groups) < 2:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0)
        await make(api, "a")
        first, second = await asyncio.gather(*tasks)
        assert first is second


async def test_send_initial_events(api: Api) -> None:
    await make(api, "a")
    options = WatchOptions(send_initial_events=True, match="NotOlderThan", allow_bookmarks=True)
    async with aclosing(api.watch(ADMIN, MAPS, options)) as batches:  # type: ignore[type-var]
        reader = Reader(batches)
        assert await reader.names(1) == [("ADDED", "a")]
        type, obj = await reader.next()
        assert type == "BOOKMARK"
        assert obj["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
        assert int(obj["metadata"]["resourceVersion"]) == api.core.cache.resource_version
        await make(api, "b")
        assert await reader.names(1) == [("ADDED", "b")]
    for wrong in (WatchOptions(send_initial_events=True), WatchOptions(match="NotOlderThan"),
                  WatchOptions(send_initial_events=True, match="Exact")):  # fmt: skip
        with pytest.raises(Invalid, match="resourceVersionMatch"):
            api.watch(ADMIN, MAPS, wrong)


async def test_bookmarks_follow_what_they_cover(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BOOKMARK_EVERY", 0.05)
    async with aclosing(api.watch(ADMIN, MAPS, WatchOptions(allow_bookmarks=True))) as batches:  # type: ignore[type-var]
        reader = Reader(batches)
        type, _first = await reader.next()
        assert type == "BOOKMARK"
        version = await make(api, "a")
        seen = 0
        while True:
            type, obj = await reader.next()
            if type == "ADDED":
                assert obj["metadata"]["resourceVersion"] == version
                seen += 1
            elif int(obj["metadata"]["resourceVersion"]) > int(version):
                assert seen == 1
                break


async def test_a_watch_ends_at_its_timeout(api: Api) -> None:
    async with aclosing(api.watch(ADMIN, MAPS, WatchOptions(timeout=0.05))) as batches:  # type: ignore[type-var]
        assert await Reader(batches).ended()


async def test_bad_watches_are_refused_at_once(api: Api) -> None:
    for options in (WatchOptions(resource_version="abc"), WatchOptions(label_selector="a in"),
                    WatchOptions(field_selector="spec.nonsense=1")):  # fmt: skip
        with pytest.raises(BadRequest):
            api.watch(ADMIN, MAPS, options)


async def test_history_that_is_gone_is_an_error_event(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "WINDOW", 2)
    first = await make(api, "a")
    for name in "bcde":
        await make(api, name)
    async with aclosing(api.watch(ADMIN, MAPS, WatchOptions(resource_version=first))) as batches:  # type: ignore[type-var]
        type, status = await _status(batches)
        assert (type, status["code"], status["reason"]) == ("ERROR", 410, "Expired")


async def _status(batches: AsyncIterator[Batch]) -> tuple[str, Any]:
    async with asyncio.timeout(5):
        (frame,) = await anext(batches)
    return frame.type, orjson.loads(frame.json)


async def test_the_future_is_waited_for_and_then_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = str((api.core.cache.revision + 1) << 8 | 255)
    waiting = asyncio.create_task(api.list(ADMIN, MAPS, ListOptions(resource_version=ahead)))
    await asyncio.sleep(0)
    await make(api, "a")
    assert len((await waiting).items) == 1
    monkeypatch.setattr("services.apiserver.handlers.reading.AHEAD", 0.02)
    monkeypatch.setattr(stream, "AHEAD", 0.02)
    far = str((api.core.cache.revision + 100) << 8)
    with pytest.raises(Timeout, match="Too large resource version") as refused:
        await api.get(ADMIN, MAPS._replace(name="a"), resource_version=far)
    assert refused.value.status()["details"]["causes"][0]["reason"] == "ResourceVersionTooLarge"
    async with aclosing(api.watch(ADMIN, MAPS, WatchOptions(resource_version=far))) as batches:  # type: ignore[type-var]
        type, status = await _status(batches)
        assert (type, status["code"]) == ("ERROR", 504)


async def test_a_slow_watcher_is_closed(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "BOUND", 2000)
    async with aclosing(api.watch(ADMIN, MAPS, WatchOptions())) as batches:  # type: ignore[type-var]
        reader = Reader(batches)
        waiting = asyncio.create_task(reader.names(1))
        await asyncio.sleep(0)
        await make(api, "a")
        assert await waiting == [("ADDED", "a")]
        for number in range(20):
            await make(api, f"more-{number}")
        await api.core.cache.fresh()
        api.core.cache.flush()
        type, status = await _status(batches)
        assert (type, status["code"]) == ("ERROR", 429)


async def test_compaction_under_the_cache_sends_watchers_back(api: Api) -> None:
    async with aclosing(api.watch(ADMIN, MAPS, WatchOptions())) as batches:  # type: ignore[type-var]
        waiting = asyncio.create_task(_status(batches))
        while not api.core.cache.collection(kinds.CONFIGMAP).groups:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0)
        api.core.cache._close_watchers()
        type, status = await waiting
        assert (type, status["code"]) == ("ERROR", 410)


async def test_pages_are_one_snapshot(api: Api) -> None:
    for number in range(5):
        await make(api, f"m{number}")
    first = await api.list(ADMIN, MAPS, ListOptions(limit=2))
    assert (len(first.items), first.remaining) == (2, 3)
    await api.delete(ADMIN, MAPS._replace(name="m3"), DeleteOptions(), PLAIN)
    await make(api, "m2a")
    second = await api.list(ADMIN, MAPS, ListOptions(limit=2, continue_=first.continue_))
    assert (len(second.items), second.remaining, second.resource_version) == (2, 1, first.resource_version)
    third = await api.list(ADMIN, MAPS, ListOptions(limit=2, continue_=second.continue_))
    assert third.continue_ == ""
    names = [orjson.loads(item)["metadata"]["name"] for page in (first, second, third) for item in page.items]
    assert names == ["m0", "m1", "m2", "m3", "m4"]


async def test_pages_span_namespaces_in_etcds_order(api: Api) -> None:
    """ "a-b/" sorts before "a/": the cache must agree with etcd, or a page would skip objects."""
    for namespace in ("a", "a-b"):
        await api.create(ADMIN, Target(kinds.NAMESPACE), {"metadata": {"name": namespace}}, PLAIN)
        for name in ("x", "y"):
            await make(api, name, namespace)
    everything = Target(kinds.CONFIGMAP)
    found, token = [], ""
    while True:
        page = await api.list(ADMIN, everything, ListOptions(limit=1, continue_=token))
        found += [orjson.loads(item)["metadata"] for item in page.items]
        token = page.continue_
        if not token:
            break
    assert [(each["namespace"], each["name"]) for each in found] == [
        ("a-b", "x"), ("a-b", "y"), ("a", "x"), ("a", "y")]  # fmt: skip


async def test_a_page_with_a_selector_is_full(api: Api) -> None:
    for number in range(6):
        await make(api, f"m{number}", even=str(number % 2 == 0).lower())
    first = await api.list(ADMIN, MAPS, ListOptions(limit=2, label_selector="even=true"))
    second = await api.list(ADMIN, MAPS, ListOptions(limit=2, label_selector="even=true", continue_=first.continue_))
    names = [orjson.loads(item)["metadata"]["name"] for page in (first, second) for item in page.items]
    assert names == ["m0", "m2", "m4"]
    assert first.remaining == 0


async def test_compacted_pages(api: Api, store: MemoryStore) -> None:
    for number in range(4):
        await make(api, f"m{number}")
    first = await api.list(ADMIN, MAPS, ListOptions(limit=2))
    exact = str(first.resource_version)
    await make(api, "m9")
    snapshot = await api.list(ADMIN, MAPS, ListOptions(resource_version=exact, match="Exact"))
    assert len(snapshot.items) == 4
    store.compact(await store.revision())
    with pytest.raises(Expired, match="too old") as expired:
        await api.list(ADMIN, MAPS, ListOptions(limit=2, continue_=first.continue_))
    token = expired.value.status()["metadata"]["continue"]
    rest = await api.list(ADMIN, MAPS, ListOptions(limit=10, continue_=token))
    assert [orjson.loads(item)["metadata"]["name"] for item in rest.items] == ["m2", "m3", "m9"]
    with pytest.raises(Expired, match="too old"):
        await api.list(ADMIN, MAPS, ListOptions(resource_version=exact, match="Exact"))


@pytest.mark.parametrize("options", [
    ListOptions(continue_="%%%"), ListOptions(continue_="e30"), ListOptions(resource_version="x"),
    ListOptions(continue_="e30", resource_version="5"), ListOptions(label_selector="a in"),
])  # fmt: skip
async def test_bad_lists(api: Api, options: ListOptions) -> None:
    with pytest.raises(BadRequest):
        await api.list(ADMIN, MAPS, options)


@pytest.mark.parametrize("options", [
    ListOptions(match="Exact"), ListOptions(match="Sometimes", resource_version="1"),
    ListOptions(match="Exact", resource_version="0"), ListOptions(limit=-1),
])  # fmt: skip
async def test_contradictory_lists(api: Api, options: ListOptions) -> None:
    with pytest.raises(Invalid):
        await api.list(ADMIN, MAPS, options)


async def test_fields_select(api: Api) -> None:
    for name, node in (("p", "n1"), ("q", "n2")):
        body = {"metadata": {"name": name}, "spec": {"nodeName": node, "containers": [{"name": "c", "image": "i"}]}}
        await api.create(ADMIN, Target(kinds.POD, "default"), body, PLAIN)
    for selector, names in (("spec.nodeName=n1", ["p"]), ("metadata.name=q", ["q"]), ("spec.nodeName!=n1", ["q"]),
                            ("status.phase=Running", [])):  # fmt: skip
        listing = await api.list(ADMIN, Target(kinds.POD), ListOptions(field_selector=selector))
        assert [orjson.loads(item)["metadata"]["name"] for item in listing.items] == names


async def test_a_server_that_has_just_started_shows_no_emptiness(api: Api, store: MemoryStore) -> None:
    """Even a reader that takes any state waits until there is one."""
    await make(api, "a")
    fresh = assemble(store, store, api.core.schema)
    options = WatchOptions(resource_version="0")
    async with aclosing(fresh.api.watch(ADMIN, MAPS, options)) as batches:  # type: ignore[type-var]
        watched = asyncio.create_task(Reader(batches).names(1))
        listed = asyncio.create_task(fresh.api.list(ADMIN, MAPS, ListOptions(resource_version="0")))
        await asyncio.sleep(0)
        following = asyncio.create_task(fresh.cache.run())
        assert len((await listed).items) == 1
        assert await watched == [("ADDED", "a")]
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
