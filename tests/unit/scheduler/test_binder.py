from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.client.sdk import Binding
from services.objects.errors import Conflict, ServiceUnavailable, Timeout
from services.scheduler import binder
from services.scheduler.algorithm import Decision
from services.scheduler.binder import Binder
from services.scheduler.state import State

Make = Callable[..., Any]
DEADLINE = 5.0


class Client:
    """Answers per pod name; `gate` holds all calls back while it is cleared."""

    def __init__(self) -> None:
        self.calls: list[list[Binding]] = []
        self.answers: dict[str, Exception] = {}
        self.fails: list[Exception] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def bind(self, bindings: Sequence[Binding], fence: Any = None, *, timeout: float | None = None) -> list[Any]:
        self.calls.append(list(bindings))
        await self.gate.wait()
        if self.fails:
            raise self.fails.pop(0)
        return [self.answers.get(binding.name, "512") for binding in bindings]


class Desk:
    """A binder over a state of one node, with the pods it was given assumed there."""

    def __init__(self, make_node: Make, make_pod: Make) -> None:
        self.client = Client()
        self.state = State(lambda: 0.0, lambda: None)
        self.state.node_changed(None, make_node("n", cpu="1000"))
        self.bound: list[str] = []
        self.done = asyncio.Event()
        self.catching_up = 0
        self.make_pod = make_pod
        self.binder = Binder(self.client, ("key", 1), self.state, self._caught_up, self._bound)

    def submit(self, *names: str) -> list[Any]:
        for name in names:
            self.state.pod_changed(None, self.make_pod(name, "1"))
        pods = self.state.queue.pop(len(names), 0)
        for pod in pods:
            self.state.assume(pod, "n")
        self.binder.submit([Decision(pod, "n") for pod in pods])
        return pods

    def requested(self) -> int:
        return int(self.state.cluster.columns.requested[0, 0])

    async def _caught_up(self) -> None:
        self.catching_up += 1

    def _bound(self, decision: Decision) -> None:
        self.bound.append(decision.pod.name)


@asynccontextmanager
async def working(desk: Desk) -> AsyncIterator[None]:
    task = asyncio.create_task(desk.binder.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def desk(make_node: Make, make_pod: Make, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(binder, "_LATE", 0.01)
    return Desk(make_node, make_pod)


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 - any state of the desk may be waited for
            await asyncio.sleep(0.001)


async def test_each_pod_stands_or_falls_alone(desk: Desk) -> None:
    desk.client.answers["b"] = Conflict("already assigned")
    async with working(desk):
        desk.submit("a", "b", "c")
        await eventually(lambda: len(desk.bound) == 2 and desk.requested() == 2000)
    assert desk.bound == ["a", "c"]
    assert [(binding.name, binding.uid, binding.node) for binding in desk.client.calls[0]] == [
        ("a", "uid-a", "n"), ("b", "uid-b", "n"), ("c", "uid-c", "n")]  # fmt: skip
    assert desk.catching_up == 0


@pytest.mark.parametrize("error", [Timeout("lost"), ServiceUnavailable("lost")])
async def test_what_is_unclear_stays_assumed_until_the_view_has_caught_up(error: Exception, desk: Desk) -> None:
    desk.client.fails = [error]
    async with working(desk):
        seen, unseen = desk.submit("seen", "unseen")
        desk.state.pod_changed(None, desk.make_pod("seen", "1", nodeName="n"))
        await eventually(lambda: desk.catching_up == 1 and not desk.state.is_assumed(unseen))
    assert desk.requested() == 1000
    assert seen.key not in desk.state.queue
    assert unseen.key in desk.state.queue
    assert desk.bound == []


async def test_a_backlog_holds_up_new_decisions(desk: Desk) -> None:
    desk.client.gate.clear()
    async with working(desk):
        desk.submit(*(f"p{number}" for number in range(900)))
        await eventually(lambda: len(desk.client.calls) == 4)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await desk.binder.room()
        desk.client.gate.set()
        async with asyncio.timeout(DEADLINE):
            await desk.binder.room()
        await eventually(lambda: len(desk.bound) == 900)
    assert [len(call) for call in desk.client.calls] == [100] * 9
