"""One watcher's mailbox: what it has yet to send, bounded, so that a slow reader costs nobody else anything."""

from __future__ import annotations

import asyncio
from collections import deque

from services.apiserver.watching.item import Batch

# Bytes of objects a watcher may be behind before it is closed; it will list again.
BOUND = 64 << 20


class Overrun(Exception):
    """The watcher did not keep up."""


class Gone(Exception):
    """The cache lost its place (compaction) and cannot say what happened: the watcher has to list again."""


class Ended(Exception):
    """There is nothing to watch any more, or it is another thing now: the watch ends without an error."""


class Watcher:
    __slots__ = ("_batches", "_behind", "_problem", "_wake")

    def __init__(self) -> None:
        self._batches: deque[Batch] = deque()
        self._behind = 0
        self._problem: Exception | None = None
        self._wake: asyncio.Future[None] | None = None

    @property
    def waiting(self) -> bool:
        """Whether something is to be sent."""
        return bool(self._batches) or self._problem is not None

    def push(self, batch: Batch) -> None:
        if self._problem is not None:
            return
        self._behind += batch.size
        if self._behind > BOUND:
            self.close(Overrun())
            return
        self._batches.append(batch)
        self._ring()

    def close(self, problem: Exception) -> None:
        """What is still to be sent is dropped, it would only delay the news; but not at an end without a problem."""
        self._problem = self._problem or problem
        if not isinstance(problem, Ended):
            self._batches.clear()
        self._ring()

    def _ring(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def next(self, timeout: float) -> Batch | None:
        """The next batch; None after `timeout` seconds without one. Raises Overrun, Gone or Ended."""
        if not self._batches and self._problem is None:
            loop = asyncio.get_running_loop()
            self._wake = loop.create_future()
            timer = loop.call_later(max(timeout, 0), self._ring)
            try:
                await self._wake
            finally:
                timer.cancel()
                self._wake = None
        if not self._batches:
            if self._problem is not None:
                raise self._problem
            return None
        batch = self._batches.popleft()
        self._behind -= batch.size
        return batch
