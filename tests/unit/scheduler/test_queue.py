from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.scheduler.cluster.happenings import Happening
from services.scheduler.queue import Queue

Make = Callable[..., Any]
GREW, GONE = frozenset({Happening.NODE_GREW}), frozenset({Happening.POD_GONE})


def names(pods: list[Any]) -> list[str]:
    return [pod.name for pod in pods]


def test_priority_then_order_of_arrival(make_info: Make) -> None:
    queue = Queue()
    for number, (name, priority) in enumerate((("a", 0), ("b", 10), ("c", 0), ("d", 10), ("e", -5))):
        queue.add(make_info(name, priority=priority), number)
    assert names(queue.pop(3, 9)) == ["b", "d", "a"]
    assert names(queue.pop(9, 9)) == ["c", "e"]
    assert len(queue) == 5


def test_busy_until_every_pod_is_bound_or_waits(make_info: Make) -> None:
    queue = Queue()
    assert not queue.busy
    for name in "ab":
        queue.add(make_info(name), 0)
    assert queue.busy
    bound, refused = queue.pop(2, 0)
    queue.park(refused, GREW, 0)
    assert queue.busy
    queue.remove(bound.key)
    assert not queue.busy


@pytest.mark.parametrize(("attempts", "wait"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (9, 10)])
def test_backoff_doubles(attempts: int, wait: float, make_info: Make) -> None:
    queue = Queue()
    queue.add(make_info("a"), 0)
    now = 0.0
    for _ in range(attempts):
        (pod,) = queue.pop(1, now)
        queue.fail(pod, now)
        due = queue.next_flush(now)
        assert due is not None
        now += due
    assert due == wait
    assert queue.pop(1, now - 0.01) == []
    assert names(queue.pop(1, now)) == ["a"]


def test_only_what_could_help_wakes_a_parked_pod(make_info: Make) -> None:
    queue = Queue()
    queue.add(make_info("a"), 0)
    queue.park(queue.pop(1, 0)[0], GREW, 0)
    queue.happened(GONE, 50)
    assert queue.pop(1, 50) == []
    queue.happened(GREW, 50)
    assert names(queue.pop(1, 50)) == ["a"]


def test_a_woken_pod_waits_out_its_backoff(make_info: Make) -> None:
    queue = Queue()
    queue.add(make_info("a"), 0)
    queue.park(queue.pop(1, 0)[0], GREW, 0)
    queue.happened(GREW, 0.4)
    assert queue.pop(1, 0.4) == []
    assert queue.next_flush(0.4) == pytest.approx(0.6)
    assert names(queue.pop(1, 1)) == ["a"]


def test_whose_room_is_being_cleared_minds_no_other_victims(make_info: Make) -> None:
    queue = Queue()
    for name in ("claims", "hopes"):
        queue.add(make_info(name), 0)
    for pod in queue.pop(2, 0):
        queue.park(pod, GONE, 0)
    queue.await_room(("default", "claims"))
    queue.happened(GONE, 50)
    assert names(queue.pop(2, 50)) == ["hopes"]
    queue.happened(frozenset({Happening.ROOM_FREED}), 51)  # it may be faster elsewhere
    assert names(queue.pop(2, 51)) == ["claims"]


@pytest.mark.parametrize("backs_off", [False, True])
def test_a_pod_whose_room_is_there_does_not_back_off(backs_off: bool, make_info: Make) -> None:
    queue = Queue()
    queue.add(make_info("a"), 0)
    (pod,) = queue.pop(1, 0)
    if backs_off:
        queue.fail(pod, 0)
    else:
        queue.park(pod, GONE, 0)
    queue.hurry(pod.key, 0.1)
    assert names(queue.pop(1, 0.1)) == ["a"]
    queue.hurry(pod.key, 0.1)  # it is in flight
    assert queue.pop(1, 0.1) == []


def test_a_pod_whose_room_is_there_comes_before_its_equals(make_info: Make) -> None:
    queue = Queue()
    queue.add(make_info("cleared", priority=1), 0)
    queue.park(*queue.pop(1, 0), GONE, 0)
    queue.add(make_info("equal", priority=1), 0.1)
    queue.add(make_info("higher", priority=2), 0.2)
    queue.hurry(("default", "cleared"), 0.3)
    assert names(queue.pop(3, 0.3)) == ["higher", "cleared", "equal"]


def test_what_happens_while_a_pod_is_in_flight_is_not_missed(make_info: Make) -> None:
    queue = Queue()
    queue.add(make_info("a"), 0)
    (pod,) = queue.pop(1, 0)
    queue.happened(GREW, 0.1)
    queue.park(pod, GREW, 0.2)
    assert names(queue.pop(1, 1.2)) == ["a"]
    queue.park(pod, GREW, 1.3)  # what happened before this attempt does not count again
    assert queue.pop(1, 100) == []


def test_parked_pods_are_tried_again_after_five_minutes(make_info: Make) -> None:
    queue = Queue()
    queue.add(make_info("a"), 0)
    queue.park(queue.pop(1, 0)[0], GREW, 0)
    assert queue.next_flush(100) == 200
    assert queue.pop(1, 299) == []
    assert names(queue.pop(1, 300)) == ["a"]


def test_a_changed_demand_is_a_new_chance(make_info: Make) -> None:
    queue = Queue()
    queue.add(make_info("a", "1"), 0)
    queue.park(queue.pop(1, 0)[0], GREW, 0)
    queue.add(make_info("a", "1"), 10)
    assert queue.pop(1, 10) == []
    queue.add(make_info("a", "500m"), 10)
    (pod,) = queue.pop(1, 10)
    assert dict(pod.demand.requests)["cpu"] == 500
    queue.add(make_info("a", "200m"), 10)
    queue.park(pod, GREW, 10)
    assert names(queue.pop(1, 20)) == ["a"]


def test_removed_pods_do_not_come_back(make_info: Make) -> None:
    queue = Queue()
    for name in "abcd":
        queue.add(make_info(name), 0)
    a, b = queue.pop(2, 0)
    queue.park(a, GREW, 0)
    queue.fail(b, 0)
    for name in "abcd":
        queue.remove(("default", name))
    queue.happened(GREW, 5)
    assert queue.pop(9, 1000) == []
    assert queue.next_flush(1000) is None
    assert len(queue) == 0


def test_a_namesake_is_another_pod(make_info: Make) -> None:
    queue = Queue()
    queue.add(make_info("a", uid="1"), 0)
    (old,) = queue.pop(1, 0)
    queue.add(make_info("a", uid="2"), 1)
    queue.fail(old, 1)
    (new,) = queue.pop(9, 1)
    assert new.uid == "2"
    queue.fail(new, 1)
    assert queue.next_flush(1) == 1  # its first failure
