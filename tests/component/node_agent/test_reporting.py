"""The reporter against sessions and a client that do what the test says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.node_agent.reporting import StatusReporter
from services.objects.errors import NotFound, ServiceUnavailable, StatusError


class Sessions:
    def __init__(self) -> None:
        self.reports: asyncio.Queue[tuple[list[tuple[str, Any]], bool]] = asyncio.Queue()
        self.down = False
        self.refused = asyncio.Semaphore(0)  # released for every report while it is down
        self.refuse: dict[str, StatusError] = {}
        self.hold = asyncio.Event()
        self.hold.set()

    async def report(self, statuses: Any, renew_lease: bool, *, lease_seconds: int) -> list[str | StatusError]:
        if self.down:
            self.refused.release()
            raise ServiceUnavailable("no apiserver can be reached")
        said = [(one.name, json.loads(one.json)["status"]) for one in statuses]
        self.reports.put_nowait((said, renew_lease))
        await self.hold.wait()
        return [self.refuse.get(one.name, "1") for one in statuses]


class Pods:
    def __init__(self) -> None:
        self.deleted: list[tuple[str, int, str]] = []
        self.error: StatusError | None = None

    def pods(self, namespace: str) -> Pods:
        return self

    async def delete(self, name: str, *, grace_period: int, uid: str) -> None:
        if self.error is not None:
            raise self.error
        self.deleted.append((name, grace_period, uid))


class Recorder:
    def about_pod(self, pod: Any, event: Any) -> None:
        raise AssertionError("no event here")


def pod(name: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}"}}


@pytest.fixture
def sessions() -> Sessions:
    return Sessions()


@pytest.fixture
def api() -> Pods:
    return Pods()


@pytest.fixture
async def reporter(sessions: Sessions, api: Pods) -> AsyncIterator[StatusReporter]:
    made: Any = StatusReporter(sessions, api, Recorder(), 40)  # type: ignore[arg-type]
    task = asyncio.create_task(made.run())
    await asyncio.wait_for(sessions.reports.get(), 5)  # the first lease
    yield made
    task.cancel()
    await asyncio.wait([task])


async def told(sessions: Sessions) -> list[tuple[str, Any]]:
    return (await asyncio.wait_for(sessions.reports.get(), 5))[0]


async def test_statuses_gather_and_the_newest_wins(reporter: StatusReporter, sessions: Sessions) -> None:
    reporter.report(pod("a"), {"phase": "Pending"})
    reporter.report(pod("b"), {"phase": "Pending"})
    reporter.report(pod("a"), {"phase": "Running"})
    assert await told(sessions) == [("a", {"phase": "Running"}), ("b", {"phase": "Pending"})]


async def test_what_changes_during_a_report_is_reported_after_it(reporter: StatusReporter, sessions: Sessions) -> None:
    sessions.hold.clear()
    reporter.report(pod("a"), {"phase": "Pending"})
    assert await told(sessions) == [("a", {"phase": "Pending"})]
    reporter.report(pod("a"), {"phase": "Running"})
    sessions.hold.set()
    assert await told(sessions) == [("a", {"phase": "Running"})]


async def test_nothing_is_lost_while_the_apiserver_is_away(reporter: StatusReporter, sessions: Sessions) -> None:
    sessions.down = True
    reporter.report(pod("a"), {"phase": "Running"})
    async with asyncio.timeout(5):
        for _ in range(2):
            await sessions.refused.acquire()
    assert sessions.reports.empty()
    sessions.down = False
    assert await told(sessions) == [("a", {"phase": "Running"})]


async def test_a_refusal_for_good_is_dropped_and_another_is_repeated(
    reporter: StatusReporter, sessions: Sessions
) -> None:
    sessions.refuse = {"gone": NotFound.object("", "pods", "gone"), "busy": ServiceUnavailable("busy")}
    reporter.report(pod("gone"), {"phase": "Running"})
    reporter.report(pod("busy"), {"phase": "Running"})
    assert len(await told(sessions)) == 2
    sessions.refuse = {}
    assert await told(sessions) == [("busy", {"phase": "Running"})]


async def test_a_pod_is_deleted_after_its_last_status(reporter: StatusReporter, sessions: Sessions, api: Pods) -> None:
    sessions.hold.clear()
    reporter.report(pod("a"), {"phase": "Failed"})
    deletion = asyncio.create_task(reporter.delete(pod("a")))
    await told(sessions)
    assert api.deleted == []
    sessions.hold.set()
    await asyncio.wait_for(deletion, 5)
    assert api.deleted == [("a", 0, "uid-a")]


async def test_a_pod_that_is_gone_is_deleted(reporter: StatusReporter, api: Pods) -> None:
    api.error = NotFound.object("", "pods", "a")
    await reporter.delete(pod("a"))
    api.error = ServiceUnavailable("no")
    with pytest.raises(ServiceUnavailable):
        await reporter.delete(pod("a"))
