from __future__ import annotations

from typing import Any

import pytest

from services.node_agent.pods.actions import (
    Report,
    StopContainer,
)
from services.node_agent.pods.container import Policy
from services.node_agent.pods.events import Observed
from tests.unit.node_agent.world import IP, World, make_pod, started


@pytest.mark.parametrize(
    ("policy", "code", "phase", "restarts"),
    [
        ("Always", 0, "Running", True),
        ("Always", 1, "Running", True),
        ("OnFailure", 0, "Succeeded", False),
        ("OnFailure", 1, "Running", True),
        ("Never", 0, "Succeeded", False),
        ("Never", 1, "Failed", False),
    ],
)
def test_restart_policy(policy: str, code: int, phase: str, restarts: bool) -> None:
    world = started(make_pod(restartPolicy=policy))
    world.exits("web", code)
    world.settle()
    assert world.phase == phase
    assert bool(world.running()) is restarts
    assert world.status("web")["restartCount"] == int(restarts)


def test_a_pod_that_is_over_keeps_its_containers_but_nothing_else() -> None:
    world = started(make_pod(restartPolicy="Never"))
    world.exits("web", 0)
    world.settle()
    assert len(world.containers) == 1
    assert not any((world.sandboxes, world.attached, world.volumes))
    assert world.reported["podIP"] == IP
    assert world.condition("Ready") | {"lastTransitionTime": ""} == {
        "type": "Ready", "status": "False", "reason": "PodCompleted", "lastTransitionTime": "", "lastProbeTime": None,
        "observedGeneration": 1,
    }  # fmt: skip
    assert world.status("web")["state"]["terminated"]["reason"] == "Completed"


def test_crash_loop_delays_double_and_end_at_the_longest() -> None:
    world = started(make_pod(), Policy(crash_base=10, crash_max=300))
    waits = []
    for _ in range(8):
        world.exits("web", 1)
        world.settle()
        if world.running():
            waits.append(0)
            continue
        assert world.timer is not None
        waits.append(round((world.timer - world.now).total_seconds()))
        assert world.status("web")["state"]["waiting"]["reason"] == "CrashLoopBackOff"
        world.wait(waits[-1])
        world.settle()
    assert waits == [0, 10, 20, 40, 80, 160, 300, 300]
    assert "back-off 10s restarting failed container=web pod=web_default(u1)" in [
        one["message"] for one in _waitings(world)
    ]


def _waitings(world: World) -> list[dict[str, Any]]:
    reports = [one.status for one in world.asked if isinstance(one, Report)]
    states = [one["state"] for status in reports for one in status["containerStatuses"]]
    return [state["waiting"] for state in states if "message" in state.get("waiting", {})]


def test_a_long_run_makes_crashes_forgotten() -> None:
    world = started(make_pod())
    for _ in range(3):
        world.exits("web", 1)
        world.settle()
        world.wait(60)
        world.settle()
    world.wait(600)
    world.exits("web", 1)
    world.settle()
    assert world.running("web")


def test_back_off_shows_the_last_state() -> None:
    world = started(make_pod())
    for code in (3, 4):
        world.exits("web", code)
        world.settle()
    assert world.status("web")["lastState"]["terminated"]["exitCode"] == 4
    assert world.status("web")["restartCount"] == 1
    assert "BackOff" in world.reasons()


def test_a_sick_container_is_killed_and_started_again() -> None:
    probe = {"failureThreshold": 2, "terminationGracePeriodSeconds": 7}
    world = started(make_pod(containers=[{"name": "web", "image": "demo", "livenessProbe": probe}]))
    world.probed("web", "liveness", ok=False)
    assert not world.pending
    world.probed("web", "liveness", ok=False)
    (stop,) = world.pending
    assert isinstance(stop, StopContainer)
    assert stop.grace == 7
    assert any(one.message == "Container web failed liveness probe, will be restarted" for one in world.emitted)
    world.settle()
    assert world.running("web")
    assert world.status("web")["restartCount"] == 1
    assert world.status("web")["lastState"]["terminated"]["exitCode"] == 143


def test_a_container_removed_behind_our_back_is_lost_and_replaced() -> None:
    world = started(make_pod())
    world.containers = []
    world.tell(Observed(world.seen()))
    world.settle()
    assert world.running("web")
    assert world.status("web")["lastState"]["terminated"]["reason"] == "ContainerStatusUnknown"


def test_only_two_attempts_stay() -> None:
    world = started(make_pod())
    for _ in range(4):
        world.exits("web", 1)
        world.settle()
        world.wait(300)
        world.settle()
    assert [one.attempt for one in world.containers] == [3, 4]
