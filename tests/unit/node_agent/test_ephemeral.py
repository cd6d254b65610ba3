"""Containers that somebody adds to a pod that runs, to look into it: they run once, and the pod does not mind them."""

from __future__ import annotations

import copy
from typing import Any

from services.node_agent.pods.actions import StartContainer
from services.node_agent.pods.events import Specified
from tests.unit.node_agent.world import World, make_pod


def with_debugger(world: World, **more: Any) -> None:
    pod = copy.deepcopy(world.pod)
    pod["spec"]["ephemeralContainers"] = [{"name": "debugger", "image": "tools", **more}]
    world.pod = pod
    world.tell(Specified(pod))
    world.settle()


def statuses(world: World) -> Any:
    return world.reported["ephemeralContainerStatuses"]


def test_it_starts_in_a_pod_that_runs_and_ends_for_good() -> None:
    world = World(make_pod())
    world.settle()
    with_debugger(world)
    assert world.running("debugger")
    (status,) = statuses(world)
    assert "running" in status["state"]
    world.exits("debugger", 3)
    world.settle()
    world.wait(600)
    assert not any(isinstance(one, StartContainer) for one in world.pending)
    (status,) = statuses(world)
    assert status["state"]["terminated"]["exitCode"] == 3
    assert status["restartCount"] == 0
    assert world.phase == "Running"
    assert [one["status"] for one in world.reported["conditions"] if one["type"] == "Ready"] == ["True"]


def test_it_neither_keeps_a_pod_alive_nor_fails_it() -> None:
    world = World(make_pod(restartPolicy="Never"))
    world.settle()
    with_debugger(world)
    world.exits("debugger", 1)
    world.exits("web", 0)
    world.settle()
    assert world.phase == "Succeeded"


def test_it_starts_beside_init_containers() -> None:
    """They may be what somebody looks at."""
    world = World(make_pod(init=({"name": "setup", "image": "demo"},)))
    while not world.running("setup"):
        world.finish(world.pending[0])
    with_debugger(world)
    assert world.running("debugger")
    assert not world.running("web")
