"""Pods whose claims wait for them: which volumes they are given on which nodes, and where volumes can be made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from services.objects.meta import Obj
from services.scheduler.algorithm import Decision, schedule
from services.scheduler.cluster.cluster import facts
from services.scheduler.cluster.volumeplan import VolumePlan
from services.scheduler.preemption import Preemptor
from tests.unit.scheduler.storage import (
    DRIVER,
    HOSTNAME,
    capacity,
    claim,
    one_of,
    stock,
    storage_class,
    using,
    volume,
)

Make = Callable[..., Any]
ZONE = "topology.kubernetes.io/zone"
NONE_FOUND = "node(s) didn't find available persistent volumes to bind"
NO_ROOM = "node(s) did not have enough free storage"


def told(decision: Decision) -> str:
    """The node with what is bound (volume>claim) and made there (+claim), or why there is none."""
    if decision.refusal is not None:
        return decision.refusal.message
    found = [decision.node]
    for plan in decision.plans:
        assert isinstance(plan, VolumePlan)
        assert plan.node == decision.node
        found += [f"{name}>{each.name}" for name, each in plan.bindings]
        found += [f"+{each.name}" for each in plan.provisions]
    return " ".join(found)


def decided(cluster: Any, *pods: Any, seed: int = 1) -> list[str]:
    return [told(decision) for decision in schedule(pods, cluster.columns, np.random.default_rng(seed))]


REFUSED = f"0/2 nodes are available: 2 {NONE_FOUND}."


@pytest.mark.parametrize(
    ("volumes", "claims", "expected"),
    [
        ([volume("v", on="a")], [claim("c")], "a v>c"),
        ([volume("v", on="x")], [claim("c")], REFUSED),
        ([], [claim("c")], REFUSED),
        # The smallest that is large enough.
        ([volume("u", "900Mi", on="a"), volume("v", "3Gi", on="a"), volume("w", "2Gi", on="a")], [claim("c")], "a w>c"),
        ([volume("v", "1023Mi", on="a")], [claim("c")], REFUSED),
        # What is wrong with a volume.
        ([volume("v", on="a", of="other")], [claim("c")], REFUSED),
        ([volume("v", on="a", phase="Released")], [claim("c")], REFUSED),
        ([volume("v", on="a", modes=("ReadOnlyMany",))], [claim("c")], REFUSED),
        ([volume("v", on="a", modes=("ReadWriteOnce", "ReadOnlyMany"))], [claim("c")], "a v>c"),
        ([volume("v", on="a", volumeMode="Block")], [claim("c")], REFUSED),
        ([volume("v", on="a", volumeMode="Block")], [claim("c", volumeMode="Block")], "a v>c"),
        ([volume("v", on="a")], [claim("c", volumeAttributesClassName="gold")], REFUSED),
        ([volume("v", on="a", volumeAttributesClassName="gold")], [claim("c", volumeAttributesClassName="gold")],
         "a v>c"),
        ([{**volume("v", on="a"), "metadata": {"name": "v", "deletionTimestamp": "2026-01-01T00:00:00Z"}}],
         [claim("c")], REFUSED),
        ([volume("v", on="a", labels={"disk": "hdd"}), volume("w", "9Gi", on="a", labels={"disk": "ssd"})],
         [claim("c", selector={"matchLabels": {"disk": "ssd"}})], "a w>c"),
        # Volumes that are reserved.
        ([volume("v", on="a", claim=claim("d")), volume("w", "2Gi", on="b")], [claim("c")], "b w>c"),
        ([volume("v", "9Gi", on="a", claim=claim("c"), phase="Released"), volume("w", on="b")], [claim("c")], "a v>c"),
        ([volume("v", "1Mi", on="a", claim=claim("c")), volume("w", on="b")], [claim("c")], "b w>c"),
        ([volume("v", on="a", claim={"metadata": {"name": "c", "uid": ""}}), volume("w", on="b")], [claim("c")],
         "a v>c"),
        ([volume("v", on="a", claim={"metadata": {"name": "c", "uid": "of another"}}), volume("w", on="b")],
         [claim("c")], "b w>c"),
        # Several claims: the smaller chooses first, and no volume is given twice.
        ([volume("v", "2Gi", on="a"), volume("w", "5Gi", on="a")], [claim("c", "4Gi"), claim("d")], "a v>d w>c"),
        ([volume("v", "2Gi", on="a"), volume("w", "5Gi", on="b")], [claim("c", "4Gi"), claim("d")], REFUSED),
        ([volume("v", on="a"), volume("w", on="a"), volume("x", on="b")], [claim("c"), claim("d")], "a v>c w>d"),
        ([volume("v"), volume("w", nodeAffinity=one_of(HOSTNAME, "b"))], [claim("c"), claim("d")], "b v>c w>d"),
        ([volume("v"), volume("w"), volume("x", on="b")], [claim("c"), claim("d"), claim("e")], "b v>c w>d x>e"),
        # One that is bound, one that is not.
        ([volume("v", on="b", claim=claim("d"), phase="Bound"), volume("w", on="a"), volume("x", on="b")],
         [claim("c"), claim("d", volume="v")],
         "b x>c"),
    ],
)  # fmt: skip
def test_a_claim_gets_a_volume_that_is_there(
    volumes: list[Obj], claims: list[Obj], expected: str, make_cluster: Make, make_node: Make, make_info: Make
) -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    stock(cluster, volumes=volumes, claims=claims, classes=[storage_class()])
    pod = make_info(volumes=using(*(each["metadata"]["name"] for each in claims)))
    assert decided(cluster, pod) == [expected]
    assert not cluster.columns.volumes.promises.volumes  # the round decided on a copy


FAST = storage_class("fast", DRIVER)
IN_ZONE = {"matchLabelExpressions": [{"key": ZONE, "values": ["2", "3"]}]}
BY_HOST = {"matchLabelExpressions": [{"key": ZONE, "values": ["1", "2"]}, {"key": HOSTNAME, "values": ["a"]}]}


@pytest.mark.parametrize(
    ("classes", "claims", "expected"),
    [
        ([storage_class("fast", DRIVER, allowedTopologies=[IN_ZONE])], [claim("c", of="fast")], "b +c"),
        ([storage_class("fast", DRIVER, allowedTopologies=[BY_HOST])], [claim("c", of="fast")], "a +c"),
        ([storage_class("fast", DRIVER, allowedTopologies=[{}])], [claim("c", of="fast")], REFUSED),
        ([FAST], [claim("c", of="fast", selected="b")], "b +c"),
        ([FAST], [claim("c", of="fast", selected="gone")], REFUSED),
        ([FAST], [claim("c", of="fast", selected="a"), claim("d", of="fast", selected="b")], REFUSED),
        ([FAST], [claim("c", of="fast", selected="b"), claim("d", of="fast")], "b +c +d"),
        # What is there is taken before anything is made.
        ([FAST, storage_class()], [claim("c", "2Gi", of="fast"), claim("d")], "a v>d +c"),
    ],
)  # fmt: skip
def test_a_volume_is_made_where_the_class_allows(
    classes: list[Obj], claims: list[Obj], expected: str, make_cluster: Make, make_node: Make, make_info: Make
) -> None:
    cluster = make_cluster(make_node("a", labels={ZONE: "1"}), make_node("b", labels={ZONE: "2"}))
    stock(cluster, classes=classes, claims=claims, volumes=[volume("v", on="a")])
    assert decided(cluster, make_info(volumes=using(*(each["metadata"]["name"] for each in claims)))) == [expected]


@pytest.mark.parametrize(
    ("size", "capacities", "expected"),
    [
        ("5Gi", [capacity("x", "fast", "5Gi", {"matchLabels": {HOSTNAME: "b"}})], "b +c"),
        ("5Gi", [capacity("x", "fast", "4Gi", {"matchLabels": {HOSTNAME: "b"}})],
         f"0/2 nodes are available: 2 {NO_ROOM}."),
        ("5Gi", [capacity("x", "fast", "9Gi", {"matchLabels": {HOSTNAME: "b"}}, maximumVolumeSize="4Gi")],
         f"0/2 nodes are available: 2 {NO_ROOM}."),
        ("5Gi", [capacity("x", "fast", "1Gi", {"matchLabels": {HOSTNAME: "b"}}),
                 capacity("y", "fast", "9Gi", {"matchExpressions": [{"key": HOSTNAME, "operator": "NotIn",
                                                                     "values": ["a"]}]})], "b +c"),
        ("5Gi", [capacity("x", "other", "9Gi", {})], f"0/2 nodes are available: 2 {NO_ROOM}."),
        ("5Gi", [capacity("x", "fast", "9Gi", None)], f"0/2 nodes are available: 2 {NO_ROOM}."),
        ("5Gi", [], f"0/2 nodes are available: 2 {NO_ROOM}."),
    ],
)  # fmt: skip
def test_a_volume_is_made_where_there_is_room(
    size: str, capacities: list[Obj], expected: str, make_cluster: Make, make_node: Make, make_info: Make
) -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    stock(cluster, classes=[FAST], claims=[claim("c", size, of="fast")], capacities=capacities,
          drivers=[{"metadata": {"name": DRIVER}, "spec": {"storageCapacity": True}}])  # fmt: skip
    pod = make_info(volumes=using("c"))
    assert decided(cluster, pod) == [expected]
    stock(cluster, drivers=[{"metadata": {"name": DRIVER}, "spec": {"storageCapacity": False}}])
    assert decided(cluster, pod)[0][1:] == " +c"


def test_all_space_is_as_good_where_no_capacity_limits_it(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    stock(cluster, classes=[FAST], claims=[claim("c", of="fast")], capacities=[capacity("x", "fast", "9Gi", {})],
          drivers=[{"metadata": {"name": DRIVER}, "spec": {"storageCapacity": True}}])  # fmt: skip
    assert {decided(cluster, make_info(volumes=using("c")), seed=seed)[0] for seed in range(20)} == {"a +c", "b +c"}


def test_several_things_may_be_wrong_with_a_node(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    stock(cluster, classes=[storage_class()], claims=[claim("c"), claim("d", volume="v")],
          volumes=[volume("v", on="b", claim=claim("d"))])  # fmt: skip
    assert decided(cluster, make_info(volumes=using("c", "d"))) == [
        "0/2 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity, "
        f"2 {NONE_FOUND}."]  # fmt: skip
    assert Preemptor(cluster).preempt(make_info(volumes=using("c", "d"), priority=9)) is None


def test_no_volume_is_given_twice_in_a_round(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    stock(cluster, classes=[storage_class()], claims=[claim(name) for name in "cde"],
          volumes=[volume("v", on="a"), volume("w", on="b")])  # fmt: skip
    found = decided(cluster, *(make_info(f"p{name}", volumes=using(name)) for name in "cde"))
    assert {each.split(">")[0] for each in found[:2]} == {"a v", "b w"}
    assert found[2] == REFUSED


def test_pods_that_share_a_claim_follow_each_other(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    stock(cluster, classes=[FAST, storage_class()], claims=[claim("c", of="fast"), claim("d")],
          volumes=[volume("v", on="a"), volume("w", on="b")])  # fmt: skip
    for name in "cd":
        found = decided(cluster, *(make_info(f"p{number}", volumes=using(name)) for number in range(4)))
        assert len(set(found)) == 1


def test_a_promise_lasts_until_it_is_seen_or_taken_back(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a"))
    stock(cluster, classes=[storage_class(), FAST], claims=[claim("c"), claim("d"), claim("e", of="fast")],
          volumes=[volume("v", on="a")])  # fmt: skip
    (first,) = schedule([make_info("p", volumes=using("c", "e"))], cluster.columns, np.random.default_rng(1))
    (plan,) = first.plans
    seen = cluster.columns.volumes
    other = make_info("q", volumes=using("d"))
    refused = f"0/1 nodes are available: 1 {NONE_FOUND}."

    plan.assume(cluster.columns)
    plan.assume(cluster.columns)  # of another pod with the same claims
    assert decided(cluster, other) == [refused]
    plan.forget(cluster.columns)
    assert decided(cluster, other) == [refused]
    plan.forget(cluster.columns)
    assert decided(cluster, other) == ["a v>d"]

    plan.assume(cluster.columns)
    stock(cluster, volumes=[volume("v", on="a", labels={"an": "older view"})], claims=[claim("e", "2Gi", of="fast")])
    assert (seen.promises.volumes.keys(), seen.promises.nodes) == ({"v"}, {("default", "e"): "a"})
    stock(cluster, volumes=[volume("v", on="a", claim=claim("c"))], claims=[claim("e", of="fast", selected="a")])
    assert (seen.promises.volumes, seen.promises.nodes) == ({}, {})
    plan.forget(cluster.columns)  # it was seen: nothing happens
    assert decided(cluster, other) == [refused]
    stock(cluster, volumes=[volume("v", on="a")])  # and given back
    assert decided(cluster, other) == ["a v>d"]


def test_a_volume_that_has_gone_is_promised_no_more(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a"))
    stock(cluster, classes=[storage_class(), FAST], claims=[claim("c"), claim("e", of="fast")], volumes=[volume("v")])
    (decision,) = schedule([make_info("p", volumes=using("c", "e"))], cluster.columns, np.random.default_rng(1))
    decision.plans[0].assume(cluster.columns)
    seen = cluster.columns.volumes
    seen.set_volume("v", None)
    seen.set_claim(("default", "e"), None)
    assert (seen.promises.volumes, seen.promises.nodes) == ({}, {})
    decision.plans[0].forget(cluster.columns)


def test_nodes_that_come_and_labels_that_change_are_noticed(
    make_cluster: Make, make_node: Make, make_info: Make
) -> None:
    cluster = make_cluster(make_node("a"))
    stock(cluster, classes=[storage_class()], claims=[claim("c")], volumes=[
        volume("v", nodeAffinity=one_of(ZONE, "1"))])  # fmt: skip
    pod = make_info(volumes=using("c"))
    assert decided(cluster, pod) == [f"0/1 nodes are available: 1 {NONE_FOUND}."]
    for number in range(40):  # more than there was room for
        cluster.set_node(facts(make_node(f"n{number}", labels={ZONE: "2"})))
    cluster.set_node(facts(make_node("n39", labels={ZONE: "1"})))
    assert decided(cluster, pod) == ["n39 v>c"]
    cluster.remove_node("n39")
    cluster.set_node(facts(make_node("n7", labels={ZONE: "1"})))
    assert decided(cluster, pod) == ["n7 v>c"]
