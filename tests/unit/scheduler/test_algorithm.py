from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from services.scheduler.algorithm import Claims, schedule
from services.scheduler.cluster.cluster import facts
from services.scheduler.cluster.happenings import Happening

Make = Callable[..., Any]


def test_pods_of_one_round_count_on_each_other(
    make_cluster: Make, make_node: Make, make_info: Make, rng: Any
) -> None:
    cluster = make_cluster(make_node("a", cpu="1"), make_node("b", cpu="1"))
    decisions = schedule([make_info(name, "600m") for name in "xyz"], cluster.columns, rng)
    assert {decision.node for decision in decisions[:2]} == {"a", "b"}
    assert decisions[2].node == ""
    assert decisions[2].refusal is not None
    assert decisions[2].refusal.message == "0/2 nodes are available: 2 Insufficient cpu."
    assert cluster.columns.requested.sum() == 0


@pytest.mark.parametrize(("claimed", "taken", "expected"), [
    ("abc", "", "abc"),
    ("aab", "", "aab"),  # two claims to one node
    ("abc", "b", "adc"),  # somebody else has the room
    ("abc", "a", "dbc"),
    ("ab-", "", "ab?"),
])  # fmt: skip
def test_pods_that_are_alike_get_what_they_claim(
    claimed: str, taken: str, expected: str, make_cluster: Make, make_node: Make, make_info: Make, rng: Any
) -> None:
    cluster = make_cluster(*(make_node(name, cpu="2") for name in "abcd"))
    pods = [make_info(f"p{number}", "1") for number in range(3)]
    for pod, node in zip(pods, claimed, strict=True):
        if node != "-":
            cluster.claim(pod, node)
    for node in taken:
        cluster.assign(make_info("other", "1500m"), node)
    found = "".join(decision.node for decision in schedule(pods, cluster.columns, rng, claims=Claims(cluster)))
    assert len(found) == 3
    assert all(one in (other, "?") for one, other in zip(expected, found, strict=True))


def test_pods_of_different_demands_count_on_each_other(
    make_cluster: Make, make_node: Make, make_info: Make, rng: Any
) -> None:
    cluster = make_cluster(make_node("a", cpu="1"))
    pods = [make_info("x", "500m"), make_info("y", "400m"), make_info("x2", "500m"), make_info("y2", "100m")]
    assert [decision.node for decision in schedule(pods, cluster.columns, rng)] == ["a", "a", "", "a"]


def test_host_ports_of_one_round(make_cluster: Make, make_node: Make, make_info: Make, rng: Any) -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    pods = [make_info(name, ports=[{"containerPort": 1, "hostPort": 80}]) for name in "xyz"]
    decisions = schedule(pods, cluster.columns, rng)
    assert sorted(decision.node for decision in decisions) == ["", "a", "b"]
    assert decisions[2].refusal is not None
    assert decisions[2].refusal.message == (
        "0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports."
    )


def test_equal_pods_spread(make_cluster: Make, make_node: Make, make_info: Make, rng: Any) -> None:
    cluster = make_cluster(*(make_node(name) for name in "abc"))
    decisions = schedule([make_info(str(n)) for n in range(30)], cluster.columns, rng)
    assert Counter(decision.node for decision in decisions) == {"a": 10, "b": 10, "c": 10}


def test_ties_are_left_to_chance(make_cluster: Make, make_node: Make, make_info: Make, rng: Any) -> None:
    cluster = make_cluster(*(make_node(name) for name in "abcd"))
    chosen = {schedule([make_info()], cluster.columns, rng)[0].node for _ in range(100)}
    assert chosen == set("abcd")


def test_a_node_is_explained_by_the_first_filter_that_refuses_it(
    make_cluster: Make, make_node: Make, make_info: Make, rng: Any
) -> None:
    hard = [{"key": "k", "effect": "NoSchedule"}]
    cluster = make_cluster(
        make_node("cordoned", unschedulable=True, taints=hard), make_node("tainted", cpu="1", taints=hard),
        make_node("tainted2", taints=hard), make_node("other", labels={"zone": "2"}),
        make_node("small", cpu="1", memory="1Gi", labels={"zone": "1"}),
        make_node("slim", cpu="1", labels={"zone": "1"}),
    )  # fmt: skip
    (decision,) = schedule([make_info("p", "2", "2Gi", nodeSelector={"zone": "1"})], cluster.columns, rng)
    assert decision.refusal is not None
    assert decision.refusal.message == (
        "0/6 nodes are available: 1 Insufficient memory, 1 node(s) didn't match Pod's node affinity/selector, "
        "1 node(s) were unschedulable, 2 Insufficient cpu, 2 node(s) had untolerated taint(s)."
    )
    assert decision.refusal.helped_by == {
        Happening.NODE_ADDED, Happening.NODE_GREW, Happening.NODE_LABELLED, Happening.NODE_OPENED, Happening.POD_GONE,
    }  # fmt: skip


FRONTEND = {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": "zone"}


@pytest.mark.parametrize(
    ("ask", "hopeless"),
    [
        ({"cpu": "5"}, 2),  # no node has that much
        ({"cpu": "3"}, 0),
        ({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [FRONTEND]}}}, 2),
        ({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "rack", "whenUnsatisfiable": "DoNotSchedule",
                                         "labelSelector": {}}]}, 2),
    ],
)  # fmt: skip
def test_where_preemption_cannot_help(
    ask: dict[str, Any], hopeless: int, make_cluster: Make, make_node: Make, make_info: Make, rng: Any
) -> None:
    cluster = make_cluster(*(make_node(name, cpu="4", labels={"zone": name}) for name in "ab"))
    for name in "ab":
        cluster.assign(make_info(name, "2"), name)
    (decision,) = schedule([make_info("p", **ask)], cluster.columns, rng)
    assert decision.refusal is not None
    assert decision.refusal.hopeless == hopeless


def test_too_many_pods_can_become_fewer(make_cluster: Make, make_node: Make, make_info: Make, rng: Any) -> None:
    cluster = make_cluster(make_node("full", pods="1"), make_node("closed", pods="0"))
    cluster.assign(make_info("x"), "full")
    (decision,) = schedule([make_info("p")], cluster.columns, rng)
    assert decision.refusal is not None
    assert decision.refusal.without_victims().preemption == (
        "0/2 nodes are available: 2 No preemption victims found for incoming pod.")  # fmt: skip


def test_no_nodes(make_cluster: Make, make_info: Make, rng: Any) -> None:
    (decision,) = schedule([make_info()], make_cluster().columns, rng)
    assert decision.refusal is not None
    assert decision.refusal.message == "no nodes available to schedule pods"
    assert Happening.NODE_ADDED in decision.refusal.helped_by


@pytest.mark.parametrize("count", [1, 15, 16, 17, 40])
def test_rows_are_reused_and_grow(count: int, make_cluster: Make, make_node: Make, make_info: Make, rng: Any) -> None:
    cluster = make_cluster(*(make_node(f"n{n}", pods="1") for n in range(count)))
    cluster.remove_node("n0")
    pods = [make_info(str(n)) for n in range(count)]
    decisions = schedule(pods, cluster.columns, rng)
    assert sorted(d.node for d in decisions if d.node) == sorted(f"n{n}" for n in range(1, count))
    cluster.set_node(facts(make_node("new")))
    assert "new" in {decision.node for decision in schedule(pods, cluster.columns, rng)}


def test_a_soft_taint_weighs_more_than_an_empty_node(
    make_cluster: Make, make_node: Make, make_info: Make, rng: Any
) -> None:
    soft = [{"key": "k", "effect": "PreferNoSchedule"}]
    cluster = make_cluster(make_node("empty", taints=soft), make_node("busy"))
    cluster.assign(make_info("x", cpu="2", memory="4Gi"), "busy")
    assert schedule([make_info()], cluster.columns, rng)[0].node == "busy"
