"""The evictor: what it writes, in which order, and again when nobody answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from services.client.sdk import DeleteOp, Operation
from services.objects.errors import FencedOff, ServiceUnavailable, StatusError
from services.objects.meta import Obj
from services.scheduler import evictor
from services.scheduler.evictor import Evictor
from services.scheduler.preemption import Preemption

Make = Callable[..., Any]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Apiserver:
    """Answers a call when `answering` is set; `away` calls are not answered at all."""

    def __init__(self, away: int = 0, error: StatusError | None = None) -> None:
        self.calls: list[list[Operation]] = []
        self.answering = asyncio.Event()
        self.answering.set()
        self._away = away
        self._error = error

    async def batch(
        self, operations: Sequence[Operation], fence: object = None, *, timeout: float | None = None
    ) -> list[Obj | StatusError]:
        self.calls.append(list(operations))
        await self.answering.wait()
        if self._away:
            self._away -= 1
            raise ServiceUnavailable("away")
        return [self._error or {} for _ in operations]

    @property
    def written(self) -> list[tuple[str, str]]:
        return [(type(op).__name__, getattr(op, "name", "")) for call in self.calls for op in call]


class Heard:
    def __init__(self) -> None:
        self.victims: list[str] = []
        self.given_up: list[str] = []


@asynccontextmanager
async def running(apiserver: Apiserver) -> AsyncIterator[tuple[Evictor, Heard]]:
    heard = Heard()
    made = Evictor(apiserver, ("", 0), lambda: NOW, lambda pod, victim, node: heard.victims.append(victim.name),
                   lambda pod: heard.given_up.append(pod.name))  # fmt: skip
    task = asyncio.create_task(made.run())
    try:
        yield made, heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    """Nothing here waits for anything but turns of the loop."""
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it does not happen")


async def test_victims_are_marked_before_they_are_deleted(make_info: Make) -> None:
    apiserver = Apiserver()
    async with running(apiserver) as (made, heard):
        made.submit(Preemption(make_info("high"), "n", (make_info("a"), make_info("b"))))
        await until(lambda: heard.victims == ["a", "b"])
    assert apiserver.written == [
        ("PatchOp", "a"), ("PatchOp", "b"), ("PatchOp", "high"), ("DeleteOp", "a"), ("DeleteOp", "b"),
    ]  # fmt: skip


async def test_calls_overlap_but_not_those_for_one_pod(make_info: Make) -> None:
    apiserver = Apiserver()
    apiserver.answering.clear()
    crowd = tuple(make_info(f"victim-{number}") for number in range(100))
    async with running(apiserver) as (made, heard):
        made.submit(Preemption(make_info("one"), "n", crowd))
        made.submit(Preemption(make_info("two"), "m", crowd))
        made.withdraw(make_info("one"))
        await until(lambda: len(apiserver.calls) == 2)
        for _ in range(10):
            await asyncio.sleep(0)
        assert [len(call) for call in apiserver.calls] == [101, 101]
        apiserver.answering.set()
        await until(lambda: len(apiserver.calls) == 5)
    assert len(heard.victims) == 200
    assert ["one"] in [[getattr(op, "name", "") for op in call] for call in apiserver.calls[3:]]


async def test_what_nobody_answered_is_asked_again(make_info: Make, monkeypatch: Any) -> None:
    monkeypatch.setattr(evictor, "_PAUSE", 0.0)
    apiserver = Apiserver(away=1)
    async with running(apiserver) as (made, heard):
        made.submit(Preemption(make_info("high"), "n", (make_info("a"),)))
        await until(lambda: heard.victims == ["a"])
    marks, again, deletes = apiserver.calls
    assert marks == again
    assert [type(op) for op in deletes] == [DeleteOp]
    assert heard.given_up == []


async def test_who_does_not_lead_stops(make_info: Make) -> None:
    made = Evictor(Apiserver(error=FencedOff("no")), ("", 0), lambda: NOW, lambda *_: None, lambda *_: None)
    made.submit(Preemption(make_info("high"), "n", (make_info("a"),)))
    with pytest.raises(ExceptionGroup) as refused:
        await asyncio.wait_for(made.run(), 5)
    assert [type(each) for each in refused.value.exceptions] == [FencedOff]
