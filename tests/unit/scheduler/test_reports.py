from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from services.client.events import EventWriter
from services.client.sdk import CreateOp, Outcome, PatchOp
from services.objects.errors import FencedOff, ServiceUnavailable
from services.objects.meta import Obj
from services.scheduler import reports
from services.scheduler.algorithm import Decision
from services.scheduler.outlook import Refusal
from services.scheduler.reports import Reports

Make = Callable[..., Any]
DEADLINE = 5.0
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FENCE = ("key", 1)


class Client:
    """Keeps what it is sent; answers with what `answers` says, else with success."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.answers: list[Exception] = []
        self.fails: list[Exception] = []
        self.news = asyncio.Event()

    async def batch(self, operations: Sequence[Any], fence: Any = None, *, timeout: float | None = None) -> list[Any]:
        assert fence == FENCE
        assert 0 < len(operations) <= 100
        self.news.set()
        if self.fails:
            raise self.fails.pop(0)
        self.sent += operations
        return [self.answers.pop(0) if self.answers else {} for _ in operations]

    async def report(self, outcomes: Sequence[Any], fence: Any = None, *, timeout: float | None = None) -> list[Any]:
        return [None if answer == {} else answer for answer in await self.batch(outcomes, fence, timeout=timeout)]

    async def until(self, count: int) -> None:
        async with asyncio.timeout(DEADLINE):
            while len(self.sent) < count:
                self.news.clear()
                await self.news.wait()
                await asyncio.sleep(0)

    @property
    def events(self) -> list[Obj]:
        return [each.object for each in self.sent if isinstance(each, CreateOp)]

    @property
    def outcomes(self) -> list[Outcome]:
        return [each for each in self.sent if isinstance(each, Outcome)]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "_PAUSE", 0.01)
    monkeypatch.setattr(reports, "_MOMENT", 0.05)


def reports_of(client: Client, events: EventWriter, pods: dict[str, Obj]) -> Reports:
    return Reports(client, FENCE, events, lambda namespace, name: pods.get(name))


@asynccontextmanager
async def reporting(client: Client, pods: dict[str, Obj]) -> AsyncIterator[Reports]:
    events = EventWriter(client, FENCE, lambda: NOW)
    told = reports_of(client, events, pods)
    tasks = [asyncio.create_task(told.run()), asyncio.create_task(events.run())]
    yield told
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def refused(pod: Any, number: int = 1) -> Decision:
    return Decision(pod, "", Refusal(number, {"Insufficient cpu": number}, frozenset()))


async def test_the_outcome_is_written_once_for_the_same_reason(make_pod: Make, make_info: Make) -> None:
    client, pod = Client(), make_pod("a")
    async with reporting(client, {"a": pod}) as told:
        told.unschedulable(refused(make_info("a")))
        await client.until(2)
        why = "0/1 nodes are available: 1 Insufficient cpu."
        assert client.outcomes == [Outcome("default", "a", "uid-a", "Unschedulable", why)]
        pod["status"]["conditions"] = [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                                        "message": why}]  # fmt: skip
        told.unschedulable(refused(make_info("a")))
        await client.until(3)
        told.unschedulable(refused(make_info("a"), 2))
        await client.until(5)
        told.unschedulable(refused(make_info("a")), "n")
        await client.until(7)
    assert [(outcome.message, outcome.nominated_node) for outcome in client.outcomes] == [
        (why, None), ("0/2 nodes are available: 2 Insufficient cpu.", None), (why, "n")]  # fmt: skip
    assert [event["message"] for event in client.events] == [why, "0/2 nodes are available: 2 Insufficient cpu."]
    repeats = [each for each in client.sent if isinstance(each, PatchOp)]
    assert [repeat.patch for repeat in repeats] == [
        {"count": count, "lastTimestamp": "2026-01-02T03:04:05Z", "message": why} for count in (2, 3)]  # fmt: skip
    assert repeats[0].name == client.events[0]["metadata"]["name"]


async def test_a_nomination_is_not_lost_behind_other_news(make_pod: Make, make_info: Make) -> None:
    client = Client()
    client.fails = [ServiceUnavailable("away")]
    told = reports_of(client, EventWriter(client, FENCE, lambda: NOW), {"a": make_pod("a")})
    told.unschedulable(refused(make_info("a")), "n")
    told.unschedulable(refused(make_info("a"), 2))
    running = asyncio.create_task(told.run())
    await client.until(1)
    told.unschedulable(refused(make_info("a"), 3), "")
    await client.until(2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [(outcome.message[:3], outcome.nominated_node) for outcome in client.outcomes] == [("0/2", "n"), ("0/3", "")]


async def test_no_outcome_for_a_pod_that_is_bound_a_moment_later(make_pod: Make, make_info: Make) -> None:
    pods = {name: make_pod(name) for name in ("quick", "slow")}
    client = Client()
    async with reporting(client, pods) as told:
        for name in pods:
            told.unschedulable(refused(make_info(name)), "n")
        pods["quick"] = make_pod("quick", nodeName="n")
        await client.until(3)
    assert [outcome.name for outcome in client.outcomes] == ["slow"]
    assert len(client.events) == 2


@pytest.mark.parametrize("change", ["gone", "bound", "namesake"])
async def test_no_outcome_for_a_pod_that_no_longer_waits(change: str, make_pod: Make, make_info: Make) -> None:
    now = {"gone": {}, "bound": {"a": make_pod("a", nodeName="n")}, "namesake": {"a": make_pod("a", uid="other")}}
    client = Client()
    async with reporting(client, now[change]) as told:
        told.unschedulable(refused(make_info("a")))
        await client.until(1)
    assert client.outcomes == []
    assert len(client.events) == 1


async def test_outcomes_survive_an_apiserver_that_is_away(make_pod: Make, make_info: Make) -> None:
    client = Client()
    client.fails = [ServiceUnavailable("away"), ServiceUnavailable("away"), ServiceUnavailable("away")]
    async with reporting(client, {"a": make_pod("a")}) as told:
        told.unschedulable(refused(make_info("a")))
        await client.until(1)
    assert len(client.outcomes) == 1


async def test_one_outcome_that_could_not_be_taken_is_offered_again(make_pod: Make, make_info: Make) -> None:
    client = Client()
    async with reporting(client, {name: make_pod(name) for name in "ab"}) as told:
        client.answers = [{}, ServiceUnavailable("no quorum"), ServiceUnavailable("no quorum")]  # type: ignore[list-item]
        for name in "ab":
            told._put(Outcome("default", name, f"uid-{name}", "Unschedulable", "no"))
        await client.until(4)
    assert [each.name for each in client.sent] == ["a", "b", "b", "b"]


async def test_what_an_event_of_the_scheduler_says(make_pod: Make, make_info: Make) -> None:
    client = Client()
    pod = make_pod("a")
    pod["metadata"]["resourceVersion"] = "77"
    events = EventWriter(client, FENCE, lambda: NOW)
    told = reports_of(client, events, {"a": pod})
    told.scheduled(Decision(make_info("a"), "n"))
    await events.flush()
    (event,) = client.events
    assert event["metadata"].pop("name").startswith("a.")
    assert event.pop("reportingInstance").startswith("default-scheduler-")
    uid = pod["metadata"]["uid"]
    assert event == {
        "apiVersion": "v1", "kind": "Event", "metadata": {"namespace": "default"},
        "involvedObject": {"kind": "Pod", "apiVersion": "v1", "namespace": "default", "name": "a", "uid": uid,
                           "resourceVersion": "77"},
        "type": "Normal", "reason": "Scheduled", "action": "Binding",
        "message": "Successfully assigned default/a to n", "source": {"component": "default-scheduler"},
        "reportingComponent": "default-scheduler", "count": 1,
        "firstTimestamp": "2026-01-02T03:04:05Z", "lastTimestamp": "2026-01-02T03:04:05Z",
    }  # fmt: skip


@pytest.mark.parametrize("whole", [True, False])
async def test_who_no_longer_leads_reports_nothing(whole: bool, make_pod: Make, make_info: Make) -> None:
    client = Client()
    client.fails = [FencedOff("somebody else leads")] if whole else []
    client.answers = [FencedOff("somebody else leads")]
    told = reports_of(client, EventWriter(client, FENCE, lambda: NOW), {"a": make_pod("a")})
    told.unschedulable(refused(make_info("a")))
    with pytest.raises(FencedOff):
        async with asyncio.timeout(DEADLINE):
            await told.run()
