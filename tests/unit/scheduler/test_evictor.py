"""The evictor: whom it removes, and again when nobody answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.client.sdk import Victim
from services.objects.errors import Conflict, FencedOff, Forbidden, NotFound, ServiceUnavailable, StatusError
from services.scheduler import evictor
from services.scheduler.evictor import Evictor
from services.scheduler.preemption import Preemption

Make = Callable[..., Any]


class Apiserver:
    """Answers a call when `answering` is set; `away` calls are not answered at all."""

    def __init__(self, away: int = 0, error: StatusError | None = None) -> None:
        self.calls: list[list[Victim]] = []
        self.answering = asyncio.Event()
        self.answering.set()
        self._away = away
        self._error = error

    async def preempt(
        self, victims: Sequence[Victim], fence: object = None, *, timeout: float | None = None
    ) -> list[StatusError | None]:
        self.calls.append(list(victims))
        await self.answering.wait()
        if self._away:
            self._away -= 1
            raise ServiceUnavailable("away")
        return [self._error for _ in victims]


class Heard:
    def __init__(self) -> None:
        self.victims: list[str] = []
        self.given_up: list[str] = []


@asynccontextmanager
async def running(apiserver: Apiserver) -> AsyncIterator[tuple[Evictor, Heard]]:
    heard = Heard()
    made = Evictor(apiserver, ("", 0), lambda pod, victim, node: heard.victims.append(f"{victim.name} of {node}"),
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


async def test_victims_go_and_are_told_why(make_info: Make) -> None:
    apiserver = Apiserver()
    async with running(apiserver) as (made, heard):
        pod = make_info("high")._replace(scheduler="mine")
        made.submit(Preemption(pod, "n", (make_info("a"), make_info("b"))))
        await until(lambda: heard.victims == ["a of n", "b of n"])
    message = "mine: preempting to accommodate a higher priority pod"
    assert apiserver.calls == [[Victim("default", name, f"uid-{name}", message) for name in "ab"]]


async def test_calls_overlap_and_are_bounded(make_info: Make) -> None:
    apiserver = Apiserver()
    apiserver.answering.clear()
    async with running(apiserver) as (made, heard):
        made.submit(Preemption(make_info("one"), "n", tuple(make_info(f"victim-{number}") for number in range(1000))))
        await until(lambda: len(apiserver.calls) == 4)
        for _ in range(10):
            await asyncio.sleep(0)
        assert [len(call) for call in apiserver.calls] == [100] * 4
        apiserver.answering.set()
        await until(lambda: len(heard.victims) == 1000)
    assert len({victim.name for call in apiserver.calls for victim in call}) == 1000


async def test_a_backlog_holds_up_new_decisions(make_info: Make) -> None:
    apiserver = Apiserver()
    apiserver.answering.clear()
    async with running(apiserver) as (made, heard):
        made.submit(Preemption(make_info("one"), "n", tuple(make_info(f"victim-{number}") for number in range(900))))
        await until(lambda: len(apiserver.calls) == 4)
        waiting = asyncio.create_task(made.room())
        for _ in range(10):
            await asyncio.sleep(0)
        assert not waiting.done()
        apiserver.answering.set()
        await until(waiting.done)
        await until(lambda: len(heard.victims) == 900)


async def test_what_nobody_answered_is_asked_again(make_info: Make, monkeypatch: Any) -> None:
    monkeypatch.setattr(evictor, "_PAUSE", 0.0)
    apiserver = Apiserver(away=1)
    async with running(apiserver) as (made, heard):
        made.submit(Preemption(make_info("high"), "n", (make_info("a"), make_info("b"))))
        await until(lambda: heard.victims == ["a of n", "b of n"])
    first, again = apiserver.calls
    assert first == again
    assert heard.given_up == []


@pytest.mark.parametrize(("error", "given_up"), [
    (NotFound("gone"), []), (Conflict("another"), []), (Forbidden("a webhook does not like it"), ["high"]),
])  # fmt: skip
async def test_what_a_refusal_means(error: StatusError, given_up: list[str], make_info: Make) -> None:
    apiserver = Apiserver(error=error)
    async with running(apiserver) as (made, heard):
        made.submit(Preemption(make_info("high"), "n", (make_info("a"),)))
        await until(lambda: len(apiserver.calls) == 1)
        for _ in range(10):
            await asyncio.sleep(0)
    assert heard.given_up == given_up
    assert heard.victims == []


async def test_who_does_not_lead_stops(make_info: Make) -> None:
    made = Evictor(Apiserver(error=FencedOff("no")), ("", 0), lambda *_: None, lambda *_: None)
    made.submit(Preemption(make_info("high"), "n", (make_info("a"),)))
    with pytest.raises(ExceptionGroup) as refused:
        await asyncio.wait_for(made.run(), 5)
    assert [type(each) for each in refused.value.exceptions] == [FencedOff]
