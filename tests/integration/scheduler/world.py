"""A scheduler at work over a store, and what a test sees of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from services.client.etcd_source import EtcdSource
from services.client.informer import Informer
from services.objects.kinds import EVENT, POD
from services.objects.meta import Obj
from services.scheduler.configuration import STANDARD
from services.scheduler.loop import READ, Scheduler
from services.storage import codec

DEADLINE = 20.0
QUICK = STANDARD._replace(first_backoff=0.02, longest_backoff=0.3)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class World:
    """A scheduler at work, and what can be seen of it."""

    def __init__(self, api: Any, informer: Informer, scheduler: Scheduler) -> None:
        self.api = api
        self.informer = informer
        self.scheduler = scheduler

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for the informer to show it."""
        async with asyncio.timeout(DEADLINE):
            while not condition():
                await self.informer.reached(self.informer.revision + 1, DEADLINE)

    def placed(self) -> dict[str, str]:
        pods = self.informer.store(POD).list()
        return {pod["metadata"]["name"]: pod["spec"]["nodeName"] for pod in pods if pod["spec"].get("nodeName")}

    async def events(self, reason: str, count: int = 1) -> list[Obj]:
        async with asyncio.timeout(DEADLINE):
            while True:
                found = [event for event in await self.api.all(EVENT) if event["reason"] == reason]
                if sum(event["count"] for event in found) >= count:
                    return found
                await self.informer.reached(self.informer.revision + 1, DEADLINE)


@asynccontextmanager
async def working(api: Any, fence: Any) -> AsyncIterator[World]:
    informer = Informer(EtcdSource(api.reader), READ)

    async def fresh() -> int:
        return codec.listed(await api.reader.revision())

    scheduler = Scheduler(informer, fresh, configuration=QUICK, now=lambda: NOW)
    tasks = [asyncio.create_task(informer.run()), asyncio.create_task(scheduler.lead(api, fence))]
    try:
        yield World(api, informer, scheduler)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results), results
