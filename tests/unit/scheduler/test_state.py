from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.objects.meta import Obj
from services.scheduler.cluster.demand import read
from services.scheduler.cluster.happenings import Happening
from services.scheduler.state import State

Make = Callable[..., Any]


class Clock:
    time = 0.0
    woken = 0

    def __call__(self) -> float:
        return self.time

    def wake(self) -> None:
        self.woken += 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def state(clock: Clock, make_node: Make) -> State:
    state = State(clock, clock.wake)
    state.node_changed(None, make_node("n", cpu="1"))
    state.settle()
    return state


def requested(state: State) -> int:
    return int(state.cluster.columns.requested[0, 0])


@pytest.mark.parametrize(
    ("spec", "status", "meta", "waits"),
    [
        ({}, {}, {}, True),
        ({"schedulerName": ""}, {}, {}, True),
        ({"schedulerName": "other"}, {}, {}, False),
        ({"nodeName": "n"}, {}, {}, False),
        ({"schedulingGates": [{"name": "g"}]}, {}, {}, False),
        ({}, {"phase": "Failed"}, {}, False),
        ({}, {}, {"deletionTimestamp": "2026-01-01T00:00:00Z"}, False),
    ],
)
def test_which_pods_wait_for_us(
    spec: Obj, status: Obj, meta: Obj, waits: bool, state: State, make_pod: Make
) -> None:
    pod = make_pod("a", status=status, **spec)
    pod["metadata"].update(meta)
    state.pod_changed(None, pod)
    assert (("default", "a") in state.queue) is waits


def test_an_assumption_holds_until_the_pod_is_seen_bound(state: State, make_pod: Make) -> None:
    pod = make_pod("a", "500m")
    state.pod_changed(None, pod)
    (info,) = state.queue.pop(1, 0)
    state.assume(info, "n")
    state.pod_changed(pod, {**pod, "status": {"phase": "Pending", "qosClass": "Burstable"}})
    assert requested(state) == 500
    assert state.is_assumed(info)
    bound = make_pod("a", "500m", nodeName="n")
    state.pod_changed(pod, bound)
    assert requested(state) == 500
    assert not state.is_assumed(info)
    assert len(state.queue) == 0
    state.forget(info)  # an unclear answer that came late changes nothing
    assert requested(state) == 500


@pytest.mark.parametrize(("cpu", "labels"), [("600m", {}), ("500m", {"app": "other"})])
def test_what_was_seen_bound_counts_as_it_is_not_as_it_was_assumed(
    cpu: str, labels: dict[str, str], state: State, make_pod: Make
) -> None:
    """It changed in the meantime, seen or unseen."""
    for seen in (False, True):
        name = f"a-{seen}"
        old, now = make_pod(name, "500m"), make_pod(name, cpu)
        now["metadata"]["labels"] = labels
        state.pod_changed(None, old)
        (info,) = state.queue.pop(1, 0)
        state.assume(info, "n")
        if seen:
            state.pod_changed(old, now)
        bound = {**now, "spec": {**now["spec"], "nodeName": "n"}}
        state.pod_changed(now if seen else old, bound)
        (placed,) = state.cluster.on("n")
        assert placed.demand == read(bound).demand.placed()
        assert not state.is_assumed(info)
        state.pod_changed(bound, None)


def test_a_resize_counts_until_the_node_has_done_it_and_then_helps_others(
    state: State, clock: Clock, make_pod: Make
) -> None:
    large, small = make_pod("a", "800m", nodeName="n"), make_pod("a", "100m", nodeName="n")
    state.pod_changed(None, large)
    state.pod_changed(None, make_pod("b", "500m"))
    (waiting,) = state.queue.pop(1, 0)
    state.settle()
    state.queue.park(waiting, frozenset({Happening.POD_GONE}), 0)
    still = {"containerStatuses": [{"name": "c", "resources": {"requests": {"cpu": "800m"}}}]}
    state.pod_changed(large, {**small, "status": still})
    assert requested(state) == 800
    state.pod_changed({**small, "status": still}, small)
    assert requested(state) == 100
    state.settle()
    clock.time = 60.0
    assert state.queue.pop(1, clock.time) == [waiting]


def test_an_assumption_that_failed_is_undone_and_tried_again(state: State, clock: Clock, make_pod: Make) -> None:
    state.pod_changed(None, make_pod("a", "500m"))
    (info,) = state.queue.pop(1, 0)
    state.assume(info, "n")
    state.forget(info)
    assert requested(state) == 0
    clock.time = 1.0
    assert [pod.name for pod in state.queue.pop(1, 1.0)] == ["a"]


def test_a_binding_that_is_seen_helps_nobody(state: State, clock: Clock, make_pod: Make) -> None:
    state.pod_changed(None, make_pod("a", "500m"))
    (info,) = state.queue.pop(1, 0)
    state.assume(info, "n")
    clock.woken = 0
    state.pod_changed(make_pod("a", "500m"), make_pod("a", "500m", nodeName="n"))
    assert clock.woken == 0


def test_a_new_reign_forgets_what_did_not_come_true(state: State, clock: Clock, make_pod: Make) -> None:
    for name in "ab":
        state.pod_changed(None, make_pod(name, "300m"))
    for info in state.queue.pop(2, 0):
        state.assume(info, "n")
    state.pod_changed(make_pod("a", "300m"), make_pod("a", "300m", nodeName="n"))
    state.forget_all()
    assert requested(state) == 300
    clock.time = 5.0
    assert [pod.name for pod in state.queue.pop(2, 5.0)] == ["b"]


def test_a_pod_bound_by_somebody_else(state: State, make_pod: Make) -> None:
    state.pod_changed(None, make_pod("a", "500m"))
    (info,) = state.queue.pop(1, 0)
    state.assume(info, "n")
    state.pod_changed(make_pod("a", "500m"), make_pod("a", "500m", nodeName="elsewhere"))
    assert requested(state) == 0
    assert state.cluster.node_of(("default", "a")) == "elsewhere"


@pytest.mark.parametrize("end", ["deleted", "succeeded", "replaced"])
def test_what_ends_frees_its_room_and_helps_others(end: str, state: State, clock: Clock, make_pod: Make) -> None:
    old = make_pod("a", "800m", nodeName="n")
    state.pod_changed(None, old)
    state.pod_changed(None, make_pod("b", "500m"))
    state.settle()
    state.queue.park(state.queue.pop(1, 0)[0], frozenset({Happening.POD_GONE}), 0)
    clock.time = 60.0
    if end == "deleted":
        state.pod_changed(old, None)
    elif end == "succeeded":
        state.pod_changed(old, {**old, "status": {"phase": "Succeeded"}})
    else:
        state.pod_changed(old, make_pod("a", "900m", uid="another", schedulerName="other"))
    state.settle()
    assert requested(state) == 0
    assert [pod.name for pod in state.queue.pop(1, 60.0)] == ["b"]


def test_a_pod_that_started_on_an_unknown_node_counts_when_the_node_comes(
    state: State, make_pod: Make, make_node: Make
) -> None:
    state.pod_changed(None, make_pod("a", "500m", nodeName="later"))
    state.node_changed(None, make_node("later"))
    assert int(state.cluster.columns.requested[1, 0]) == 500
    state.node_changed(make_node("later"), None)
    state.node_changed(None, make_node("later"))
    assert int(state.cluster.columns.requested[1, 0]) == 500


@pytest.mark.parametrize(
    ("changes", "happening"),
    [
        ({"cpu": "8"}, Happening.NODE_GREW),
        ({"labels": {"zone": "1"}}, Happening.NODE_LABELLED),
        ({"taints": []}, Happening.NODE_OPENED),
        ({"unschedulable": False}, Happening.NODE_OPENED),
    ],
)
def test_what_happens_to_nodes(
    changes: dict[str, Any], happening: Happening, state: State, clock: Clock, make_pod: Make, make_node: Make
) -> None:
    before = {"cpu": "4", "taints": [{"key": "k", "effect": "NoSchedule"}], "unschedulable": True}
    state.node_changed(None, make_node("m", **before))
    state.settle()
    state.pod_changed(None, make_pod("a"))
    pod = read(make_pod("a"))
    others = frozenset(Happening) - {happening}
    for helped_by, wakes in ((others, False), (frozenset({happening}), True)):
        state.queue.pop(1, clock.time)
        state.queue.park(pod, helped_by, clock.time)
        clock.time += 20
        state.node_changed(make_node("m", **before), make_node("m", **(before | changes)))
        state.settle()
        assert bool(state.queue.pop(1, clock.time)) is wakes
        state.node_changed(None, make_node("m", **before))
        state.queue.remove(pod.key)
        state.queue.add(pod, clock.time)
        state.settle()
    assert clock.woken


def test_a_heartbeat_wakes_nobody(state: State, clock: Clock, make_node: Make) -> None:
    clock.woken = 0
    node = make_node("n", cpu="1")
    state.node_changed(node, {**node, "status": {**node["status"], "conditions": [{"type": "Ready"}]}})
    assert clock.woken == 0


def test_a_pod_is_tried_at_once_when_its_last_victim_has_gone(state: State, clock: Clock, make_pod: Make) -> None:
    victims = [make_pod(name, "500m", nodeName="n") for name in ("v", "w")]
    for victim in victims:
        state.pod_changed(None, victim)
    state.leads = True
    state.pod_changed(None, make_pod("high", "1", priority=10))
    state.settle()
    (high,) = state.queue.pop(1, 0)
    state.queue.park(high, frozenset({Happening.POD_GONE}), 0)
    (preemption,), _ = state.preempt([high], [])
    assert {victim.name for victim in preemption.victims} == {"v", "w"}
    for victim, ready in zip(victims, ([], ["high"]), strict=True):
        state.pod_changed(victim, None)
        state.settle()
        assert [pod.name for pod in state.queue.pop(1, 0)] == ready


@pytest.mark.parametrize(("chosen", "retried"), [("n", False), ("other", True)])
def test_what_a_pod_claimed_is_free_for_others_only_when_it_goes_elsewhere(
    chosen: str, retried: bool, state: State, make_pod: Make, make_node: Make
) -> None:
    state.node_changed(None, make_node("other", cpu="1"))
    state.pod_changed(None, make_pod("high", "1", priority=10))
    state.pod_changed(None, make_pod("low", "1"))
    state.settle()
    high, low = state.queue.pop(2, 0)
    state.cluster.claim(high, "n")
    state.queue.park(low, frozenset({Happening.ROOM_FREED}), 0)
    state.assume(high, chosen)
    state.settle()
    assert state.cluster.claims.get(high.key) is None
    assert [pod.name for pod in state.queue.pop(1, 100.0)] == (["low"] if retried else [])
