from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.client.informer import Change, Delta, Informer, Sink, Snapshot
from services.objects.kinds import NODE, POD
from services.objects.meta import Obj

DEADLINE = 5.0


class Told:
    """A source that says what the test says."""

    async def run(self, kinds: Any, sink: Sink) -> None:
        await asyncio.Event().wait()


def pod(name: str, version: int, node: str = "", namespace: str = "default") -> Obj:
    return {"metadata": {"name": name, "namespace": namespace, "resourceVersion": str(version)},
            "spec": {"nodeName": node}}  # fmt: skip


def node(name: str, version: int) -> Obj:
    return {"metadata": {"name": name, "resourceVersion": str(version)}}


def by_node(obj: Obj) -> list[str]:
    return [obj["spec"]["nodeName"]] if obj["spec"]["nodeName"] else []


def make() -> tuple[Informer, list[tuple[str | None, str | None]]]:
    informer = Informer(Told(), [POD, NODE], {POD: {"node": by_node}})
    heard: list[tuple[str | None, str | None]] = []

    def version(obj: Obj | None) -> str | None:
        return obj and obj["metadata"]["resourceVersion"]

    informer.subscribe(POD, lambda old, new: heard.append((version(old), version(new))))
    return informer, heard


def changed(obj: Obj, *, deleted: bool = False) -> Change:
    meta = obj["metadata"]
    return Change(POD, meta["namespace"], meta["name"], None if deleted else obj)


def test_synced_only_with_every_kind() -> None:
    informer, _ = make()
    informer.receive(Snapshot({POD: [pod("a", 1)]}, 5))
    assert not informer.synced.is_set()
    assert informer.revision == 0
    informer.receive(Snapshot({NODE: [node("n", 2)]}, 7))
    assert informer.synced.is_set()
    assert informer.revision == 5  # the kind that is behind counts
    informer.receive(Delta([], 9, POD))
    assert informer.revision == 7


def test_changes_reach_store_and_handlers() -> None:
    informer, heard = make()
    informer.receive(Snapshot({POD: [pod("a", 1)], NODE: []}, 5))
    informer.receive(Delta([changed(pod("a", 6)), changed(pod("b", 7))], 8))
    informer.receive(Delta([changed(pod("a", 9), deleted=True), changed(pod("x", 9), deleted=True)], 10))
    assert heard == [(None, "1"), ("1", "6"), (None, "7"), ("6", None)]
    assert informer.store(POD).get("default", "a") is None
    assert informer.store(POD).get("default", "b") == pod("b", 7)
    assert informer.store(POD).revision == informer.store(NODE).revision == informer.revision == 10


def test_a_new_snapshot_tells_the_differences_only() -> None:
    informer, heard = make()
    informer.receive(Snapshot({POD: [pod("same", 1), pod("old", 2), pod("gone", 3)], NODE: []}, 5))
    heard.clear()
    informer.receive(Snapshot({POD: [pod("same", 1), pod("old", 8), pod("new", 9)], NODE: []}, 10))
    assert sorted(heard, key=str) == [("2", "8"), ("3", None), (None, "9")]
    assert {obj["metadata"]["name"] for obj in informer.store(POD).list()} == {"same", "old", "new"}


def test_handlers_of_a_snapshot_see_all_kinds() -> None:
    informer, _ = make()
    seen: list[int] = []
    informer.subscribe(POD, lambda old, new: seen.append(len(informer.store(NODE))))
    informer.receive(Snapshot({POD: [pod("a", 1)], NODE: [node("n", 2)]}, 5))
    assert seen == [1]


def test_indexes_follow() -> None:
    informer, _ = make()
    store = informer.store(POD)
    informer.receive(Snapshot({POD: [pod("a", 1, "n1"), pod("b", 2, "n1"), pod("c", 3)], NODE: []}, 5))
    assert [obj["metadata"]["name"] for obj in store.by_index("node", "n1")] == ["a", "b"]
    informer.receive(Delta([changed(pod("a", 6, "n2")), changed(pod("c", 7, "n2"))], 8))
    informer.receive(Delta([changed(pod("b", 9), deleted=True)], 9))
    assert store.by_index("node", "n1") == []
    assert [obj["metadata"]["resourceVersion"] for obj in store.by_index("node", "n2")] == ["6", "7"]
    with pytest.raises(KeyError):
        store.by_index("missing", "n1")


def test_namespaces_are_apart() -> None:
    informer, _ = make()
    informer.receive(Snapshot({POD: [pod("a", 1), pod("a", 2, namespace="other")], NODE: []}, 5))
    assert [obj["metadata"]["resourceVersion"] for obj in informer.store(POD).list("other")] == ["2"]
    assert informer.store(POD).list("nowhere") == []
    assert len(informer.store(POD)) == 2


def test_who_subscribes_late_hears_what_is_there() -> None:
    informer, _ = make()
    informer.receive(Snapshot({POD: [pod("a", 1)], NODE: []}, 5))
    late: list[Any] = []
    informer.subscribe(POD, lambda old, new: late.append((old, new)))
    assert late == [(None, pod("a", 1))]


def test_a_broken_handler_stops_nobody(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    informer, _ = make()
    heard: list[Obj | None] = []

    def broken(old: Obj | None, new: Obj | None) -> None:
        raise RuntimeError("a bug")

    informer.subscribe(NODE, broken)
    informer.subscribe(NODE, lambda old, new: heard.append(new))
    informer.receive(Snapshot({NODE: [node("n", 1)], POD: []}, 5))
    assert heard == [node("n", 1)]
    assert "informer handler failed" in caplog.text + "".join(capsys.readouterr())


async def test_reached_waits_for_the_revision() -> None:
    informer, _ = make()
    informer.receive(Snapshot({POD: [], NODE: []}, 5))
    assert await informer.reached(5, 0)
    assert not await informer.reached(6, 0.01)
    later = [asyncio.create_task(informer.reached(revision, DEADLINE)) for revision in (8, 7)]
    await asyncio.sleep(0)
    informer.receive(Delta([], 7))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not later[0].done()
    assert await later[1]
    informer.receive(Delta([], 9))
    assert await later[0]
