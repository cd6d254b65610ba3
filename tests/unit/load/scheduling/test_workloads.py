"""The table of workloads: what it says is what the API would take, and other sizes keep its sense."""

from __future__ import annotations

import dataclasses

import pytest

from services.load.scheduling import alone, workloads
from services.load.scheduling.workloads import WORKLOADS, Workload, WorkloadError, find, sized
from services.objects.kinds import NAMESPACE, NODE, POD, PRIORITYCLASS
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj

EVERY = pytest.mark.parametrize("workload", WORKLOADS.values(), ids=lambda workload: workload.name)


def test_all_are_found_by_name() -> None:
    assert [each.name for each in find("all")] == [*WORKLOADS, "start"]
    assert find("mixed") == [WORKLOADS["mixed"]]
    assert [sizes(each) for each in find("basic", 20, 40)] == [(20, 4, 40)]


def test_a_start_finds_pods_that_have_nodes_and_one_that_waits() -> None:
    (start,) = find("start")
    assert sizes(start) == (5000, 30_000, 1)
    assert [sizes(each) for each in find("start", 20, 40)] == [(20, 40, 1)]
    with pytest.raises(WorkloadError, match="there must be nodes"):
        find("start", -1)


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(WorkloadError, match="no workload 'swift': there are all, basic, "):
        find("swift")


def test_what_is_there_keeps_its_proportion_to_what_is_timed() -> None:
    assert sizes(sized(WORKLOADS["basic"], 20, 40)) == (20, 4, 40)
    assert sizes(sized(WORKLOADS["mixed"], pods=50)) == (5000, 100, 50)


def test_fewer_nodes_mean_fewer_pods_only_where_pods_crowd() -> None:
    assert sizes(sized(WORKLOADS["basic"], 1000)) == (1000, 1000, 10_000)
    assert sizes(sized(WORKLOADS["preemption"], 1000)) == (1000, 4000, 1000)
    assert sizes(sized(WORKLOADS["pod-anti-affinity"], 1000)) == (1000, 200, 400)


def test_pods_that_must_be_apart_need_a_node_each() -> None:
    with pytest.raises(WorkloadError, match="a node for each of its 60 pods, and there are 50"):
        sized(WORKLOADS["pod-anti-affinity"], 50, 40)
    with pytest.raises(WorkloadError, match="there must be nodes and pods"):
        sized(WORKLOADS["pod-anti-affinity"], 1)


@EVERY
def test_everything_is_valid(workload: Workload) -> None:
    small = sized(workload, 100, 20)
    for kind, objects in (
        (NAMESPACE, workloads.namespaces(small)), (NODE, workloads.nodes(small)), (POD, workloads.existing(small)),
        (POD, workloads.measured(small)), (PRIORITYCLASS, [workloads.priority_class()]),
    ):  # fmt: skip
        for obj in objects:
            assert refusals(kind, obj) == []


@EVERY
def test_names_differ_and_numbers_are_kept(workload: Workload) -> None:
    small = sized(workload, 200, 30)
    pods = [*workloads.existing(small), *workloads.measured(small)]
    assert len({pod["metadata"]["name"] for pod in pods}) == len(pods) == small.existing + small.pods
    assert len(list(workloads.nodes(small))) == small.nodes


@EVERY
def test_every_pod_finds_a_node_without_a_cluster(workload: Workload) -> None:
    small = sized(workload, 40) if workload.crowded else sized(workload, 20, 40)
    assert alone.rate(small) > 0


def test_a_pod_that_finds_none_is_no_figure() -> None:
    hopeless = dataclasses.replace(sized(WORKLOADS["basic"], 2, 20), shapes=(workloads.TOO_LARGE,))
    with pytest.raises(WorkloadError, match="no node"):
        alone.rate(hopeless)


def sizes(workload: Workload) -> tuple[int, int, int]:
    return workload.nodes, workload.existing, workload.pods


def refusals(kind: Kind, obj: Obj) -> list[object]:
    kind.default(obj)
    return list(kind.validate(obj))
