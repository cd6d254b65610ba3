"""Carries out preemptions: the victims are marked and deleted gracefully.

Nobody waits for it: the scheduler counts on the claim at once, and a decision that cannot be carried out is given up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import prometheus_client

from services.client.sdk.messages import FenceLike, Victim
from services.foundation import log
from services.objects.errors import (
    Conflict,
    FencedOff,
    NotFound,
    ServiceUnavailable,
    StatusError,
    Timeout,
    TooManyRequests,
)
from services.scheduler.backlog import CALLS, Backlog
from services.scheduler.cluster.demand import PodInfo
from services.scheduler.preemption import Preemption

logger = log.get(__name__)

VICTIMS = prometheus_client.Counter("pinnace_scheduler_preemption_victims", "Pods deleted for more important ones")

_TIMEOUT = 15.0  # seconds per call
_PAUSE = 1.0  # seconds until an apiserver that was away is asked again


class Client(Protocol):
    """The part of the SDK's Client that removes pods for others."""

    async def preempt(
        self, victims: Sequence[Victim], fence: FenceLike | None = None, *, timeout: float | None = None
    ) -> list[StatusError | None]: ...


class _Step(NamedTuple):
    """The victim goes from the node for the pod; can be repeated."""

    pod: PodInfo
    victim: PodInfo
    node: str


class Evictor:
    """`preempted(pod, victim, node)` hears of victims that were deleted, `given_up(pod)` of claims that came to
    nothing."""

    def __init__(
        self, client: Client, fence: FenceLike, preempted: Callable[[PodInfo, PodInfo, str], None],
        given_up: Callable[[PodInfo], None],
    ) -> None:  # fmt: skip
        self._client = client
        self._fence = fence
        self._preempted = preempted
        self._given_up = given_up
        self._backlog = Backlog[_Step]()
        self.room = self._backlog.room

    def submit(self, preemption: Preemption) -> None:
        self._backlog.put(_Step(preemption.pod, victim, preemption.node) for victim in preemption.victims)

    async def run(self) -> None:
        """Until cancelled; raises FencedOff when somebody else leads."""
        async with asyncio.TaskGroup() as group:
            for _ in range(CALLS):
                group.create_task(self._work_off())

    async def _work_off(self) -> None:
        while True:
            away = await self._carry_out(await self._backlog.next())
            if away:
                logger.warning("preemptions wait for the apiserver", count=len(away))
                await asyncio.sleep(_PAUSE)
                self._backlog.put_back(away)

    async def _carry_out(self, steps: Sequence[_Step]) -> list[_Step]:
        """Returns those that nobody answered."""
        away = []
        for step, answer in zip(steps, await self._ask(steps), strict=True):
            if isinstance(answer, FencedOff):
                raise answer
            if isinstance(answer, ServiceUnavailable | Timeout | TooManyRequests):
                away.append(step)
            elif answer is None:
                VICTIMS.inc()
                self._preempted(step.pod, step.victim, step.node)
            elif not isinstance(answer, NotFound | Conflict):  # a victim that is gone is what was wanted
                logger.warning("a preemption cannot be carried out", pod=step.pod.name, error=answer.message)
                self._given_up(step.pod)
        return away

    async def _ask(self, steps: Sequence[_Step]) -> Sequence[StatusError | None]:
        victims = [Victim(victim.namespace, victim.name, victim.uid,
                          f"{pod.scheduler}: preempting to accommodate a higher priority pod")
                   for pod, victim, _ in steps]  # fmt: skip
        try:
            return await self._client.preempt(victims, self._fence, timeout=_TIMEOUT)
        except FencedOff:
            raise
        except StatusError as error:
            return [error] * len(steps)
