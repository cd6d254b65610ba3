"""THE loop: a key comes out of the queue, is observed, decided, and the plan applied. Every controller runs in it.

**Read your writes.** After a plan the runner remembers, for its key, the highest resourceVersion that the writes
returned, and does not observe the key again before the view has reached it. So `decide` may trust that it sees what it
did, and needs no counters of what it expects to see. Where no resourceVersion is known (deletions, refusals for
staleness, timeouts) the store is asked for its present revision, and that one is waited for.

What goes wrong with a key is logged and counted here, and the key is tried again after a while; its neighbours do not
notice. Only FencedOff, which says that somebody else leads, ends the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import prometheus_client

from services.client.workqueue import WorkQueue
from services.controller_manager.apply import Applied, Applier
from services.controller_manager.controller import Controller, Key
from services.controller_manager.view import View
from services.foundation import clock, log
from services.objects.errors import FencedOff, StatusError

logger = log.get(__name__)

PLANS = prometheus_client.Counter("pinnace_controller_plans", "Plans made, by outcome", ["controller", "outcome"])
WRITES = prometheus_client.Counter("pinnace_controller_writes", "Changes sent to the apiserver", ["controller"])
_PATIENCE = 10.0  # seconds to wait for the view before the key goes back into the queue
_UNCLEAR_PAUSE = 1.0  # seconds; a write whose answer got lost may still be on its way
_SECOND_LOOK = 60.0  # seconds
_LONGEST_PAUSE = 60.0  # seconds between attempts at a key that fails
_WORKERS = 8  # keys of one controller that are worked on at the same time


class Behind(Exception):
    """The view has not reached what the key's last plan wrote."""


class Runner:
    """`fresh` asks the store for the resourceVersion of now."""

    def __init__(
        self, view: View, applier: Applier, fresh: Callable[[], Awaitable[int]],
        now: Callable[[], datetime] = clock.now,
    ) -> None:  # fmt: skip
        self.view = view
        self.applier = applier
        self.fresh = fresh
        self.now = now

    async def run(self, controllers: Sequence[Controller]) -> None:
        """Until cancelled or fenced off; the view must be in sync and running."""
        await self._see_everything()
        try:
            async with asyncio.TaskGroup() as group:
                for controller in controllers:
                    loop = Loop(self, controller)
                    for _ in range(_WORKERS):
                        group.create_task(loop.work())
        finally:
            self.view.dismiss()

    async def _see_everything(self) -> None:
        """What the leader before us wrote last must be seen before anything is decided."""
        while True:
            try:
                revision = await self.fresh()
            except StatusError as error:
                logger.warning("cannot ask the store, trying again", reason=error.reason, error=error.message)
                await asyncio.sleep(_UNCLEAR_PAUSE)
                continue
            if await self.view.reached(revision, _PATIENCE):
                return
            logger.warning("the view is behind", wanted=revision, seen=self.view.revision)


class Loop:
    """One controller, its queue, and what is known about its keys."""

    def __init__(self, runner: Runner, controller: Controller) -> None:
        self._runner = runner
        self._controller = controller
        self.queue: WorkQueue[Key] = WorkQueue(most=_LONGEST_PAUSE)
        self._awaited: dict[Key, int | None] = {}  # resourceVersion to be seen first; None: that of now
        self._not_before: dict[Key, float] = {}
        self._failures: dict[Key, str] = {}
        controller.subscribe(self.queue.add)

    async def work(self) -> None:
        while True:
            key = await self.queue.get()
            try:
                await self._try(key)
            finally:
                self.queue.done(key)

    async def _try(self, key: Key) -> None:
        name = self._controller.name
        try:
            await self.step(key)
        except FencedOff:
            raise
        except Behind as error:
            self._count("behind")
            logger.info("waiting for the view", controller=name, key=describe(key), reason=str(error))
            self.queue.add_rate_limited(key)
        except StatusError as error:
            self._count("error")
            logger.warning("cannot observe", controller=name, key=describe(key), reason=error.reason, error=str(error))
            self.queue.add_rate_limited(key)
        except Exception:  # the boundary: one object's trouble never stops its neighbours
            self._count("error")
            logger.exception("controller failed", controller=name, key=describe(key))
            self.queue.add_rate_limited(key)

    async def step(self, key: Key) -> None:
        """One turn of the loop for a key. Raises FencedOff, Behind, StatusError, and what controllers raise."""
        if (wait := self._not_before.get(key, 0) - asyncio.get_running_loop().time()) > 0:
            self.queue.add_after(key, wait)
            return
        await self._catch_up(key)
        observed = await self._controller.observe(key, self._failures.get(key, ""))
        if observed is None:
            self._failures.pop(key, None)
            self.queue.forget(key)
            return
        plan = self._controller.decide(observed, self._runner.now())
        changes = plan.changes
        if changes:
            self._awaited[key] = None  # also if this turn is cut short
            WRITES.labels(self._controller.name).inc(len(changes))
        applied = await self._runner.applier.apply(plan, self._controller.component)
        if changes:
            self._remember(key, applied)
            # What was done may have been the end of the key's object, of which nobody tells this controller: one more
            # look forgets what is remembered about the key, here and there. It ends with a plan without changes.
            self.queue.add_after(key, _SECOND_LOOK)
        self._settle(key, applied)
        if plan.requeue_after is not None:
            self.queue.add_after(key, plan.requeue_after)

    async def _catch_up(self, key: Key) -> None:
        self._not_before.pop(key, None)
        if key not in self._awaited:
            return
        wanted = self._awaited[key]
        if wanted is None:
            wanted = self._awaited[key] = await self._runner.fresh()
        if not await self._runner.view.reached(wanted, _PATIENCE):
            raise Behind(f"the view is at {self._runner.view.revision}, wanted is {wanted}")
        del self._awaited[key]

    def _remember(self, key: Key, applied: Applied) -> None:
        certain = not (applied.deleted or applied.stale or applied.unclear)
        if certain and applied.revision:
            self._awaited[key] = applied.revision
        elif certain:
            del self._awaited[key]  # nothing was written

    def _settle(self, key: Key, applied: Applied) -> None:
        """When to look at the key again, unless it changes before."""
        failed = self._failures.pop(key, "")
        if applied.refusal is not None:
            self._failures[key] = applied.refusal.message
            logger.warning("change refused", controller=self._controller.name, key=describe(key),
                           reason=applied.refusal.reason, error=applied.refusal.message)  # fmt: skip
        if applied.unclear:
            self._not_before[key] = asyncio.get_running_loop().time() + _UNCLEAR_PAUSE
        if applied.refusal is not None or applied.stale or applied.unclear:
            self._count("refused" if applied.refusal is not None else "stale" if applied.stale else "unclear")
            self.queue.add_rate_limited(key)
            return
        self._count("applied")
        self.queue.forget(key)
        if failed:
            self.queue.add(key)  # to tell that it works again

    def _count(self, outcome: str) -> None:
        PLANS.labels(self._controller.name, outcome).inc()


def describe(key: Key) -> str:
    """For logs: kinds in keys by their names."""
    parts = key if isinstance(key, tuple) else (key,)
    return "/".join(getattr(part, "resource", str(part)) for part in parts)
