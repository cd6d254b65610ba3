"""Plans become writes here, and nowhere else.

Writes go to the apiserver in batches that carry the leader's fence; what is refused is sorted by what the runner does
next. Events are handed to the EventWriter, which nobody waits for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.client.events import Event, EventWriter, Reference
from services.client.sdk import Batcher, CreateOp, DeleteOp, Operation, PatchOp, UpdateOp
from services.client.sdk.messages import FenceLike
from services.controller_manager.plans import Change, Create, Delete, Emit, Patch, Plan, Update, UpdateStatus
from services.objects.errors import (
    AlreadyExists,
    Conflict,
    FencedOff,
    NotFound,
    ServiceUnavailable,
    StatusError,
    Timeout,
    is_namespace_terminating,
)
from services.objects.meta import Obj, name_of, revision_of

BATCH = 100  # operations per call
TIMEOUT = 15.0  # seconds per call

Stale = (Conflict, NotFound, AlreadyExists)  # refusals that only say: look again
Unclear = (Timeout, ServiceUnavailable)  # the write may have happened all the same


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
            self._events.tell(event(emit, component))
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
                self._events.tell(event(failed, component))
        elif done is not None:
            name = change.name if isinstance(change, Patch | Delete) else name_of(answer)
            told = replace(done, message=done.message.replace("{name}", name))
            self._events.tell(event(told, component))


def _is_moot(answer: Obj | StatusError) -> bool:
    return isinstance(answer, StatusError) and is_namespace_terminating(answer)


def event(emit: Emit, component: str) -> Event:
    """What an Emit tells, in the words of all processes."""
    return Event(Reference.to(emit.kind, emit.regarding), emit.type, emit.reason, emit.message, component)


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
