"""The arguments of plugins: each is heeded, or refused in words that name it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from services.objects.meta import Obj
from services.scheduler.algorithm import schedule
from services.scheduler.cluster.volumeplan import VolumePlan
from services.scheduler.configuration import API_VERSION, ConfigurationError
from services.scheduler.explaining import explain
from services.scheduler.profile import Default
from tests.unit.scheduler.configured import profile
from tests.unit.scheduler.storage import claim, stock, storage_class, using


@pytest.mark.parametrize(
    ("plugin", "args", "message"),
    [
        ("NodeName", {"apiVersion": API_VERSION, "kind": "NodeNameArgs"}, ".kind: Invalid value"),
        ("NodeAffinity", {"kind": "NodeNameArgs"}, '.kind: Invalid value: "NodeNameArgs": has to match plugin args'),
        ("InterPodAffinity", {"hardPodAffinityWeight": 101},
         ".hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]"),
        ("InterPodAffinity", {"hardPodAffinityWeight": "1"}, "hardPodAffinityWeight of type int32"),
        ("DefaultPreemption", {"minCandidateNodesPercentage": 101},
         ".minCandidateNodesPercentage: Invalid value: 101: not in valid range [0, 100]"),
        ("DefaultPreemption", {"minCandidateNodesAbsolute": -1},
         ".minCandidateNodesAbsolute: Invalid value: -1: not in valid range [0, inf)"),
        ("DefaultPreemption", {"minCandidateNodesAbsolute": 0, "minCandidateNodesPercentage": 0},
         "cannot be zero at the same time as minCandidateNodesAbsolute"),
        ("DynamicResources", {"filterTimeout": "-1s"}, "must be zero or positive"),
        ("DynamicResources", {"bindingTimeout": "999ms"}, "must be at least 1 second"),
        ("DynamicResources", {"bindingTimeout": "soon"}, '.bindingTimeout: Invalid value: "soon"'),
        ("DefaultPreemption", {"minCandidates": 0}, ': unknown field "minCandidates"'),
        ("NodeAffinity", {"addedAffinity": {"preferred": []}}, ': unknown field "addedAffinity.preferred"'),
        ("NodeAffinity", {"addedAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "a", "operator": "Equals"}]}]}}}, "not a valid"),
        ("NodeResourcesBalancedAllocation", {"resources": [{"name": "cpu", "weight": 2}]},
         ".resources[0].weight: Invalid value: 2: must be 1"),
        ("NodeResourcesBalancedAllocation", {"resources": [{"name": "cpu"}, {"name": "cpu"}]},
         '.resources[1].name: Duplicate value: "cpu"'),
        ("NodeResourcesFit", {"ignoredResourceGroups": ["a.io/b"]}, "resource group name can't contain '/'"),
        ("NodeResourcesFit", {"ignoredResources": ["-"]}, '.ignoredResources[0]: Invalid value: "-"'),
        ("NodeResourcesFit", {"ignoredResources": "a"}, "NodeResourcesFitArgs.ignoredResources of type []string"),
        ("NodeResourcesFit", {"scoringStrategy": {"resources": [{"name": "cpu", "weight": 101}]}},
         ".scoringStrategy.resources[0].weight: Invalid value: 101: resource weight of cpu not in valid"),
        ("NodeResourcesFit", {"scoringStrategy": {"requestedToCapacityRatio": {}}},
         "Forbidden: must be nil when type is not RequestedToCapacityRatio"),
        ("NodeResourcesFit", {"scoringStrategy": {"type": "RequestedToCapacityRatio"}},
         ".scoringStrategy.requestedToCapacityRatio: Required value: must be specified when type is"),
        ("NodeResourcesFit", {"scoringStrategy": {"type": "RequestedToCapacityRatio", "requestedToCapacityRatio": {}}},
         "requestedToCapacityRatio.shape: Required value: at least one point must be specified"),
        ("NodeResourcesFit", {"scoringStrategy": {"type": "RequestedToCapacityRatio", "requestedToCapacityRatio": {
            "shape": [{"utilization": 5, "score": 11}]}}},
         "shape[0].score: Invalid value: 11: not in valid range [0, 10]"),
        ("NodeResourcesFit", {"scoringStrategy": {"type": "RequestedToCapacityRatio", "requestedToCapacityRatio": {
            "shape": [{"utilization": 5}, {"utilization": 5}]}}},
         "shape[1].utilization: Invalid value: 5: values must be sorted in increasing order"),
        ("PodTopologySpread", {"defaultingType": "Some"}, '.defaultingType: Unsupported value: "Some"'),
        *(("PodTopologySpread", {"defaultingType": "List", "defaultConstraints": [{
            "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", **wrong}]},
           f".defaultConstraints[0].{text}") for wrong, text in (
            ({"maxSkew": 0}, "maxSkew: Invalid value: 0: not in valid range (0, inf)"),
            ({"topologyKey": ""}, "topologyKey: Required value: can not be empty"),
            ({"whenUnsatisfiable": ""}, "whenUnsatisfiable: Required value: can not be empty"),
            ({"whenUnsatisfiable": "Never"}, 'whenUnsatisfiable: Unsupported value: "Never"'),
            ({"labelSelector": {}}, "labelSelector: Forbidden: constraint must not define a selector"))),
        ("PodTopologySpread", {"defaultingType": "List", "defaultConstraints": [
            {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}] * 2},
         '.defaultConstraints[1]: Duplicate value: "{zone, DoNotSchedule}"'),
    ],
)  # fmt: skip
def test_arguments_that_no_plugin_takes(plugin: str, args: Obj, message: str) -> None:
    """Also those of plugins that are not enabled."""
    for plugins in ({}, {"multiPoint": {"disabled": [{"name": plugin}]}}):
        with pytest.raises(ConfigurationError) as caught:
            profile(pluginConfig=[{"name": plugin, "args": args}], plugins=plugins)
        assert str(caught.value).startswith(f"profiles[0].pluginConfig[{plugin}].args")
        assert message in str(caught.value)


def test_default_constraints() -> None:
    constraint = {"maxSkew": 2, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
    args = {"defaultConstraints": [constraint], "defaultingType": "List"}
    found = profile(pluginConfig=[{"name": "PodTopologySpread", "args": args}])
    assert found.spreads == (Default("zone", 2, True, False),)
    constraint.update(minDomains=3, nodeAffinityPolicy="Ignore", nodeTaintsPolicy="Honor")
    found = profile(pluginConfig=[{"name": "PodTopologySpread", "args": args}])
    assert found.spreads == (Default("zone", 2, True, False, 3, False, True),)
    assert profile(pluginConfig=[{"name": "PodTopologySpread", "args": {"defaultingType": "List"}}]).spreads == ()


@pytest.mark.parametrize(
    ("strategy", "best"),
    [
        ({}, "empty"),
        ({"type": "MostAllocated"}, "used"),
        ({"type": "RequestedToCapacityRatio", "resources": [{"name": "cpu", "weight": 1}],
          "requestedToCapacityRatio": {"shape": [{"utilization": 0, "score": 0}, {"utilization": 100, "score": 10}]}},
         "used"),
        ({"type": "RequestedToCapacityRatio", "resources": [{"name": "cpu", "weight": 1}],
          "requestedToCapacityRatio": {"shape": [{"utilization": 0, "score": 10}, {"utilization": 100, "score": 0}]}},
         "empty"),
    ],
)  # fmt: skip
def test_strategies(strategy: Obj, best: str, make_cluster: Any, make_node: Any, make_info: Any) -> None:
    found = profile(pluginConfig=[{"name": "NodeResourcesFit", "args": {"scoringStrategy": strategy}}], plugins={
        "score": {"disabled": [{"name": "*"}], "enabled": [{"name": "NodeResourcesFit"}]}})  # fmt: skip
    cluster = make_cluster(make_node("empty"), make_node("used"))
    cluster.assign(make_info("old", cpu="2", memory="2Gi"), "used")
    (decision,) = schedule([make_info("new", cpu="1")], cluster.columns, np.random.default_rng(1), found)
    assert decision.node == best


def test_shapes_are_broken_lines(make_cluster: Any, make_node: Any, make_info: Any) -> None:
    shape = [{"utilization": 0, "score": 0}, {"utilization": 40, "score": 10}, {"utilization": 80, "score": 2}]
    args = {"scoringStrategy": {"type": "RequestedToCapacityRatio", "resources": [{"name": "cpu", "weight": 1}],
                                "requestedToCapacityRatio": {"shape": shape}}}  # fmt: skip
    found = profile(pluginConfig=[{"name": "NodeResourcesFit", "args": args}])
    (score,) = [each for _, each in found.scores if each.name == "NodeResourcesFit"]
    cluster = make_cluster(make_node("n", cpu="10"))
    columns = cluster.columns
    points = [int(score.score(make_info(cpu=f"{each}m").demand, columns, columns.present)[0])
              for each in (100, 2000, 4000, 6000, 8000, 9000, 20000)]  # fmt: skip
    assert points == [2, 50, 100, 60, 20, 20, 20]


def test_only_extended_resources_can_be_ignored(make_cluster: Any, make_node: Any, make_info: Any) -> None:
    args = {"ignoredResources": ["cpu", "hugepages-2Mi", "a.io/gpu"], "ignoredResourceGroups": ["b.io"]}
    found = profile(pluginConfig=[{"name": "NodeResourcesFit", "args": args}])
    columns = make_cluster(make_node("n")).columns
    for resource, fits in (("cpu", False), ("hugepages-2Mi", False), ("a.io/gpu", True), ("b.io/gpu", True),
                           ("c.io/gpu", False)):  # fmt: skip
        pod = make_info("p", containers=[{"name": "c", "resources": {"requests": {resource: "99"}}}])
        (decision,) = schedule([pod], columns, np.random.default_rng(1), found)
        assert bool(decision.node) is fits, resource


def test_an_affinity_for_all_pods(make_cluster: Any, make_node: Any, make_info: Any) -> None:
    wanted = [{"key": "pool", "operator": "In", "values": ["a"]}]
    args = {"addedAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": wanted}]}}}  # fmt: skip
    found = profile(pluginConfig=[{"name": "NodeAffinity", "args": args}])
    columns = make_cluster(make_node("x", labels={"pool": "a", "disk": "ssd"}), make_node("y", labels={"disk": "ssd"}),
                           make_node("z", labels={"pool": "a"})).columns  # fmt: skip
    told = explain(make_info("p", nodeSelector={"disk": "ssd"}), columns, found)
    assert [(verdict.node, verdict.reasons) for verdict in told.verdicts] == [
        ("x", ()), ("y", ("node(s) didn't match scheduler-enforced node affinity",)),
        ("z", ("node(s) didn't match Pod's node affinity/selector",))]  # fmt: skip


@pytest.mark.parametrize(("args", "seconds"), [({}, 600.0), ({"bindTimeoutSeconds": 30}, 30.0)])
def test_how_long_claims_may_take(args: Obj, seconds: float, make_cluster: Any, make_node: Any, make_info: Any) -> None:
    chosen = profile(pluginConfig=[{"name": "VolumeBinding", "args": args}])
    cluster = make_cluster(make_node("a"))
    stock(cluster, classes=[storage_class("fast", "csi.example.com")], claims=[claim("c", of="fast")])
    pod = make_info(volumes=using("c"))
    (decision,) = schedule([pod], cluster.columns, np.random.default_rng(1), chosen)
    (plan,) = decision.plans
    assert isinstance(plan, VolumePlan)
    assert plan.timeout == seconds
