from __future__ import annotations

from services.node_agent.pods.actions import (
    StopContainer,
)
from services.node_agent.pods.machine import replay
from tests.unit.node_agent.world import HOST, make_pod, started


def test_an_agent_that_starts_again_changes_nothing() -> None:
    probe = {"failureThreshold": 1}
    world = started(make_pod(containers=[{"name": "web", "image": "demo", "readinessProbe": probe}]))
    world.probed("web", "readiness", ok=True)
    before, phases = list(world.containers), len(world.phases)
    world.agent()
    world.settle()
    assert world.containers == before
    assert len(world.phases) == phases, "it had nothing to say"
    assert world.status("web")["ready"] is True


def test_an_agent_that_starts_during_a_deletion_finishes_it() -> None:
    world = started(make_pod())
    world.delete(30)
    world.wait(25)
    world.agent()
    (stop,) = [one for one in world.pending if isinstance(one, StopContainer)]
    assert stop.grace == 5
    world.settle()
    assert world.deleted


def test_after_a_reboot_everything_starts_once_more() -> None:
    world = started(make_pod("a", "b"))
    world.reboot()
    world.settle()
    assert {one.name for one in world.running()} == {"a", "b"}
    assert world.status("a")["restartCount"] == 1
    assert world.attached


def test_a_pod_that_was_over_stays_over() -> None:
    world = started(make_pod(restartPolicy="Never"))
    world.exits("web", 1)
    world.settle()
    world.containers = []  # somebody pruned
    world.agent()
    world.settle()
    assert world.phase == "Failed"
    assert not world.containers


def test_init_containers_pruned_behind_our_back_do_not_run_again() -> None:
    world = started(make_pod("web", init=({"name": "one", "image": "demo"},)))
    world.exits("one", 0)
    world.settle()
    world.containers = world.running("web")
    world.agent()
    world.settle()
    assert [one.name for one in world.containers] == ["web"]


def test_a_log_replays_to_the_same_state() -> None:
    world = started(make_pod("a", "b"))
    world.exits("a", 1)
    world.settle()
    again = replay(world.machine.log, HOST)
    assert again.in_flight == world.machine.in_flight
    assert {name: one.current for name, one in again.containers.items()} == {
        name: one.current for name, one in world.machine.containers.items()
    }
