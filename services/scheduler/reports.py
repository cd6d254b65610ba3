"""What the scheduler tells users: Events, and the condition PodScheduled of pods that found no node.

Nobody waits for a report. Events go in batches of their own and are dropped rather than piled up; of conditions only
the latest of a pod is kept.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import prometheus_client

from services.client.sdk import CreateOp, Operation, PatchOp
from services.client.sdk.messages import FenceLike
from services.foundation import log
from services.objects import conditions, times
from services.objects.errors import FencedOff, NotFound, ServiceUnavailable, StatusError, Timeout
from services.objects.kinds import EVENT, POD
from services.objects.meta import Obj
from services.scheduler.algorithm import Decision
from services.scheduler.cluster.demand import PodInfo
from services.scheduler.state import NAME

logger = log.get(__name__)

DROPPED = prometheus_client.Counter("pinnace_scheduler_events_dropped", "Events that were not written", ["why"])

_BATCH = 100  # operations per call
_BACKLOG = 5_000  # events
_STORIES = 4_096  # pods and messages whose Events are counted up instead of made anew
_TIMEOUT = 15.0  # seconds per call
_LONGEST_NOTE = 1024  # characters of an Event's message
_PAUSE = 1.0  # seconds after a call that failed as a whole

Lookup = Callable[[str, str], Obj | None]


class Client(Protocol):
    """The part of the SDK's Client that writes."""

    async def batch(
        self, operations: Sequence[Operation], fence: FenceLike | None = None, *, timeout: float | None = None
    ) -> list[Obj | StatusError]: ...


@dataclass(slots=True)
class _Story:
    """An Event that was made, and how often it was told."""

    namespace: str
    name: str
    count: int


class Reports:
    """`lookup` gives a pod as it is now."""

    def __init__(self, client: Client, fence: FenceLike, lookup: Lookup, now: Callable[[], datetime]) -> None:
        self._client = client
        self._fence = fence
        self._lookup = lookup
        self._now = now
        self._events: deque[tuple[Operation, tuple[str, str]]] = deque()
        self._conditions: OrderedDict[tuple[str, str], tuple[PodInfo, str]] = OrderedDict()
        self._stories: OrderedDict[tuple[str, str], _Story] = OrderedDict()
        self._last = 0
        self._work = asyncio.Event()

    def scheduled(self, decision: Decision) -> None:
        pod = decision.pod
        message = f"Successfully assigned {pod.namespace}/{pod.name} to {decision.node}"
        self._tell(pod, "Normal", "Scheduled", "Binding", message)

    def unschedulable(self, decision: Decision) -> None:
        assert decision.refusal is not None
        message = decision.refusal.message
        self._tell(decision.pod, "Warning", "FailedScheduling", "Scheduling", message)
        self._conditions[decision.pod.key] = decision.pod, message
        self._work.set()

    async def run(self) -> None:
        """Until cancelled; raises FencedOff when somebody else leads."""
        while True:
            await self._work.wait()
            self._work.clear()
            while self._conditions or self._events:
                await self._send_conditions()
                await self._send_events()

    async def _send_conditions(self) -> None:
        taken = [self._conditions.popitem(last=False)[1] for _ in range(min(_BATCH, len(self._conditions)))]
        told = [(pod, message, patch) for pod, message in taken if (patch := self._condition(pod, message)) is not None]
        answers = await self._batch([patch for _, _, patch in told])
        for (pod, message, _), answer in zip(told, answers, strict=True):
            if isinstance(answer, ServiceUnavailable | Timeout):
                self._conditions.setdefault(pod.key, (pod, message))  # unless there is news of the pod since
            elif isinstance(answer, StatusError) and not isinstance(answer, NotFound):
                logger.info("condition not written", pod=pod.name, error=answer.message)

    async def _send_events(self) -> None:
        taken = [self._events.popleft() for _ in range(min(_BATCH, len(self._events)))]
        answers = await self._batch([operation for operation, _ in taken])
        for (_, story), answer in zip(taken, answers, strict=True):
            if isinstance(answer, StatusError):
                self._stories.pop(story, None)  # the next one is made anew
                DROPPED.labels(answer.reason).inc()

    async def _batch(self, operations: Sequence[Operation]) -> list[Obj | StatusError]:
        if not operations:
            return []
        try:
            answers = await self._client.batch(operations, self._fence, timeout=_TIMEOUT)
        except FencedOff:
            raise
        except StatusError as error:
            logger.warning("reports not written", count=len(operations), error=error.message)
            await asyncio.sleep(_PAUSE)
            return [error] * len(operations)
        for answer in answers:
            if isinstance(answer, FencedOff):
                raise answer
        return answers

    def _condition(self, pod: PodInfo, message: str) -> Operation | None:
        """None when the pod says so already, or no longer needs it."""
        current = self._lookup(pod.namespace, pod.name)
        if current is None or current["metadata"].get("uid") != pod.uid or current["spec"].get("nodeName"):
            return None
        old = conditions.get(current, "PodScheduled") or {}
        new: dict[str, Any] = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                               "message": message}  # fmt: skip
        if all(old.get(name) == value for name, value in new.items()):
            return None
        if old.get("status") != "False":
            new["lastTransitionTime"] = times.rfc3339(self._now())
        patch = {"metadata": {"uid": pod.uid}, "status": {"conditions": [new]}}
        return PatchOp(POD, pod.namespace, pod.name, patch, "strategic", "status")

    def _tell(self, pod: PodInfo, type_: str, reason: str, action: str, message: str) -> None:
        if len(self._events) >= _BACKLOG:
            DROPPED.labels("backlog").inc()
            return
        now = self._now()
        self._last = max(self._last + 1, int(now.timestamp() * 1_000_000))  # unique, in nanoseconds as hex
        key = pod.uid, message
        story = self._stories.get(key)
        if story is None:
            story = self._stories[key] = _Story(pod.namespace, f"{pod.name}.{self._last * 1000:x}", 1)
            event = self._event(pod, story, type_, reason, action, message[:_LONGEST_NOTE], times.rfc3339(now))
            operation: Operation = CreateOp(EVENT, event)
        else:
            story.count += 1
            patch = {"count": story.count, "lastTimestamp": times.rfc3339(now)}
            operation = PatchOp(EVENT, story.namespace, story.name, patch)
        self._stories.move_to_end(key)
        if len(self._stories) > _STORIES:
            self._stories.popitem(last=False)
        self._events.append((operation, key))
        self._work.set()

    def _event(
        self, pod: PodInfo, story: _Story, type_: str, reason: str, action: str, message: str, moment: str
    ) -> Obj:
        about = {"kind": "Pod", "apiVersion": "v1", "namespace": pod.namespace, "name": pod.name, "uid": pod.uid}
        current = self._lookup(pod.namespace, pod.name)
        if current is not None and current["metadata"].get("uid") == pod.uid:
            about["resourceVersion"] = current["metadata"]["resourceVersion"]
        return {
            "apiVersion": "v1", "kind": "Event", "metadata": {"name": story.name, "namespace": story.namespace},
            "involvedObject": about, "type": type_, "reason": reason, "action": action, "message": message,
            "source": {"component": NAME}, "reportingComponent": NAME, "reportingInstance": NAME,
            "firstTimestamp": moment, "lastTimestamp": moment, "count": 1,
        }  # fmt: skip
