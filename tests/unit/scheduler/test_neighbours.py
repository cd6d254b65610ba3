"""What pods ask of where other pods are: the words of refusals, and who is told apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.objects.meta import Obj
from services.scheduler.algorithm import schedule
from services.scheduler.cluster.cluster import Cluster, facts
from services.scheduler.cluster.demand import normalized, read
from services.scheduler.plugins.images import HasImages
from services.scheduler.plugins.interpod import FitsNeighbours, PrefersNeighbours
from services.scheduler.plugins.spreading import PrefersSpreading, SpreadsEvenly

Make = Callable[..., Any]
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
MIB = 1024 * 1024


@pytest.fixture
def cluster(make_cluster: Make, make_node: Make) -> Cluster:
    """Two nodes in zone 1, one in zone 2, one without a zone."""
    found: Cluster = make_cluster(*(make_node(name, labels={"zone": name[0]} if name[0].isdigit() else {})
                                    for name in ("1a", "1b", "2a", "x")))  # fmt: skip
    return found


def labelled(pod: Obj, **labels: str) -> Obj:
    return {**pod, "metadata": {**pod["metadata"], "labels": labels}}


def put(cluster: Cluster, pod: Obj, node: str) -> None:
    cluster.assign(read(pod), node)


def reasons(plugin: Any, pod: Obj, cluster: Cluster) -> dict[str, int]:
    columns, demand = cluster.columns, read(pod).demand
    reasons = plugin.explain(demand, columns, columns.present & ~plugin.feasible(demand, columns))
    return {reason: int(nodes.sum()) for reason, nodes in reasons.items() if nodes.any()}


def term(key: str = "zone", **more: Any) -> Obj:
    return {"topologyKey": key, "labelSelector": {"matchLabels": {"app": "db"}}, **more}


def test_refusals_of_neighbours(cluster: Cluster, make_pod: Make) -> None:
    near = {"podAffinity": {REQUIRED: [term()]}}
    apart = {"podAntiAffinity": {REQUIRED: [term()]}}
    assert reasons(FitsNeighbours(), make_pod(affinity=near), cluster) == {"node(s) didn't match pod affinity rules": 4}
    put(cluster, labelled(make_pod("db", affinity=apart), app="db"), "1a")
    assert reasons(FitsNeighbours(), make_pod(affinity=near), cluster) == {"node(s) didn't match pod affinity rules": 2}
    assert reasons(FitsNeighbours(), make_pod(affinity=apart), cluster) == {
        "node(s) didn't match pod anti-affinity rules": 2}  # fmt: skip
    assert reasons(FitsNeighbours(), labelled(make_pod(), app="db"), cluster) == {
        "node(s) didn't satisfy existing pods anti-affinity rules": 2}  # fmt: skip
    assert not FitsNeighbours().concerns(read(make_pod()).demand, cluster.columns)


def test_the_first_of_its_kind_finds_itself(cluster: Cluster, make_pod: Make) -> None:
    """Otherwise a Deployment whose pods shall be together would never begin."""
    pod = labelled(make_pod(affinity={"podAffinity": {REQUIRED: [term()]}}), app="db")
    assert reasons(FitsNeighbours(), pod, cluster) == {"node(s) didn't match pod affinity rules": 1}


@pytest.mark.parametrize(
    ("of", "refused"),
    [
        ({}, 0),  # its own namespace only
        ({"namespaces": ["default"]}, 2),
        ({"namespaceSelector": {}}, 2),
        ({"namespaceSelector": {"matchLabels": {"team": "a"}}}, 2),
        ({"namespaceSelector": {"matchLabels": {"team": "b"}}}, 0),
    ],
)
def test_namespaces(of: Obj, refused: int, cluster: Cluster, make_pod: Make) -> None:
    cluster.set_namespace("default", {"team": "a"})
    put(cluster, labelled(make_pod("db"), app="db"), "1a")
    pod = make_pod(affinity={"podAntiAffinity": {REQUIRED: [term(**of)]}})
    pod["metadata"]["namespace"] = "other"
    assert sum(reasons(FitsNeighbours(), pod, cluster).values()) == refused


def test_labels_of_namespaces_may_change(cluster: Cluster, make_pod: Make) -> None:
    cluster.set_namespace("default", {})
    put(cluster, labelled(make_pod("db"), app="db"), "1a")
    pod = make_pod(affinity={"podAntiAffinity": {REQUIRED: [term(namespaceSelector={"matchLabels": {"team": "a"}})]}})
    assert reasons(FitsNeighbours(), pod, cluster) == {}
    cluster.set_namespace("default", {"team": "a"})
    assert reasons(FitsNeighbours(), pod, cluster) == {"node(s) didn't match pod anti-affinity rules": 2}


def test_those_that_like_it_count_as_well(cluster: Cluster, make_pod: Make) -> None:
    preferred = "preferredDuringSchedulingIgnoredDuringExecution"
    likes = {"podAffinity": {preferred: [{"weight": 7, "podAffinityTerm": term()}]}}
    put(cluster, make_pod("friend", affinity=likes), "2a")
    pod = labelled(make_pod(), app="db")
    columns, demand = cluster.columns, read(pod).demand
    scores = PrefersNeighbours().score(demand, columns, columns.present)
    assert scores[: len(columns.names)].tolist() == [0, 0, 100, 0]


def spread(when: str = "DoNotSchedule", **more: Any) -> Obj:
    return {"topologyKey": "zone", "maxSkew": 1, "whenUnsatisfiable": when,
            "labelSelector": {"matchLabels": {"app": "db"}}, **more}  # fmt: skip


def test_refusals_of_spreading(cluster: Cluster, make_pod: Make) -> None:
    put(cluster, labelled(make_pod("db"), app="db"), "1a")
    pod = labelled(make_pod(topologySpreadConstraints=[spread()]), app="db")
    text = "node(s) didn't match pod topology spread constraints"
    assert reasons(SpreadsEvenly(), pod, cluster) == {text: 2, f"{text} (missing required label)": 1}
    few = labelled(make_pod(topologySpreadConstraints=[spread(minDomains=3)]), app="db")
    assert reasons(SpreadsEvenly(), few, cluster) == {text: 2, f"{text} (missing required label)": 1}
    put(cluster, labelled(make_pod("db2"), app="db"), "2a")
    assert reasons(SpreadsEvenly(), pod, cluster) == {f"{text} (missing required label)": 1}
    assert reasons(SpreadsEvenly(), few, cluster) == {text: 3, f"{text} (missing required label)": 1}


def test_pods_being_deleted_do_not_count_for_spreading(cluster: Cluster, make_pod: Make) -> None:
    going = labelled(make_pod("db"), app="db")
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    put(cluster, going, "1a")
    pod = labelled(make_pod(topologySpreadConstraints=[spread()]), app="db")
    assert sum(reasons(SpreadsEvenly(), pod, cluster).values()) == 1


def test_preferred_spreading(cluster: Cluster, make_pod: Make) -> None:
    put(cluster, labelled(make_pod("db"), app="db"), "1a")
    pod = labelled(make_pod(topologySpreadConstraints=[spread("ScheduleAnyway")]), app="db")
    columns, demand = cluster.columns, read(pod).demand
    scores = PrefersSpreading().score(demand, columns, columns.present)
    assert scores[: len(columns.names)].tolist() == [0, 0, 100, 0]


def test_images(make_cluster: Make, make_node: Make, make_pod: Make) -> None:
    """An image of 1000 MiB per container is worth everything, one below 23 MiB nothing; half the nodes, half of it."""
    here, there, none = make_node("here"), make_node("there"), make_node("none")
    here["status"]["images"] = [{"names": ["big", "big@sha256:1"], "sizeBytes": 2000 * MIB}]
    there["status"]["images"] = [{"names": ["small:latest"], "sizeBytes": 20 * MIB}]
    cluster = make_cluster(here, there, none, make_node("other"))
    pod = make_pod()
    pod["spec"]["containers"][0]["image"] = "big:latest"
    columns, demand = cluster.columns, read(pod).demand
    assert HasImages().concerns(demand, columns)
    expected = 100 * (500 - 23) // (1000 - 23)
    assert HasImages().score(demand, columns, columns.present)[:4].tolist() == [expected, 0, 0, 0]
    here["status"]["images"] = []
    cluster.set_node(facts(here))
    assert not HasImages().concerns(demand, columns)


@pytest.mark.parametrize(
    ("image", "name"),
    [("a", "a:latest"), ("a:1", "a:1"), ("h:5000/a", "h:5000/a:latest"), ("a@sha256:0", "a@sha256:0")],
)
def test_names_of_images(image: str, name: str) -> None:
    assert normalized(image) == name


def test_a_pod_is_not_taken_for_one_of_no_namespace(cluster: Cluster, make_pod: Make, rng: Any) -> None:
    """A term that means namespaces without a label would mean a pod of none: pods that share a decision have one."""
    cluster.set_namespace("default", {"team": "a"})
    alone = term("kubernetes.io/hostname", labelSelector={}, namespaceSelector={
        "matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]})  # fmt: skip
    pods = [make_pod("w", affinity={"podAntiAffinity": {REQUIRED: [alone]}}),
            *(make_pod(f"p{number}", nodeSelector={"zone": "2"}) for number in range(3))]  # fmt: skip
    pods[0]["spec"]["nodeSelector"] = {"zone": "2"}
    assert [decision.node for decision in schedule([read(pod) for pod in pods], cluster.columns, rng)] == ["2a"] * 4
