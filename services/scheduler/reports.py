"""What the scheduler tells users: Events, and the condition PodScheduled of pods that found no node.

Nobody waits for a report. Events are handed to the EventWriter; of conditions only the latest of a pod is kept.
"""

from __future__ import annotations

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

from services.client.events import Event, EventWriter, Reference
from services.client.sdk import Batcher, Operation, PatchOp
from services.client.sdk.messages import FenceLike
from services.foundation import log
from services.objects import conditions, times
from services.objects.errors import FencedOff, NotFound, ServiceUnavailable, StatusError, Timeout, TooManyRequests
from services.objects.kinds import POD
from services.objects.meta import Obj
from services.scheduler.algorithm import Decision
from services.scheduler.cluster.cluster import Key
from services.scheduler.cluster.demand import PodInfo
from services.scheduler.profile import DEFAULT_NAME

logger = log.get(__name__)

_BATCH = 100  # operations per call
_TIMEOUT = 15.0  # seconds per call
_PAUSE = 1.0  # seconds until an apiserver that was away is asked again

Lookup = Callable[[str, str], Obj | None]


class Reports:
    """`lookup` gives a pod as it is now. `run` writes the conditions; the events are for their writer to write."""

    def __init__(
        self, client: Batcher, fence: FenceLike, events: EventWriter, lookup: Lookup, now: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._fence = fence
        self._events = events
        self._lookup = lookup
        self._now = now
        self._host = socket.gethostname()
        self._conditions: OrderedDict[Key, tuple[PodInfo, str, str]] = OrderedDict()
        self._work = asyncio.Event()

    def scheduled(self, decision: Decision) -> None:
        pod = decision.pod
        message = f"Successfully assigned {pod.namespace}/{pod.name} to {decision.node}"
        self._tell(pod, "Normal", "Scheduled", "Binding", message)

    def unschedulable(self, decision: Decision) -> None:
        assert decision.refusal is not None
        message = decision.refusal.message
        self._tell(decision.pod, "Warning", "FailedScheduling", "Scheduling", message)
        self._conditions[decision.pod.key] = decision.pod, "Unschedulable", message
        self._work.set()

    def failed(self, decision: Decision, why: str) -> None:
        """The pod had a node, but what it needs beside it could not be had."""
        self._tell(decision.pod, "Warning", "FailedScheduling", "Scheduling", why)
        self._conditions[decision.pod.key] = decision.pod, "SchedulerError", why
        self._work.set()

    def preempted(self, pod: PodInfo, victim: PodInfo, node: str) -> None:
        message = f"Preempted by pod {pod.uid} on node {node}"
        self._tell(victim._replace(scheduler=pod.scheduler), "Normal", "Preempted", "Preempting", message)

    async def run(self) -> None:
        """Until cancelled; raises FencedOff when somebody else leads."""
        while True:
            await self._work.wait()
            self._work.clear()
            while self._conditions:
                await self._send_conditions()

    async def _send_conditions(self) -> None:
        taken = [self._conditions.popitem(last=False)[1] for _ in range(min(_BATCH, len(self._conditions)))]
        told = [(condition, patch) for condition in taken if (patch := self._condition(*condition)) is not None]
        if not told:
            return
        answers = await self._write([patch for _, patch in told])
        away = 0
        for (condition, _), answer in zip(told, answers, strict=True):
            if isinstance(answer, FencedOff):
                raise answer
            if isinstance(answer, ServiceUnavailable | Timeout | TooManyRequests):
                away += 1
                self._conditions.setdefault(condition[0].key, condition)  # unless there is news of the pod since
            elif isinstance(answer, StatusError) and not isinstance(answer, NotFound):
                logger.info("condition not written", pod=condition[0].name, error=answer.message)
        if away:
            logger.warning("conditions wait for the apiserver", count=away)
            await asyncio.sleep(_PAUSE)

    async def _write(self, patches: Sequence[Operation]) -> Sequence[Obj | StatusError]:
        try:
            return await self._client.batch(patches, self._fence, timeout=_TIMEOUT)
        except FencedOff:
            raise
        except StatusError as error:
            return [error] * len(patches)

    def _condition(self, pod: PodInfo, reason: str, message: str) -> Operation | None:
        """None when the pod says so already, or no longer needs it."""
        current = self._lookup(pod.namespace, pod.name)
        if current is None or current["metadata"].get("uid") != pod.uid or current["spec"].get("nodeName"):
            return None
        old = conditions.get(current, "PodScheduled") or {}
        new: dict[str, Any] = {"type": "PodScheduled", "status": "False", "reason": reason,
                               "message": message}  # fmt: skip
        if all(old.get(name) == value for name, value in new.items()):
            return None
        if old.get("status") != "False":
            new["lastTransitionTime"] = times.rfc3339(self._now())
        patch = {"metadata": {"uid": pod.uid}, "status": {"conditions": [new]}}
        return PatchOp(POD, pod.namespace, pod.name, patch, "strategic", "status")

    def _tell(self, pod: PodInfo, type_: Literal["Normal", "Warning"], reason: str, action: str, message: str) -> None:
        current = self._lookup(pod.namespace, pod.name)
        seen = current["metadata"] if current is not None and current["metadata"].get("uid") == pod.uid else {}
        about = Reference("v1", "Pod", pod.namespace, pod.name, pod.uid, seen.get("resourceVersion", ""))
        name = pod.scheduler or DEFAULT_NAME
        self._events.tell(Event(about, type_, reason, message, name, instance=f"{name}-{self._host}", action=action))
