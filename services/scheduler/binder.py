"""Binds pods, many in a call, and finds out what became of calls whose answer got lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import prometheus_client

from services.client.sdk import Binding
from services.client.sdk.messages import FenceLike
from services.foundation import log
from services.objects.errors import FencedOff, ServiceUnavailable, StatusError, Timeout
from services.scheduler.algorithm import Decision
from services.scheduler.backlog import CALLS, Backlog
from services.scheduler.state import State

logger = log.get(__name__)

BINDINGS = prometheus_client.Counter("pinnace_scheduler_bindings", "Bindings sent to the apiserver", ["outcome"])

_TIMEOUT = 15.0  # seconds per call
_LATE = 1.0  # seconds that a write whose answer got lost may still be on its way

Bound = Callable[[Decision], None]


class Client(Protocol):
    """The part of the SDK's Client that binds."""

    async def bind(
        self, bindings: Sequence[Binding], fence: FenceLike | None = None, *, timeout: float | None = None
    ) -> list[str | StatusError]: ...


class Binder:
    """`caught_up` returns once everything written before the call has been seen; `bound` hears of successes."""

    def __init__(
        self, client: Client, fence: FenceLike, state: State, caught_up: Callable[[], Awaitable[None]], bound: Bound
    ) -> None:
        self._client = client
        self._fence = fence
        self._state = state
        self._caught_up = caught_up
        self._bound = bound
        self._backlog = Backlog[Decision]()
        self.room = self._backlog.room

    def submit(self, decisions: Sequence[Decision]) -> None:
        """Decisions that are assumed already."""
        self._backlog.put(decisions)

    async def run(self) -> None:
        """Until cancelled; raises FencedOff when somebody else leads."""
        async with asyncio.TaskGroup() as group:
            for _ in range(CALLS):
                group.create_task(self._work_off(group))

    async def _work_off(self, group: asyncio.TaskGroup) -> None:
        while True:
            unclear = await self._bind(await self._backlog.next())
            if unclear:
                group.create_task(self._settle(unclear))

    async def _bind(self, batch: Sequence[Decision]) -> list[Decision]:
        """Returns those of which nobody knows whether they were bound."""
        bindings = [Binding(pod.namespace, pod.name, pod.uid, node) for pod, node, *_ in batch]
        try:
            answers = await self._client.bind(bindings, self._fence, timeout=_TIMEOUT)
        except FencedOff:
            raise
        except StatusError as error:
            answers = [error] * len(batch)
        unclear = []
        for decision, answer in zip(batch, answers, strict=True):
            if isinstance(answer, FencedOff):
                raise answer
            if isinstance(answer, Timeout | ServiceUnavailable):
                BINDINGS.labels("unclear").inc()
                unclear.append(decision)
            elif isinstance(answer, StatusError):
                BINDINGS.labels("refused").inc()
                pod = decision.pod
                logger.info("binding refused", namespace=pod.namespace, pod=pod.name, error=answer.message)
                self._state.forget(pod)
            else:
                BINDINGS.labels("bound").inc()
                self._bound(decision)
        return unclear

    async def _settle(self, unclear: Sequence[Decision]) -> None:
        """An assumption is kept until it is certain that the pod was not bound."""
        await asyncio.sleep(_LATE)
        await self._caught_up()
        for decision in unclear:
            self._state.forget(decision.pod)  # no effect on those that were seen bound
