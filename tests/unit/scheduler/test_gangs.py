"""Gangs: who belongs together, decided together or not at all, and bound when enough of them can be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from services.scheduler.algorithm import Cohort, Decision, schedule
from services.scheduler.cluster.demand import PodInfo
from services.scheduler.cluster.gangs import MINIMUM, NAME, Membership, membership, muster
from services.scheduler.cohorts import Cohorts
from services.scheduler.queue import Queue

Make = Callable[..., Any]


def member(make_info: Make, name: str, minimum: str | None = "2", cpu: str = "1", gang: str = "g") -> PodInfo:
    found: PodInfo = make_info(name, cpu)
    return found._replace(gang=Membership(gang, minimum))


@pytest.mark.parametrize(("labels", "expected"), [
    (None, None), ({"app": "x"}, None), ({MINIMUM: "3"}, None),
    ({NAME: "g", MINIMUM: "3"}, Membership("g", "3")), ({NAME: "g"}, Membership("g", None)),
])  # fmt: skip
def test_membership(labels: dict[str, str] | None, expected: Membership | None) -> None:
    assert membership(labels) == expected


@pytest.mark.parametrize(("wanted", "placed", "waiting", "text"), [
    (["2", "2"], {}, 2, ""),
    (["3", "3"], {}, 2, 'gang "g" has 2 of at least 3 pods'),
    (["3", "3"], {Membership("g", "3"): 1}, 2, ""),
    (["2", "3"], {}, 2, f"gang \"g\": its pods differ in the label {MINIMUM}: '2', '3'"),
    (["2", "2"], {Membership("g", "3"): 1}, 2, f"gang \"g\": its pods differ in the label {MINIMUM}: '2', '3'"),
    (["0", "0"], {}, 2, f"gang \"g\": the label {MINIMUM} must be a positive integer, not '0'"),
    ([None, None], {}, 2, f"gang \"g\": the label {MINIMUM} must be a positive integer, not ''"),
    (["-1"], {}, 1, f"gang \"g\": the label {MINIMUM} must be a positive integer, not '-1'"),
])  # fmt: skip
def test_what_a_gang_lacks(
    wanted: list[str | None], placed: dict[Membership, int], waiting: int, text: str, make_info: Make
) -> None:
    pods = [member(make_info, str(number), minimum) for number, minimum in enumerate(wanted)]
    assert muster(pods, placed).lacks(waiting) == text


def decide(cluster: Any, *pods: PodInfo) -> list[Decision]:
    return schedule(pods, cluster.columns, np.random.default_rng(1), members=cluster.members)


def test_all_or_nothing(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a", cpu="2"), make_node("b", cpu="1"))
    large = [member(make_info, f"l{number}", "4") for number in range(4)]
    small = [member(make_info, f"s{number}", "2", gang="small") for number in range(2)]
    decisions = decide(cluster, *large, make_info("single", "1"), *small)
    assert [bool(decision.node) for decision in decisions] == [False] * 4 + [True] * 3
    messages = {decision.refusal.message for decision in decisions[:4] if decision.refusal is not None}
    assert messages == {'0/2 nodes are available: 2 Insufficient cpu. gang "g" finds nodes for 3 of at least 4 pods.'}
    assert not cluster.columns.requested.any()


def test_more_than_the_minimum_go_along_if_they_fit(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a", cpu="3"))
    decisions = decide(cluster, *(member(make_info, str(number), "2") for number in range(4)))
    assert [bool(decision.node) for decision in decisions] == [True, True, True, False]
    (cohort,) = {decision.cohort for decision in decisions[:3]}
    assert cohort == Cohort(("default", "g"), frozenset(("default", str(number)) for number in range(3)), 2)
    assert decisions[3].refusal is not None
    assert decisions[3].refusal.gang == ""


def test_what_is_alike_in_a_gang_says_nothing_of_those_behind_it(
    make_cluster: Make, make_node: Make, make_info: Make
) -> None:
    cluster = make_cluster(*(make_node(name, cpu="4") for name in "abcd"))
    gang = [member(make_info, f"g{number}") for number in range(2)]
    decisions = decide(cluster, *gang, make_info("like", "1"), make_info("unlike", "8"))
    assert [bool(decision.node) for decision in decisions] == [True, True, True, False]


def test_those_that_have_a_node_count(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a", cpu="3"))
    for number in range(2):
        cluster.assign(member(make_info, f"old{number}", "3"), "a")
    (decision,) = decide(cluster, member(make_info, "new", "3"))
    assert (decision.node, decision.cohort and decision.cohort.needed) == ("a", 1)
    cluster.assign(decision.pod, "a")
    cluster.release(("default", "old0"))
    assert decide(cluster, member(make_info, "newer", "3"))[0].node == "a"
    (alone,) = decide(make_cluster(make_node("a")), member(make_info, "new", "3"))
    assert alone.refusal is not None
    assert alone.refusal.message == '0/1 nodes are available: gang "g" has 1 of at least 3 pods.'


def test_a_gang_comes_whole_from_the_queue(make_info: Make) -> None:
    queue = Queue()
    first, single, second = member(make_info, "a"), make_info("s"), member(make_info, "b")
    for pod in (first, single, second):
        queue.add(pod, 0)
    assert queue.pop(1, 0) == [first, second]  # though one was asked for
    queue.park(first, frozenset(), 0)
    queue.fail(second, 0)
    assert queue.pop(9, 0.5) == [single]
    third = member(make_info, "c")
    queue.add(third, 0.6)
    assert queue.pop(9, 0.6) == [third, first, second]
    queue.remove(third.key)
    queue.fail(first, 0.6)
    queue.fail(second, 0.6)
    assert sorted(pod.name for pod in queue.pop(9, 9.0)) == ["a", "b"]


class Desk:
    def __init__(self, patience: float = 60.0) -> None:
        self.released: list[str] = []
        self.given_back: list[tuple[str, str]] = []
        self.some_given_back = asyncio.Event()
        self.cohorts = Cohorts(self._release, self._give_back, lambda decision: patience)

    def _give_back(self, decision: Decision, why: str) -> None:
        self.given_back.append((decision.pod.name, why))
        self.some_given_back.set()

    def _release(self, decisions: Sequence[Decision]) -> None:
        self.released += [decision.pod.name for decision in decisions]


def cohort_of(make_info: Make, needed: int, *names: str) -> list[Decision]:
    pods = [member(make_info, name) for name in names]
    cohort = Cohort(("default", "g"), frozenset(pod.key for pod in pods), needed)
    return [Decision(pod, "n", cohort=cohort) for pod in pods]


async def test_pods_of_a_gang_are_held_until_enough_are_ready(make_info: Make) -> None:
    desk = Desk()
    a, b, c = cohort_of(make_info, 2, "a", "b", "c")
    desk.cohorts.expect([a, b, c])
    single = Decision(make_info("single"), "n")
    desk.cohorts.ready([single, a])
    assert desk.released == ["single"]
    desk.cohorts.ready([b])
    assert desk.released == ["single", "a", "b"]
    desk.cohorts.ready([c])
    assert desk.released[3:] == ["c"]
    desk.cohorts.lost(a.pod.key)  # it was let go: that is no business of ours
    assert desk.given_back == []


async def test_when_too_few_are_left_all_is_given_back(make_info: Make) -> None:
    desk = Desk()
    a, b, c = cohort_of(make_info, 2, "a", "b", "c")
    desk.cohorts.expect([a, b, c])
    desk.cohorts.ready([a])
    desk.cohorts.lost(("default", "b"))
    assert desk.given_back == []
    desk.cohorts.lost(("default", "c"))
    assert desk.given_back == [("a", 'gang "g": 1 of 2 pods that it needs are left')]
    assert desk.released == []


async def test_nobody_is_held_for_ever(make_info: Make) -> None:
    desk = Desk(patience=0.01)
    a, b = cohort_of(make_info, 2, "a", "b")
    desk.cohorts.expect([a, b])
    desk.cohorts.ready([a])
    async with asyncio.timeout(5):
        await desk.some_given_back.wait()
    why = 'gang "g": 1 of 2 pods that it needs were ready in time'
    assert desk.given_back == [("a", why), ("b", why)]
