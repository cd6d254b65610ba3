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
from services.scheduler.cluster.cluster import Key
from services.scheduler.cluster.demand import PodInfo
from services.scheduler.preemption import Preemption

logger = log.get(__name__)

VICTIMS = prometheus_client.Counter("pinnace_scheduler_preemption_victims", "Pods deleted for more important ones")

_BATCH = 100  # operations per call, or a few more: what is done for one pod stays together
_CALLS = 4  # at the same time
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
        self._waiting: deque[list[_Step]] = deque()  # by pod
        self._busy: set[Key] = set()  # pods for which a call is under way: theirs come one after the other
        self._work = asyncio.Event()

    def submit(self, preemption: Preemption) -> None:
        pod, node, victims = preemption
        steps: list[_Step] = []
        for victim in victims:
            steps.append(_Step(self._mark(victim, pod.scheduler), pod))
            delete = DeleteOp(POD, victim.namespace, victim.name, uid=victim.uid)
            steps.append(_Step(delete, pod, victim, node))
        if pod.nominated != node:
            steps.append(_Step(_nominate(pod, node), pod))
        self._add(steps)

    def withdraw(self, pod: PodInfo) -> None:
        """The pod has no claim any more."""
        self._add([_Step(_nominate(pod, None), pod)])

    def _add(self, steps: list[_Step]) -> None:
        if steps:
            self._waiting.append(steps)
            self._work.set()

    async def run(self) -> None:
        """Until cancelled; raises FencedOff when somebody else leads."""
        async with asyncio.TaskGroup() as group:
            for _ in range(_CALLS):
                group.create_task(self._work_off())

    async def _work_off(self) -> None:
        while True:
            await self._work.wait()
            steps = self._take()
            if not steps:
                self._work.clear()  # whoever is busy with the rest sets it again
                continue
            away = await self._carry_out(steps)
            again: dict[Key, list[_Step]] = {}
            for step in away:
                again.setdefault(step.pod.key, []).append(step)
            self._waiting.extendleft(again.values())
            self._busy -= {step.pod.key for step in steps}
            if self._waiting:
                self._work.set()
            if away:
                logger.warning("preemptions wait for the apiserver", count=len(away))
                await asyncio.sleep(_PAUSE)

    async def _carry_out(self, steps: Sequence[_Step]) -> list[_Step]:
        """Marks everybody, then deletes: two writes of one object in a call would wait for each other. Returns what has
        to be asked again: every step can be repeated."""
        patches = [step for step in steps if step.victim is None]
        deletes = [step for step in steps if step.victim is not None]
        away = await self._ask(patches)
        return away + (deletes if away else await self._ask(deletes))

    def _take(self) -> list[_Step]:
        """What one call does."""
        taken: list[_Step] = []
        later: list[list[_Step]] = []
        while self._waiting and len(taken) < _BATCH:
            steps = self._waiting.popleft()
            key = steps[0].pod.key
            if key in self._busy:
                later.append(steps)
                continue
            self._busy.add(key)
            taken += steps
        self._waiting.extendleft(reversed(later))
        return taken

    async def _ask(self, steps: Sequence[_Step]) -> list[_Step]:
        """Returns those that nobody answered."""
        away = []
        answers = await self._write([step.operation for step in steps]) if steps else ()
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
