from __future__ import annotations

import asyncio

import pytest

from services.client.workqueue import Closed, WorkQueue

SOON = 0.01  # seconds
DEADLINE = 5.0


async def test_keys_come_out_in_order_and_once() -> None:
    queue: WorkQueue[str] = WorkQueue()
    for key in ("a", "b", "a", "c", "b"):
        queue.add(key)
    assert len(queue) == 3
    assert [await queue.get() for _ in range(3)] == ["a", "b", "c"]


async def test_a_key_added_while_worked_on_comes_again_when_done() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("a")
    key = await queue.get()
    queue.add("a")
    queue.add("a")
    assert len(queue) == 0
    queue.done(key)
    assert len(queue) == 1
    assert await queue.get() == "a"
    queue.done("a")
    assert len(queue) == 0


async def test_waiting_workers_are_served_one_key_each() -> None:
    queue: WorkQueue[str] = WorkQueue()
    workers = [asyncio.create_task(queue.get()) for _ in range(3)]
    await asyncio.sleep(0)
    for key in "abc":
        queue.add(key)
    async with asyncio.timeout(DEADLINE):
        assert await asyncio.gather(*workers) == ["a", "b", "c"]


async def test_a_cancelled_worker_passes_its_turn_on() -> None:
    queue: WorkQueue[str] = WorkQueue()
    first, second = (asyncio.create_task(queue.get()) for _ in range(2))
    await asyncio.sleep(0)
    queue.add("a")
    first.cancel()
    async with asyncio.timeout(DEADLINE):
        assert await second == "a"
    assert first.cancelled()


async def test_delayed_adds_keep_the_earliest_time() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add_after("a", 3600)
    queue.add_after("a", SOON)
    queue.add_after("a", 3600)
    queue.add_after("now", 0)
    async with asyncio.timeout(DEADLINE):
        assert await queue.get() == "now"
        assert await queue.get() == "a"


@pytest.mark.parametrize(("failures", "seconds"), [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 10.0), (80, 10.0)])
async def test_the_wait_doubles_with_each_failure(failures: int, seconds: float) -> None:
    queue: WorkQueue[str] = WorkQueue(first=1.0, most=10.0)
    loop = asyncio.get_running_loop()
    for _ in range(failures - 1):
        queue.add_rate_limited("other")
        queue._failures["a"] = queue._failures.get("a", 0) + 1
    start = loop.time()
    queue.add_rate_limited("a")
    assert queue._timers["a"].when() - start == pytest.approx(seconds, abs=0.5)
    assert queue.failures("a") == failures
    queue.forget("a")
    assert queue.failures("a") == 0
    queue.close()


async def test_close_lets_the_rest_out_and_ends_waiting() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("a")
    queue.close()
    queue.add("b")
    assert await queue.get() == "a"
    with pytest.raises(Closed):
        await queue.get()


async def test_close_wakes_who_waits() -> None:
    queue: WorkQueue[str] = WorkQueue()
    worker = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    queue.close()
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(Closed):
            await worker
