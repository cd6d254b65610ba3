"""An informer's source for node agents and users: one Watch per kind on the apiserver, over gRPC.

A watch begins with the present objects (sendInitialEvents), ends in its own time, and resumes at the last
resourceVersion seen; when that is gone (410) it begins anew. Listing and then watching was rejected: two requests, and
the list is answered twice as slowly as the same objects streamed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from services.client.informer import Change, Delta, Sink, Snapshot
from services.foundation import log
from services.objects.errors import Expired, StatusError
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj, annotations_of, key_of, revision_of

if TYPE_CHECKING:
    from services.client.sdk import Client

logger = log.get(__name__)

INITIAL_EVENTS_END = "k8s.io/initial-events-end"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0  # seconds


class Selection(NamedTuple):
    """Which objects of a kind; all of them unless said."""

    namespace: str = ""
    label_selector: str = ""
    field_selector: str = ""


class GrpcSource:
    """`selections` narrows kinds down."""

    def __init__(self, client: Client, selections: Mapping[Kind, Selection] = MappingProxyType({})) -> None:
        self._client = client
        self._selections = selections

    async def run(self, kinds: Sequence[Kind], sink: Sink) -> None:
        async with asyncio.TaskGroup() as group:
            for kind in kinds:
                group.create_task(self._follow(kind, sink))

    async def _follow(self, kind: Kind, sink: Sink) -> None:
        watch = _Watch(kind, sink)
        pause = _FIRST_PAUSE
        while True:
            before = watch.revision
            try:
                await self._watch(kind, watch)
            except Expired:
                logger.info("watch expired, beginning anew", kind=kind.resource)
                watch.restart()
            except StatusError as error:
                logger.warning("watch interrupted", kind=kind.resource, reason=error.reason, error=error.message)
            pause = _FIRST_PAUSE if watch.revision > before else min(pause * 2, _LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _watch(self, kind: Kind, watch: _Watch) -> None:
        selection = self._selections.get(kind, Selection())
        watch.begin()
        batches: Any = self._client.resource(kind, selection.namespace).watch_batches(
            label_selector=selection.label_selector, field_selector=selection.field_selector,
            resource_version=str(watch.revision) if watch.revision else "",
            allow_bookmarks=True, send_initial_events=not watch.revision,
        )  # fmt: skip
        async with aclosing(batches) as stream:
            async for batch in stream:
                watch.receive(batch)


class _Watch:
    """One kind's watch across reconnects: collects the initial objects, then passes changes on."""

    def __init__(self, kind: Kind, sink: Sink) -> None:
        self.revision = 0  # the last resourceVersion seen; 0: begin with what is there
        self._kind = kind
        self._sink = sink
        self._initial: dict[tuple[str, str], Obj] | None = None

    def restart(self) -> None:
        self.revision = 0

    def begin(self) -> None:
        self._initial = None if self.revision else {}

    def receive(self, batch: Sequence[Any]) -> None:
        changes: list[Change] = []
        for type_, obj in batch:
            if self._initial is not None:
                self._collect(self._initial, type_, obj)
                continue
            self.revision = max(self.revision, revision_of(obj))
            if type_ != "BOOKMARK":
                changes.append(Change(self._kind, *key_of(obj), None if type_ == "DELETED" else obj))
        if self._initial is None:
            self._sink(Delta(changes, self.revision, self._kind))

    def _collect(self, initial: dict[tuple[str, str], Obj], type_: str, obj: Obj) -> None:
        """Nothing is told before the end of the initial objects: half a cluster looks like a disaster."""
        if type_ == "DELETED":
            initial.pop(key_of(obj), None)
        elif type_ != "BOOKMARK":
            initial[key_of(obj)] = obj
        elif annotations_of(obj).get(INITIAL_EVENTS_END) == "true":
            self.revision = revision_of(obj)
            self._initial = None
            self._sink(Snapshot({self._kind: list(initial.values())}, self.revision))
