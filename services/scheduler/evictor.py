"""Carries out preemptions: marks the victims, deletes them gracefully, and says in the pod's status which node is its.

Nobody waits for it: the scheduler counts on the claim at once, and a decision that cannot be carried out is given up.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import prometheus_client

from services.client.sdk import Batcher, Operation, PatchOp
from services.client.sdk.messages import DeleteOp, FenceLike
from services.foundation import log
from services.objects import times
from services.objects.errors import (
    Conflict,
    FencedOff,
    NotFound,
    ServiceUnavailable,
    StatusError,
    Timeout,
    TooManyRequests,
)
from services.objects.kinds import POD
from services.objects.meta import Obj
from services.scheduler.cluster.demand import PodInfo
from services.scheduler.preemption import Preemption

logger = log.get(__name__)

VICTIMS = prometheus_client.Counter("pinnace_scheduler_preemption_victims", "Pods deleted for more important ones")

_BATCH = 100  # operations per call
_TIMEOUT = 15.0  # seconds per call
_PAUSE = 1.0  # seconds until an apiserver that was away is asked again


class _Step(NamedTuple):
    """`victim` is deleted by the operation, or None."""

    operation: Operation
    pod: PodInfo
    victim: PodInfo | None = None
    node: str = ""


class Evictor:
    """`preempted(pod, victim, node)` hears of victims that were deleted, `given_up(pod)` of claims that came to
    nothing."""

    def __init__(
        self, client: Batcher, fence: FenceLike, now: Callable[[], datetime],
        preempted: Callable[[PodInfo, PodInfo, str], None], given_up: Callable[[PodInfo], None],
    ) -> None:  # fmt: skip
        self._client = client
        self._fence = fence
        self._now = now
        self._preempted = preempted
        self._given_up = given_up
        self._steps: deque[_Step] = deque()
        self._work = asyncio.Event()

    def submit(self, preemption: Preemption) -> None:
        pod, node, victims = preemption
        for victim in victims:
            self._steps.append(_Step(self._mark(victim, pod.scheduler), pod))
            delete = DeleteOp(POD, victim.namespace, victim.name, uid=victim.uid)
            self._steps.append(_Step(delete, pod, victim, node))
        if pod.nominated != node:
            self._steps.append(_Step(_nominate(pod, node), pod))
        self._work.set()

    def withdraw(self, pod: PodInfo) -> None:
        """The pod has no claim any more."""
        self._steps.append(_Step(_nominate(pod, None), pod))
        self._work.set()

    async def run(self) -> None:
        """Until cancelled; raises FencedOff when somebody else leads."""
        while True:
            await self._work.wait()
            self._work.clear()
            while self._steps:
                steps = [self._steps.popleft() for _ in range(min(_BATCH, len(self._steps)))]
                away = self._settle(steps, await self._write([step.operation for step in steps]))
                if away:
                    self._steps.extendleft(reversed(away))
                    logger.warning("preemptions wait for the apiserver", count=len(away))
                    await asyncio.sleep(_PAUSE)

    def _settle(self, steps: Sequence[_Step], answers: Sequence[Obj | StatusError]) -> list[_Step]:
        """Returns what has to be asked again: every step can be repeated."""
        away = []
        for step, answer in zip(steps, answers, strict=True):
            if isinstance(answer, FencedOff):
                raise answer
            if isinstance(answer, ServiceUnavailable | Timeout | TooManyRequests):
                away.append(step)
            elif isinstance(answer, StatusError) and not isinstance(answer, NotFound | Conflict):
                logger.warning("a preemption cannot be carried out", pod=step.pod.name, error=answer.message)
                self._given_up(step.pod)
            elif step.victim is not None and not isinstance(answer, StatusError):
                VICTIMS.inc()
                self._preempted(step.pod, step.victim, step.node)
        return away

    async def _write(self, operations: Sequence[Operation]) -> Sequence[Obj | StatusError]:
        try:
            return await self._client.batch(operations, self._fence, timeout=_TIMEOUT)
        except FencedOff:
            raise
        except StatusError as error:
            return [error] * len(operations)

    def _mark(self, victim: PodInfo, scheduler: str) -> Operation:
        condition = {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler",
                     "message": f"{scheduler}: preempting to accommodate a higher priority pod",
                     "lastTransitionTime": times.rfc3339(self._now())}  # fmt: skip
        patch = {"metadata": {"uid": victim.uid}, "status": {"conditions": [condition]}}
        return PatchOp(POD, victim.namespace, victim.name, patch, "strategic", "status")


def _nominate(pod: PodInfo, node: str | None) -> Operation:
    patch = {"metadata": {"uid": pod.uid}, "status": {"nominatedNodeName": node}}
    return PatchOp(POD, pod.namespace, pod.name, patch, "merge", "status")
