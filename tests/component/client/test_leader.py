"""A leader's life against an election that does what the test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.client import leader
from services.client.informer import Informer
from services.client.leader import Duty
from services.objects.errors import FencedOff
from services.storage.election import Leadership
from services.storage.store import Fence

DEADLINE = 5.0


class Election:
    """Lets stand who asks, as often as `elected` was released."""

    def __init__(self) -> None:
        self.elected = asyncio.Semaphore(0)
        self.reigns: list[Leadership] = []
        self.resigned = 0

    @asynccontextmanager
    async def lead(self) -> AsyncIterator[Leadership]:
        await self.elected.acquire()
        self.reigns.append(Leadership(Fence("key", len(self.reigns)), asyncio.Event()))
        try:
            yield self.reigns[-1]
        finally:
            self.resigned += 1


class Work:
    """Keeps the fences it was given; raises what it is told to."""

    def __init__(self) -> None:
        self.fences: list[Any] = []
        self.begun = asyncio.Semaphore(0)
        self.ended = asyncio.Semaphore(0)
        self.trouble: asyncio.Queue[Exception] = asyncio.Queue()

    async def __call__(self, fence: Any) -> None:
        self.fences.append(fence)
        self.begun.release()
        try:
            raise await self.trouble.get()
        finally:
            self.ended.release()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leader, "PAUSE", 0.001)


@pytest.fixture
async def election() -> Election:
    return Election()


@pytest.fixture
async def work() -> Work:
    return Work()


@asynccontextmanager
async def following(election: Election, work: Work, *, synced: bool = True) -> AsyncIterator[Informer]:
    informer = Informer(None, [])  # type: ignore[arg-type]
    if synced:
        informer.synced.set()
    task = asyncio.create_task(leader.follow(election, Duty(informer, work)))  # type: ignore[arg-type]
    try:
        async with asyncio.timeout(DEADLINE):
            yield informer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_nobody_stands_before_he_has_seen_everything(election: Election, work: Work) -> None:
    election.elected.release()
    async with following(election, work, synced=False) as informer:
        for _ in range(5):
            await asyncio.sleep(0)
        assert election.reigns == []
        informer.synced.set()
        await work.begun.acquire()
    assert work.fences == [election.reigns[0].fence]


async def test_who_lost_the_lead_stops_and_stands_again(election: Election, work: Work) -> None:
    async with following(election, work):
        for reign in range(2):
            election.elected.release()
            await work.begun.acquire()
            assert election.resigned == reign
            election.reigns[reign].lost.set()
            await work.ended.acquire()
    assert work.fences == [reign.fence for reign in election.reigns]


async def test_who_is_fenced_off_resigns_and_stands_again(election: Election, work: Work) -> None:
    async with following(election, work):
        election.elected.release()
        await work.begun.acquire()
        work.trouble.put_nowait(ExceptionGroup("in a group of its own", [FencedOff("somebody else leads")]))
        election.elected.release()
        await work.begun.acquire()
        assert election.resigned == 1
        assert len(work.fences) == 2


async def test_any_other_trouble_ends_the_process(election: Election, work: Work) -> None:
    informer = Informer(None, [])  # type: ignore[arg-type]
    informer.synced.set()
    election.elected.release()
    work.trouble.put_nowait(RuntimeError("a bug"))
    with pytest.raises(ExceptionGroup) as raised:
        async with asyncio.timeout(DEADLINE):
            await leader.follow(election, Duty(informer, work))  # type: ignore[arg-type]
    assert raised.group_contains(RuntimeError)
    assert election.resigned == 1


async def test_a_process_that_ends_resigns(election: Election, work: Work) -> None:
    async with following(election, work):
        election.elected.release()
        await work.begun.acquire()
    assert election.resigned == 1
