"""The loop: when a key may be observed again, and what its troubles do to it and to others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from services.client.informer import Snapshot
from services.controller_manager.apply import Applied
from services.controller_manager.controller import Enqueue
from services.controller_manager.plans import Emit, Plan, RequeueAfter, UpdateStatus
from services.controller_manager.runner import Loop, Runner, describe
from services.controller_manager.view import View
from services.objects.errors import Forbidden, ServiceUnavailable
from services.objects.kinds import POD, Kind
from tests.component.controller_manager.cluster import simulate
from tests.unit.controller_manager.builders import NOW, pod

WRITE = UpdateStatus(POD, pod("a"))


class Still:
    """A source that says what it is told to say."""

    async def run(self, kinds: Sequence[Kind], sink: Any) -> None:
        self.kinds, self.sink = kinds, sink
        self.reach(100)
        await asyncio.Event().wait()

    def reach(self, revision: int) -> None:
        self.sink(Snapshot({kind: [] for kind in self.kinds}, revision))


class Answering:
    """An applier that answers with what the test gives."""

    def __init__(self, *answers: Applied) -> None:
        self.answers = list(answers)
        self.plans: list[Plan] = []

    async def apply(self, plan: Plan, component: str) -> Applied:
        assert component == "the-recorder"
        self.plans.append(plan)
        return self.answers.pop(0) if plan.changes else Applied()


class Recorder:
    """A controller that decides what it is told, and notes when it observed what."""

    name = "recorder"
    component = "the-recorder"

    def __init__(self, *plans: Plan | Exception | None) -> None:
        self.plans = list(plans)
        self.seen: list[tuple[float, Any, str]] = []

    def subscribe(self, enqueue: Enqueue) -> None:
        self.enqueue = enqueue

    async def observe(self, key: Any, failure: str) -> Any:
        self.seen.append((asyncio.get_running_loop().time(), key, failure))
        plan = self.plans.pop(0) if self.plans else Plan()
        if isinstance(plan, Exception):
            raise plan
        return plan

    def decide(self, observed: Plan, now: datetime) -> Plan:
        assert now == NOW
        return observed


class Stage:
    def __init__(self, controller: Recorder, *answers: Applied, fresh: int = 100) -> None:
        self.source = Still()
        self.applier = Answering(*answers)
        self.controller = controller
        self.now = fresh
        self.asked = 0

    async def fresh(self) -> int:
        self.asked += 1
        return self.now

    def play(self, story: Any) -> None:
        async def scene() -> None:
            view = View.over(self.source)
            informer = view.informer
            running = asyncio.create_task(informer.run())
            await informer.synced.wait()
            runner = Runner(view, self.applier, self.fresh, lambda: NOW)  # type: ignore[arg-type]
            loop = Loop(runner, self.controller)
            workers = [asyncio.create_task(loop.work()) for _ in range(2)]
            await story(loop)
            for task in (running, *workers):
                task.cancel()

        simulate(scene())


def test_a_key_waits_until_its_writes_are_seen() -> None:
    controller = Recorder(Plan([WRITE]))
    stage = Stage(controller, Applied(revision=120))

    async def story(loop: Loop) -> None:
        loop.queue.add("a")
        await asyncio.sleep(1)
        loop.queue.add("a")
        loop.queue.add("b")
        await asyncio.sleep(1)
        assert [key for _, key, _ in controller.seen] == ["a", "b"]  # a neighbour does not wait
        stage.source.reach(119)
        await asyncio.sleep(1)
        assert len(controller.seen) == 2
        stage.source.reach(120)
        await asyncio.sleep(0.01)
        assert [key for _, key, _ in controller.seen] == ["a", "b", "a"]
        assert stage.asked == 0

    stage.play(story)


@pytest.mark.parametrize("answer", [Applied(stale=True), Applied(deleted=True, revision=90), Applied(unclear=True)])
def test_without_a_revision_to_wait_for_the_store_is_asked(answer: Applied) -> None:
    controller = Recorder(Plan([WRITE]))
    stage = Stage(controller, answer, fresh=150)

    async def story(loop: Loop) -> None:
        loop.queue.add("a")
        await asyncio.sleep(3)
        loop.queue.add("a")
        await asyncio.sleep(3)
        assert stage.asked == 1
        assert len(controller.seen) == 1
        stage.source.reach(150)
        await asyncio.sleep(3)
        assert len(controller.seen) > 1

    stage.play(story)


def test_an_answer_that_got_lost_has_time_to_become_true() -> None:
    controller = Recorder(Plan([WRITE]))
    stage = Stage(controller, Applied(unclear=True))

    async def story(loop: Loop) -> None:
        loop.queue.add("a")
        await asyncio.sleep(0.5)
        loop.queue.add("a")  # an event must not shorten it
        await asyncio.sleep(2)
        assert [round(moment) for moment, _, _ in controller.seen] == [0, 1]

    stage.play(story)


def test_a_view_that_stays_behind_is_waited_for_again() -> None:
    controller = Recorder(Plan([WRITE]))
    stage = Stage(controller, Applied(revision=999))

    async def story(loop: Loop) -> None:
        loop.queue.add("a")
        await asyncio.sleep(1)
        loop.queue.add("a")
        await asyncio.sleep(60)
        assert len(controller.seen) == 1
        stage.source.reach(1000)
        await asyncio.sleep(30)
        assert len(controller.seen) == 2

    stage.play(story)


@pytest.mark.parametrize("error", [RuntimeError("a bug"), ServiceUnavailable("away")])
def test_trouble_with_a_key_is_tried_again_and_stays_its_own(error: Exception) -> None:
    controller = Recorder(error, error)
    stage = Stage(controller)

    async def story(loop: Loop) -> None:
        loop.queue.add("a")
        await asyncio.sleep(10)
        assert [key for _, key, _ in controller.seen] == ["a"] * 3
        first, second, third = (moment for moment, _, _ in controller.seen)
        assert 0 < second - first < third - second
        assert loop.queue.failures("a") == 0

    stage.play(story)


def test_refusals_reach_the_next_observation_until_all_is_well() -> None:
    controller = Recorder(Plan([WRITE]), Plan([WRITE]))
    stage = Stage(controller, Applied(refusal=Forbidden("no quota")), Applied(revision=100))

    async def story(loop: Loop) -> None:
        loop.queue.add("a")
        await asyncio.sleep(10)
        assert [failure for _, _, failure in controller.seen] == ["", "no quota", ""]

    stage.play(story)


def test_requeue_after_is_kept() -> None:
    controller = Recorder(Plan([RequeueAfter(30)]))
    stage = Stage(controller)

    async def story(loop: Loop) -> None:
        loop.queue.add("a")
        await asyncio.sleep(100)
        assert [moment for moment, _, _ in controller.seen] == [0, 30]

    stage.play(story)


def test_events_alone_make_nobody_wait() -> None:
    controller = Recorder(Plan([Emit(POD, pod("a"), "Normal", "R", "m")]))
    stage = Stage(controller)

    async def story(loop: Loop) -> None:
        loop.queue.add("a")
        await asyncio.sleep(1)
        loop.queue.add("a")
        await asyncio.sleep(1)
        assert len(controller.seen) == 2
        assert stage.asked == 0

    stage.play(story)


@pytest.mark.parametrize("answer", [Applied(deleted=True), Applied(revision=90)])
def test_nothing_is_remembered_about_a_key_whose_object_is_gone(answer: Applied) -> None:
    """Nobody tells a controller of the end of every object that it ended."""
    controller = Recorder(Plan([WRITE]), None)
    stage = Stage(controller, answer)

    async def story(loop: Loop) -> None:
        loop.queue.add("a")
        await asyncio.sleep(1)
        assert set(loop._awaited) == {"a"}
        await asyncio.sleep(100)
        assert len(controller.seen) == 2
        assert not loop._awaited
        await asyncio.sleep(1000)
        assert len(controller.seen) == 2  # and it comes to rest

    stage.play(story)


def test_keys_in_logs() -> None:
    assert describe((POD, "default", "a")) == "pods/default/a"
    assert describe("node-a") == "node-a"
