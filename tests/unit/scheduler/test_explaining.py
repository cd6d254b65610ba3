"""What is told of a pod: nodes best first with points by plugin, then who refuses it and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.scheduler.algorithm import Claims
from services.scheduler.explaining import explain
from services.scheduler.plugins.plugin import Filter, Planner
from services.scheduler.profile import DEFAULT
from tests.unit.scheduler.storage import claim, stock, using, volume

Make = Callable[..., Any]


def test_every_node_has_a_verdict(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("busy"), make_node("idle"), make_node("closed", unschedulable=True),
                           make_node("tiny", cpu="1", pods="0"))  # fmt: skip
    cluster.assign(make_info("old", "2"), "busy")
    told = explain(make_info("p", "2"), cluster.columns)
    assert [(verdict.node, verdict.filter, verdict.reasons) for verdict in told.verdicts] == [
        ("idle", "", ()), ("busy", "", ()),
        ("closed", "NodeUnschedulable", ("node(s) were unschedulable",)),
        ("tiny", "NodeResourcesFit", ("Insufficient cpu", "Too many pods")),
    ]  # fmt: skip
    idle, busy = (dict(zip(dict(told.weights), verdict.points, strict=True)) for verdict in told.verdicts[:2])
    # Least allocated: the mean of what stays free of the CPUs and of the memory.
    assert (idle["NodeResourcesFit"], busy["NodeResourcesFit"]) == (73, 47)
    assert told.refusal is None


def test_what_nobody_takes(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    told = explain(make_info("p", "9"), make_cluster(make_node("a"), make_node("b")).columns)
    assert told.refusal is not None
    assert told.refusal.message == "0/2 nodes are available: 2 Insufficient cpu."
    assert [verdict.filter for verdict in told.verdicts] == ["NodeResourcesFit"] * 2


def test_a_pod_does_not_stand_in_its_own_way(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a", cpu="2"))
    pod = make_info("p", "2")
    cluster.assign(pod, "a")
    assert explain(pod, cluster.columns).refusal is not None
    placed = cluster.placed(pod.key)
    assert placed is not None
    before = cluster.columns.contents()
    assert [verdict.filter for verdict in explain(pod, cluster.columns, placed=(0, placed.demand)).verdicts] == [""]
    assert cluster.columns.contents() == before


def test_a_pod_does_not_stand_in_the_way_of_its_own_volume_and_port(
    make_cluster: Make, make_node: Make, make_info: Make
) -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    stock(cluster, volumes=[volume("v")], claims=[claim("c", volume="v", modes=("ReadWriteOncePod",))])
    container = {"name": "c", "ports": [{"hostPort": 80}]}
    pod, other = (make_info(name, containers=[container], volumes=using("c")) for name in "pq")
    cluster.assign(pod, "a")
    placed = cluster.placed(pod.key)
    assert placed is not None
    before = cluster.columns.contents()
    told = explain(pod, cluster.columns, placed=(0, placed.demand))
    assert sorted(verdict.node for verdict in told.verdicts if not verdict.filter) == ["a", "b"]
    refusing = {verdict.node: verdict.filter for verdict in explain(other, cluster.columns).verdicts}
    assert refusing == {"a": "NodePorts", "b": "VolumeRestrictions"}
    assert cluster.columns.contents() == before


def test_claims_count_as_they_do_for_decisions(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a", cpu="2"))
    high = make_info("high", "2", priority=10)
    cluster.claim(high, "a")
    for pod, refused in ((high, False), (make_info("low", "1"), True), (make_info("top", "1", priority=20), False)):
        told = explain(pod, cluster.columns, claims=Claims(cluster))
        assert (told.refusal is not None) is refused


def test_who_would_be_chosen(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a"), make_node("b"), make_node("c"), make_node("closed", unschedulable=True))
    cluster.assign(make_info("old", "2"), "a")
    pod = make_info("p", "1")
    assert [verdict.node for verdict in explain(pod, cluster.columns).verdicts if verdict.best] == ["b", "c"]
    cluster.claim(pod, "a")
    told = explain(pod, cluster.columns, claims=Claims(cluster))
    assert [verdict.best for verdict in told.verdicts] == [True, False, False, False]
    assert told.verdicts[0].node == "a"
    cluster.unclaim(pod.key)
    cluster.claim(pod, "closed")
    told = explain(pod, cluster.columns, claims=Claims(cluster))
    assert [verdict.node for verdict in told.verdicts if verdict.best] == ["b", "c"]


def test_what_does_not_depend_on_nodes(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    class Objects(Planner):
        name = "Objects"

        def objection(self, pod: Any, nodes: Any) -> str:
            return "nothing of the kind is there"

        def feasible(self, pod: Any, nodes: Any) -> Any:
            raise AssertionError

    told = explain(make_info("p"), make_cluster(make_node("a"), make_node("b")).columns,
                   DEFAULT._replace(filters=(*DEFAULT.filters, Objects())))  # fmt: skip
    assert [verdict[:1] + verdict[3:5] for verdict in told.verdicts] == [
        (name, "Objects", ("nothing of the kind is there",)) for name in "ab"]  # fmt: skip
    assert told.refusal is not None
    assert told.refusal.message == "0/2 nodes are available: nothing of the kind is there."


def test_a_plugin_of_ones_own_is_named(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    class Never(Filter):
        name = "Never"

        def feasible(self, pod: Any, nodes: Any) -> Any:
            return nodes.present & False

    told = explain(make_info("p"), make_cluster(make_node("a")).columns,
                   DEFAULT._replace(filters=(*DEFAULT.filters, Never())))  # fmt: skip
    assert told.verdicts == [told.verdicts[0]._replace(node="a", filter="Never", reasons=(
        "node(s) didn't satisfy plugin Never",))]  # fmt: skip
