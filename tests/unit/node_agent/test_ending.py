from __future__ import annotations

from services.node_agent.pods.actions import (
    DeleteFromApi,
    DetachNetwork,
    RemoveContainer,
    RemoveSandbox,
    RemoveVolumes,
    StartContainer,
    StopContainer,
)
from tests.unit.node_agent.world import World, make_pod, started


def test_deletion_stops_then_removes_then_tells_the_api() -> None:
    world = started(make_pod("a", "b"))
    world.delete(30)
    stops = [one for one in world.pending if isinstance(one, StopContainer)]
    assert [one.grace for one in stops] == [30, 30]
    before = len(world.asked)
    world.settle()
    kinds = [type(one) for one in world.asked[before:]]
    assert world.deleted
    assert world.machine.finished
    order = [kinds.index(kind) for kind in (DetachNetwork, RemoveSandbox, RemoveVolumes, DeleteFromApi)]
    assert order == sorted(order)
    assert kinds.count(RemoveContainer) == 2
    assert world.phase == "Failed"  # 143: ended by SIGTERM


def test_a_shorter_grace_period_takes_over() -> None:
    world = started(make_pod())
    world.delete(30)
    world.wait(5)
    world.delete(3)
    assert [one.grace for one in world.pending if isinstance(one, StopContainer)] == [3]
    world.delete(20)  # never longer again
    assert [one.grace for one in world.pending if isinstance(one, StopContainer)] == [3]


def test_grace_period_zero_kills() -> None:
    world = started(make_pod())
    world.delete(0)
    assert [one.grace for one in world.pending if isinstance(one, StopContainer)] == [0]


def test_deletion_by_force_needs_no_word_to_the_api() -> None:
    world = started(make_pod())
    world.vanish()
    world.settle()
    assert world.machine.finished
    assert not world.deleted


def test_deletion_before_anything_began() -> None:
    world = World(make_pod())
    world.delete()
    world.settle()
    assert world.deleted
    assert not any(isinstance(one, StartContainer) for one in world.asked)


def test_the_active_deadline_ends_a_pod() -> None:
    world = started(make_pod(activeDeadlineSeconds=60))
    world.wait(59)
    assert world.phase == "Running"
    world.wait(2)
    world.settle()
    assert world.phase == "Failed"
    assert world.reported["reason"] == "DeadlineExceeded"
