from __future__ import annotations

import asyncio

import pytest

from services.apiserver.watching.freshness import Progress, Question
from services.storage.store import StoreUnavailable


async def test_a_question_serves_only_those_who_asked_before_it() -> None:
    asked = 0
    gate, begun = asyncio.Event(), asyncio.Event()

    async def ask() -> int:
        nonlocal asked
        begun.set()
        asked += 1
        mine = asked
        await gate.wait()
        return mine

    question = Question(ask)
    early = [asyncio.create_task(question.answer()) for _ in range(3)]
    await begun.wait()
    late = [asyncio.create_task(question.answer()) for _ in range(3)]
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*early, *late) == [1, 1, 1, 2, 2, 2]


async def test_everybody_hears_of_a_failure_and_the_next_one_asks_again() -> None:
    answers: list[int | Exception] = [StoreUnavailable("away"), 7]

    async def ask() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    question = Question(ask)
    failed = await asyncio.gather(question.answer(), question.answer(), return_exceptions=True)
    assert [type(each) for each in failed] == [StoreUnavailable, StoreUnavailable]
    assert await question.answer() == 7


async def test_one_who_goes_away_takes_nobody_along() -> None:
    gate = asyncio.Event()

    async def ask() -> int:
        await gate.wait()
        return 5

    question = Question(ask)
    gone, stays = asyncio.create_task(question.answer()), asyncio.create_task(question.answer())
    await asyncio.sleep(0)
    gone.cancel()
    gate.set()
    assert await stays == 5
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_progress_wakes_those_whose_revision_has_come() -> None:
    progress = Progress()
    progress.advance(3)
    assert await progress.reached(3, 0.0)
    waiting = [asyncio.create_task(progress.reached(revision, 5)) for revision in (5, 4, 6)]
    await asyncio.sleep(0)
    progress.advance(5)
    assert await asyncio.gather(*waiting[:2]) == [True, True]
    assert not waiting[2].done()
    progress.advance(9)
    assert await waiting[2]
    assert not await progress.reached(10, 0.01)
