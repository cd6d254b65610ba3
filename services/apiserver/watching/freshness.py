"""How a reader knows that the cache is as new as etcd was when it asked: one question for all who wait."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable


class Question:
    """Coalesces a question about now. An answer serves only those who asked before it was put: a reader that comes
    while one is under way gets the next one."""

    def __init__(self, ask: Callable[[], Awaitable[int]]) -> None:
        self._ask = ask
        self._waiting: list[asyncio.Future[int]] = []
        self._asking: asyncio.Task[None] | None = None

    async def answer(self) -> int:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        if self._asking is None:
            self._asking = asyncio.create_task(self._put())
        return await future

    async def _put(self) -> None:
        try:
            while self._waiting:
                askers, self._waiting = self._waiting, []
                try:
                    revision = await self._ask()
                except Exception as error:  # noqa: BLE001 - it is the askers' to handle, and each of them gets it
                    for future in askers:
                        if not future.done():
                            future.set_exception(error)
                else:
                    for future in askers:
                        if not future.done():
                            future.set_result(revision)
        finally:
            self._asking = None
            for future in self._waiting:
                future.cancel()


class Progress:
    """The revision everything up to which has been seen, and those who wait for it to rise."""

    def __init__(self) -> None:
        self.revision = 0
        self._waiting: list[tuple[int, int, asyncio.Future[bool]]] = []
        self._numbers = itertools.count()

    def advance(self, revision: int) -> None:
        self.revision = revision
        while self._waiting and self._waiting[0][0] <= revision:
            future = heapq.heappop(self._waiting)[2]
            if not future.done():
                future.set_result(True)

    async def reached(self, revision: int, timeout: float) -> bool:
        if self.revision >= revision:
            return True
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        heapq.heappush(self._waiting, (revision, next(self._numbers), future))
        timer = loop.call_later(timeout, _give_up, future)
        try:
            return await future
        finally:
            timer.cancel()


def _give_up(future: asyncio.Future[bool]) -> None:
    if not future.done():
        future.set_result(False)
