from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from services.client.grpc_source import GrpcSource, Selection
from services.client.informer import Informer
from services.client.sdk import WatchEvent
from services.objects.errors import Expired, ServiceUnavailable
from services.objects.kinds import POD
from services.objects.meta import Obj

DEADLINE = 5.0


def event(type_: str, name: str, version: int) -> WatchEvent:
    return WatchEvent(type_, {"metadata": {"name": name, "namespace": "default", "resourceVersion": str(version)}})


def bookmark(version: int, *, initial: bool = False) -> WatchEvent:
    meta: Obj = {"resourceVersion": str(version)}
    if initial:
        meta["annotations"] = {"k8s.io/initial-events-end": "true"}
    return WatchEvent("BOOKMARK", {"metadata": meta})


class Server:
    """An SDK client whose watches follow a script: one list of batches (or an error) per connection."""

    def __init__(self, *connections: list[Any]) -> None:
        self.asked: list[dict[str, Any]] = []
        self._connections = list(connections)

    def resource(self, kind: Any, namespace: str = "") -> Server:
        self.namespace = namespace
        return self

    async def watch_batches(self, **asked: Any) -> AsyncIterator[list[WatchEvent]]:
        self.asked.append(asked)
        if not self._connections:
            await asyncio.Event().wait()
        for batch in self._connections.pop(0):
            if isinstance(batch, Exception):
                raise batch
            yield batch


async def follow(server: Server, until: int, **selection: str) -> tuple[Informer, list[str]]:
    informer = Informer(GrpcSource(server, {POD: Selection(**selection)}), [POD])  # type: ignore[arg-type]
    heard: list[str] = []
    informer.subscribe(
        POD, lambda old, new: heard.append(f"{old and old['metadata']['resourceVersion']}-"
                                           f"{new and new['metadata']['resourceVersion']}")
    )  # fmt: skip
    task = asyncio.create_task(informer.run())
    assert await informer.reached(until, DEADLINE)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return informer, heard


async def test_nothing_is_told_before_the_initial_objects_are_all_there() -> None:
    server = Server([[event("ADDED", "a", 3)], [event("ADDED", "b", 5)], [bookmark(9, initial=True)],
                     [event("MODIFIED", "a", 10), event("DELETED", "b", 11)]])  # fmt: skip
    _, heard = await follow(server, 11, namespace="default", field_selector="spec.nodeName=n")
    assert heard == ["None-3", "None-5", "3-10", "5-None"]
    assert server.namespace == "default"
    assert server.asked[0] == {"label_selector": "", "field_selector": "spec.nodeName=n", "resource_version": "",
                               "allow_bookmarks": True, "send_initial_events": True}  # fmt: skip


async def test_resumes_where_it_was() -> None:
    server = Server([[event("ADDED", "a", 3), bookmark(9, initial=True)], [bookmark(20)]],
                    [ServiceUnavailable("away")], [[event("MODIFIED", "a", 21)]])  # fmt: skip
    _, heard = await follow(server, 21)
    assert heard == ["None-3", "3-21"]
    assert [asked["resource_version"] for asked in server.asked[:3]] == ["", "20", "20"]
    assert [asked["send_initial_events"] for asked in server.asked[:3]] == [True, False, False]


async def test_begins_anew_when_cut_inside_the_initial_objects() -> None:
    server = Server([[event("ADDED", "ghost", 3)], ServiceUnavailable("away")],
                    [[event("ADDED", "a", 4), bookmark(9, initial=True)]])  # fmt: skip
    _, heard = await follow(server, 9)
    assert heard == ["None-4"]


async def test_relists_when_its_revision_is_gone() -> None:
    server = Server([[event("ADDED", "a", 3), event("ADDED", "b", 4), bookmark(9, initial=True)], Expired("too old")],
                    [[event("ADDED", "b", 4), event("ADDED", "c", 12), bookmark(30, initial=True)]])  # fmt: skip
    informer, heard = await follow(server, 30)
    assert heard == ["None-3", "None-4", "3-None", "None-12"]
    assert server.asked[1]["send_initial_events"]
    assert informer.synced.is_set()
