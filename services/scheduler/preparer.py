"""Carries out the plans of decisions, then hands them to the binder: a pod is bound once what it needs is its own.

Each decision is a task of its own, since plans wait for others (a provisioner, a driver), for minutes at times. What
cannot be carried out undoes its decision; the pod is tried again.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence

from services.foundation import log
from services.objects.errors import FencedOff, StatusError
from services.scheduler.algorithm import Decision
from services.scheduler.cluster.cluster import Key
from services.scheduler.cluster.plans import Plan
from services.scheduler.state import State

logger = log.get(__name__)

# Writes a plan of a decision, or waits until others have done their part. Raises PlanFailed, or any StatusError.
CarryOut = Callable[[Decision, Plan], Awaitable[None]]


class PlanFailed(Exception):
    """Why a plan came to nothing, in Kubernetes' words."""


class Preparer:
    """`carriers` by type of plan; `ready` gets decisions whose plans are carried out, `failed` those of which one could
    not be, and why."""

    def __init__(
        self, state: State, carriers: Mapping[type[Plan], CarryOut],
        ready: Callable[[Sequence[Decision]], None], failed: Callable[[Decision, str], None],
    ) -> None:  # fmt: skip
        self._state = state
        self._carriers = carriers
        self._ready = ready
        self._failed = failed
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._early: list[Decision] = []

    async def run(self) -> None:
        """Until cancelled; raises FencedOff when somebody else leads."""
        async with asyncio.TaskGroup() as self._group:
            for decision in self._early:
                self._start(self._group, decision)
            self._early.clear()
            await asyncio.Event().wait()

    def submit(self, decisions: Sequence[Decision]) -> None:
        """Decisions that are assumed already; those without plans are ready at once. The first may come before `run`
        has had its turn."""
        self._ready([decision for decision in decisions if not decision.plans])
        for decision in decisions:
            if decision.plans and self._group is not None:
                self._start(self._group, decision)
            elif decision.plans:
                self._early.append(decision)

    def _start(self, group: asyncio.TaskGroup, decision: Decision) -> None:
        key = decision.pod.key
        self.abandon(key)
        task = self._tasks[key] = group.create_task(self._prepare(decision))
        task.add_done_callback(functools.partial(self._drop, key))

    def abandon(self, key: Key) -> None:
        """The pod has gone, or is somebody else's."""
        task = self._tasks.pop(key, None)
        if task is not None:
            task.cancel()

    def _drop(self, key: Key, done: asyncio.Task[None]) -> None:
        if self._tasks.get(key) is done:
            del self._tasks[key]

    async def _prepare(self, decision: Decision) -> None:
        try:
            for plan in decision.plans:
                await self._carriers[type(plan)](decision, plan)
        except FencedOff:
            raise
        except (PlanFailed, StatusError) as error:
            logger.info("plan failed", namespace=decision.pod.namespace, pod=decision.pod.name, error=str(error))
            self._failed(decision, str(error))
            self._state.forget(decision.pod)
            return
        if self._state.is_assumed(decision.pod):
            self._ready([decision])
