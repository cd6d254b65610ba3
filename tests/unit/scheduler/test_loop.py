from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.client.informer import Informer
from services.scheduler import loop
from services.scheduler.loop import READ, Scheduler

Make = Callable[..., Any]


@pytest.fixture
async def scheduler() -> Scheduler:
    return Scheduler(Informer(None, READ), None)  # type: ignore[arg-type]


async def test_a_pod_that_nothing_can_be_decided_about_stops_nobody(
    scheduler: Scheduler, make_pod: Make, make_node: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its neighbours of the round are decided one after the other, each counting on those before it."""
    decide = loop.schedule

    def schedule(pods: Any, *rest: Any) -> Any:
        if any(pod.name == "bad" for pod in pods):
            raise ArithmeticError("a plugin's mistake")
        return decide(pods, *rest)

    for each in (make_node("small", cpu="1"), make_node("large", cpu="2")):
        scheduler.state.node_changed(None, each)
    for name in ("a", "b", "bad", "c", "d"):
        scheduler.state.pod_changed(None, make_pod(name, cpu="800m"))
    monkeypatch.setattr(loop, "schedule", schedule)
    began = scheduler._time()
    monkeypatch.setattr(scheduler, "_time", lambda: began)  # however long it takes to log a traceback
    decisions = {decision.pod.name: decision.node for decision in scheduler._round()}
    assert sorted(decisions) == ["a", "b", "c", "d"]
    assert sorted(decisions.values()) == ["", "large", "large", "small"]
    assert ("default", "bad") in scheduler.state.queue
    assert scheduler.state.queue.next_flush(scheduler._time()) > 0  # type: ignore[operator]
    assert scheduler._round() == []  # it backs off

    monkeypatch.setattr(loop, "schedule", decide)
    monkeypatch.setattr(scheduler, "_time", lambda: began + 60)
    scheduler.state.pod_changed(make_pod("d", cpu="800m"), None)
    (decision,) = scheduler._round()
    assert (decision.pod.name, decision.refusal is not None) == ("bad", True)
