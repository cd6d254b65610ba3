"""Writes Events when it can; nobody waits for it, and nobody fails because of it.

What is told waits in a queue of bounded length, out of which the oldest falls when it is full: what has just happened
is what a user asks about. What an apiserver that is away could not take is offered again, a limited number of times.
Who tells thousands at once may say that there is something more urgent to write: then Events wait, but trickle on.
Everything that was told and not written is counted in one metric, by why.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime

import prometheus_client

from services.client.events.correlator import Correlator, Record
from services.client.events.event import Event
from services.client.sdk import Batcher, CreateOp, Operation, PatchOp
from services.client.sdk.messages import FenceLike
from services.foundation import clock, log
from services.objects.errors import (
    AlreadyExists,
    FencedOff,
    NotFound,
    ServiceUnavailable,
    StatusError,
    Timeout,
    TooManyRequests,
    is_namespace_terminating,
)
from services.objects.kinds import EVENT
from services.objects.meta import Obj

logger = log.get(__name__)

DROPPED = prometheus_client.Counter("pinnace_events_dropped", "Events that were told and not written", ["why"])

LIMIT = 5_000  # events that may wait
BATCH = 100  # per call
GATHER = 0.05  # seconds; what is told together is written together
PATIENCE = 1.0  # seconds that a batch waits at most for more urgent writes
TIMEOUT = 15.0  # seconds per call
ATTEMPTS = 12  # calls, until an event that nobody takes is given up
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds between them
DRAIN = 2.0  # seconds for what still waits when the process ends

Away = (ServiceUnavailable, Timeout, TooManyRequests)


class EventWriter:
    """`fence` is a leader's: who no longer leads tells nothing. `busy` tells whether something more urgent is being
    written; at most `limit` events wait."""

    def __init__(
        self, client: Batcher, fence: FenceLike | None = None, now: Callable[[], datetime] = clock.now, *,
        busy: Callable[[], bool] = lambda: False, limit: int = LIMIT,
    ) -> None:  # fmt: skip
        self._client = client
        self._fence = fence
        self._now = now
        self._busy = busy
        self._limit = limit
        self._correlator = Correlator()
        self._waiting: deque[tuple[Event, datetime]] = deque()
        self._records: dict[tuple[str, str], Record] = {}  # correlated, and not written yet
        self._filled = asyncio.Event()

    def tell(self, event: Event) -> None:
        """Never waits, never fails."""
        if len(self._waiting) >= self._limit:
            self._waiting.popleft()
            DROPPED.labels("overflow").inc()
        self._waiting.append((event, self._now()))
        self._filled.set()

    async def run(self) -> None:
        """Until cancelled, and then for as long as what still waits takes, at most DRAIN seconds. Raises FencedOff."""
        try:
            while True:
                await self._filled.wait()
                await asyncio.sleep(GATHER)
                await self.flush()
        except asyncio.CancelledError:
            await self._drain()
            raise

    async def flush(self) -> None:
        """Writes what waits, however often it has to ask. Raises FencedOff."""
        self._filled.clear()
        while self._waiting or self._records:
            await self._give_way()
            self._correlate()
            await self._persist()

    async def _give_way(self) -> None:
        """To what is more urgent, for a while."""
        for _ in range(round(PATIENCE / GATHER)):
            if not self._busy():
                return
            await asyncio.sleep(GATHER)

    async def _drain(self) -> None:
        """Asks for everything once."""
        try:
            async with asyncio.timeout(DRAIN):
                while self._waiting or self._records:
                    self._correlate()
                    if not await self._attempt():
                        break
        except (FencedOff, TimeoutError) as error:
            logger.info("events not written at the end", why=str(error) or "it took too long")
        if left := len(self._waiting) + len(self._records):
            DROPPED.labels("stopped").inc(left)

    def _correlate(self) -> None:
        """The next batch. Of a story that repeats within it only the last count is written."""
        while self._waiting and len(self._records) < BATCH:
            record = self._correlator.record(*self._waiting.popleft())
            if record is None:
                DROPPED.labels("spam").inc()
                continue
            earlier = self._records.get(record.key)
            self._records[record.key] = record if earlier is None else record._replace(repeats=earlier.repeats)

    async def _persist(self) -> None:
        """Asks until all that was correlated is written, refused or given up."""
        pause, attempts = FIRST_PAUSE, 0
        while self._records:
            if await self._attempt():
                continue
            attempts += 1
            if attempts >= ATTEMPTS:
                self._drop([*self._records.values()], "away")
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _attempt(self) -> bool:
        """One call. False when whom it was for is away; what is left otherwise can be asked for at once."""
        records = [*self._records.values()]
        if not records:
            return True
        try:
            answers = await self._client.batch(list(map(_operation, records)), self._fence, timeout=TIMEOUT)
        except FencedOff:
            raise
        except StatusError as error:
            logger.info("events not written", count=len(records), error=error.message)
            answers = [error] * len(records)
        for record, answer in zip(records, answers, strict=True):
            self._settle(record, answer)
        return not any(isinstance(answer, Away) for answer in answers)

    def _settle(self, record: Record, answer: Obj | StatusError) -> None:
        if isinstance(answer, FencedOff):
            raise answer
        if isinstance(answer, Away):
            return
        if isinstance(answer, NotFound) and record.repeats:  # it has expired: made again, with its count
            self._records[record.key] = record._replace(repeats=False)
        elif isinstance(answer, NotFound) or (isinstance(answer, StatusError) and is_namespace_terminating(answer)):
            del self._records[record.key]  # its namespace goes or has gone, and with it all it has to tell
            self._correlator.forget(record.story)
        elif isinstance(answer, StatusError) and not isinstance(answer, AlreadyExists):
            logger.info("event refused", reason=record.obj["reason"], message=record.obj["message"],
                        error=answer.message)  # fmt: skip
            self._drop([record], "refused")
        else:  # AlreadyExists: names are never used twice, so this is ours, by a call whose answer got lost
            del self._records[record.key]

    def _drop(self, records: Sequence[Record], why: str) -> None:
        for record in records:
            del self._records[record.key]
            self._correlator.forget(record.story)
        DROPPED.labels(why).inc(len(records))


def _operation(record: Record) -> Operation:
    if record.repeats:
        return PatchOp(EVENT, *record.key, record.patch)
    return CreateOp(EVENT, record.obj)
