"""What the scheduler has decided and the apiserver has not been asked for yet.

Decisions are made faster than they can be written. Writing them all at once would keep the apiserver from everything
else, and deciding far ahead would be deciding on what has changed by then: so a few calls of many at a time, and a hint
for who decides that it should wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

BATCH = 100  # per call
CALLS = 4  # at the same time


class Backlog(Generic[T]):
    """Whoever writes takes batches out of it, `CALLS` at a time."""

    def __init__(self) -> None:
        self._waiting: deque[T] = deque()
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def put(self, items: Iterable[T]) -> None:
        self._waiting.extend(items)
        self._told()

    def put_back(self, batch: Sequence[T]) -> None:
        """What came to nothing, before all others."""
        self._waiting.extendleft(reversed(batch))
        self._told()

    async def room(self) -> None:
        """Waits until less is left than the calls can take: what is decided later is decided better."""
        await self._room.wait()

    async def next(self) -> list[T]:
        """Waits for something to do; the first of it."""
        while not self._waiting:
            await self._work.wait()
        batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        self._told()
        return batch

    def _told(self) -> None:
        for event, holds in ((self._work, bool(self._waiting)), (self._room, len(self._waiting) < BATCH * CALLS)):
            if holds:
                event.set()
            else:
                event.clear()
