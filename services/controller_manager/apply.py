"""Plans become writes here, and nowhere else.

Writes go to the apiserver in batches that carry the leader's fence; what is refused is sorted by what the runner does
next. Events go their own way (`EventWriter`): bounded, in batches, dropped rather than waited for.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import prometheus_client

from services.client.sdk import CreateOp, DeleteOp, Operation, PatchOp, UpdateOp
from services.client.sdk.messages import FenceLike
from services.controller_manager.events import Correlator, Record
from services.controller_manager.plans import Change, Create, Delete, Emit, Patch, Plan, Update, UpdateStatus
from services.foundation import clock, log
from services.objects.errors import (
    AlreadyExists,
    Conflict,
    FencedOff,
    NotFound,
    ServiceUnavailable,
    StatusError,
    Timeout,
)
from services.objects.kinds import EVENT
from services.objects.meta import Obj, name_of, namespace_of, revision_of

logger = log.get(__name__)

BATCH = 100  # operations per call
TIMEOUT = 15.0  # seconds per call
DROPPED = prometheus_client.Counter("pinnace_controller_events_dropped", "Events that were not written", ["why"])

Stale = (Conflict, NotFound, AlreadyExists)  # refusals that only say: look again
Unclear = (Timeout, ServiceUnavailable)  # the write may have happened all the same


class Batcher(Protocol):
    """The part of the SDK's Client that writes."""

    async def batch(
        self, operations: Sequence[Operation], fence: FenceLike | None = None, *, timeout: float | None = None
    ) -> list[Obj | StatusError]: ...


@dataclass(slots=True)
class Applied:
    """What became of a plan.

    revision  the highest resourceVersion its writes returned
    deleted   something was deleted, of which no resourceVersion is known
    stale     a write was refused because the view it was decided on is out of date
    unclear   nobody knows whether a write happened
    moot      something was to be created in a namespace that is being deleted: there is no point in trying again
    refusal   the first refusal for any other reason
    """

    revision: int = 0
    deleted: bool = False
    stale: bool = False
    unclear: bool = False
    moot: bool = False
    refusal: StatusError | None = None

    def add(self, change: Change, answer: Obj | StatusError) -> None:
        if isinstance(answer, FencedOff):
            raise answer
        if isinstance(answer, Stale):
            self.stale = True
        elif isinstance(answer, Unclear):
            self.unclear = True
        elif _is_moot(answer):
            self.moot = True
        elif isinstance(answer, StatusError):
            self.refusal = self.refusal or answer
        elif isinstance(change, Delete):
            self.deleted = True
        else:
            self.revision = max(self.revision, revision_of(answer))


class Applier:
    def __init__(self, client: Batcher, events: EventWriter, fence: FenceLike | None) -> None:
        self._client = client
        self._events = events
        self._fence = fence

    async def apply(self, plan: Plan, component: str) -> Applied:
        """`component` is whom the events come from.

        Raises FencedOff when this process no longer leads; every other trouble is in the result."""
        applied = Applied()
        for emit in plan.events:
            self._events.emit(emit, component)
        changes = plan.changes
        creates = [change for change in changes if isinstance(change, Create)]
        others = [change for change in changes if not isinstance(change, Create)]
        # A slow start: one creation, then twice as many each time, as long as none is refused.
        size = 1
        pending: list[Change] = [*others, *creates[:size]]
        left = creates[size:]
        while pending:
            await self._send(pending, applied, component)
            if applied.refusal or applied.stale or applied.unclear or applied.moot:
                break
            size *= 2
            pending, left = [*left[:size]], left[size:]
        return applied

    async def _send(self, changes: Sequence[Change], applied: Applied, component: str) -> None:
        for start in range(0, len(changes), BATCH):
            part = changes[start:start + BATCH]
            try:
                answers = await self._client.batch(list(map(operation, part)), self._fence, timeout=TIMEOUT)
            except FencedOff:
                raise
            except StatusError as error:
                answers = [error] * len(part)
            for change, answer in zip(part, answers, strict=True):
                applied.add(change, answer)
                self._report(change, answer, component)

    def _report(self, change: Change, answer: Obj | StatusError, component: str) -> None:
        """The event that belongs to the outcome; what is stale or unclear is no news."""
        done, failed = getattr(change, "done", None), getattr(change, "failed", None)
        if isinstance(answer, StatusError):
            if failed is not None and not isinstance(answer, (*Stale, *Unclear)) and not _is_moot(answer):
                failed = replace(failed, message=failed.message.replace("{error}", answer.message))
                self._events.emit(failed, component)
        elif done is not None:
            name = change.name if isinstance(change, Patch | Delete) else name_of(answer)
            self._events.emit(replace(done, message=done.message.replace("{name}", name)), component)


def _is_moot(answer: Obj | StatusError) -> bool:
    causes = answer.details.get("causes") or () if isinstance(answer, StatusError) else ()
    return any(cause.get("reason") == "NamespaceTerminating" for cause in causes)


def operation(change: Change) -> Operation:
    """The change in the SDK's words."""
    match change:
        case Create():
            return CreateOp(change.kind, change.obj)
        case Update():
            return UpdateOp(change.kind, change.obj, change.subresource)
        case UpdateStatus():
            return UpdateOp(change.kind, change.obj, "status")
        case Patch():
            return PatchOp(change.kind, change.namespace, change.name, change.patch, change.type, change.subresource)
        case Delete():
            return DeleteOp(change.kind, change.namespace, change.name, change.grace_period, change.propagation,
                            change.uid, change.resource_version)  # fmt: skip


class EventWriter:
    """Takes events at any time and writes them when it can; `LIMIT` of them may wait, the oldest are dropped then."""

    LIMIT = 1000
    PAUSE = 0.05  # seconds; events that come together are written together

    def __init__(
        self, client: Batcher, fence: FenceLike | None = None,
        now: Callable[[], datetime] = clock.now,
    ) -> None:  # fmt: skip
        self._client = client
        self._correlator = Correlator()
        self._fence = fence
        self._now = now
        self._waiting: deque[tuple[Emit, str]] = deque()
        self._filled = asyncio.Event()

    def emit(self, emit: Emit, component: str) -> None:
        """Never blocks, never fails."""
        if len(self._waiting) >= self.LIMIT:
            self._waiting.popleft()
            DROPPED.labels("overflow").inc()
        self._waiting.append((emit, component))
        self._filled.set()

    async def run(self) -> None:
        """Until cancelled; raises FencedOff."""
        while True:
            await self._filled.wait()
            await asyncio.sleep(self.PAUSE)
            await self.flush()

    async def flush(self) -> None:
        """Writes what waits."""
        self._filled.clear()
        while self._waiting:
            part = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            # Of a story that repeats within the batch only the last count is written.
            records: dict[tuple[str, str], Record] = {}
            for emit, component in part:
                record = self._correlator.record(emit, component, self._now())
                if record is not None:
                    key = namespace_of(record.obj), name_of(record.obj)
                    first = records.get(key)
                    records[key] = record if first is None or first.repeats else replace(record, repeats=False)
            if records:
                await self._write([*records.values()])

    async def _write(self, records: Sequence[Record]) -> None:
        operations: list[Operation] = [
            PatchOp(EVENT, namespace_of(record.obj), name_of(record.obj), record.patch) if record.repeats
            else CreateOp(EVENT, record.obj) for record in records
        ]  # fmt: skip
        try:
            answers = await self._client.batch(operations, self._fence, timeout=TIMEOUT)
        except FencedOff:
            raise
        except StatusError as error:
            answers = [error] * len(operations)
        for record, answer in zip(records, answers, strict=True):
            if isinstance(answer, FencedOff):
                raise answer
            if isinstance(answer, StatusError):
                self._correlator.forget(name_of(record.obj))
                DROPPED.labels("refused").inc()
                logger.info("event not written", about=record.obj["message"], reason=answer.reason,
                            error=answer.message)  # fmt: skip
