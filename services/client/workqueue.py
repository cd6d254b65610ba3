"""A queue of keys: fair, stingy, and patient with what fails.

Fair: keys come out in the order they went in. Stingy: a key that is added many times before it is taken comes out once,
and a key that is added while somebody works on it comes out again afterwards, never to two workers at a time. Patient:
`add_rate_limited` waits longer after each failure of a key until `forget`. An asyncio.Queue was rejected: it knows
nothing of keys.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Closed(Exception):
    """The queue was closed; there is no more work."""


class WorkQueue(Generic[K]):
    """`first` and `most` are the shortest and longest wait after a failure, in seconds; each failure doubles it."""

    def __init__(self, *, first: float = 0.005, most: float = 300.0) -> None:
        self._first = first
        self._most = most
        self._ready: deque[K] = deque()
        self._dirty: set[K] = set()  # to be worked on, whether ready or being worked on
        self._working: set[K] = set()
        self._failures: dict[K, int] = {}
        self._timers: dict[K, asyncio.TimerHandle] = {}
        self._getters: deque[asyncio.Future[None]] = deque()
        self._closed = False

    def __len__(self) -> int:
        """Keys that are ready; not those that wait for their time or are being worked on."""
        return len(self._ready)

    def add(self, key: K) -> None:
        if self._closed or key in self._dirty:
            return
        self._dirty.add(key)
        if key not in self._working:
            self._ready.append(key)
            self._wake_one()

    def add_after(self, key: K, seconds: float) -> None:
        """Adds the key then; of several such times the earliest counts."""
        if self._closed:
            return
        if seconds <= 0:
            self.add(key)
            return
        loop = asyncio.get_running_loop()
        timer = self._timers.get(key)
        if timer is not None:
            if timer.when() <= loop.time() + seconds:
                return
            timer.cancel()
        self._timers[key] = loop.call_later(seconds, self._due, key)

    def add_rate_limited(self, key: K) -> None:
        """Adds the key after a wait that doubles with each call until `forget`."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        self.add_after(key, min(self._first * 2.0 ** min(failures, 60), self._most))

    def failures(self, key: K) -> int:
        """Calls of `add_rate_limited` since `forget`."""
        return self._failures.get(key, 0)

    def forget(self, key: K) -> None:
        """The key succeeded: its next failure waits the shortest time."""
        self._failures.pop(key, None)

    async def get(self) -> K:
        """Waits for a key; call `done` when finished with it. Raises Closed once closed and empty."""
        while not self._ready:
            if self._closed:
                raise Closed
            getter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._getters.append(getter)
            try:
                await getter
            except asyncio.CancelledError:
                if getter.done() and not getter.cancelled():
                    self._wake_one()  # it was our turn: pass it on
                raise
        key = self._ready.popleft()
        self._dirty.discard(key)
        self._working.add(key)
        return key

    def done(self, key: K) -> None:
        self._working.discard(key)
        if key in self._dirty:
            self._ready.append(key)
            self._wake_one()

    def close(self) -> None:
        """Takes nothing more; what is ready can still be had."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for getter in self._getters:
            if not getter.done():
                getter.set_result(None)

    def _due(self, key: K) -> None:
        self._timers.pop(key, None)
        self.add(key)

    def _wake_one(self) -> None:
        while self._getters:
            getter = self._getters.popleft()
            if not getter.done():
                getter.set_result(None)
                return
