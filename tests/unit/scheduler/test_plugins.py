from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.objects.meta import Obj
from services.scheduler.cluster.cluster import facts
from services.scheduler.cluster.columns import Taint
from services.scheduler.cluster.demand import Toleration
from services.scheduler.plugins.affinity import MatchesSelectors, PreferredAffinity
from services.scheduler.plugins.naming import IsNamed
from services.scheduler.plugins.ports import HasFreePorts
from services.scheduler.plugins.resources import BalancedAllocation, FitsResources, ScoresFit
from services.scheduler.plugins.taints import IsSchedulable, PreferredTaints, ToleratesTaints, tolerates

Make = Callable[..., Any]


def taint(key: str, value: str = "", effect: str = "NoSchedule") -> Obj:
    return {"key": key, "value": value, "effect": effect}


def verdict(mask: Any, cluster: Any) -> list[str]:
    names = cluster.columns.names
    return sorted(name for name, good in zip(names, mask[: len(names)], strict=True) if good and name)


def explained(plugin: Any, pod: Any, cluster: Any) -> dict[str, int]:
    columns = cluster.columns
    reasons = plugin.explain(pod, columns, columns.present & ~plugin.feasible(pod, columns))
    return {reason: int(nodes.sum()) for reason, nodes in reasons.items() if nodes.any()}


@pytest.mark.parametrize(
    ("asked", "fits", "reasons"),
    [
        ({}, ["big", "small"], {}),
        ({"cpu": "2"}, ["big"], {"Insufficient cpu": 1}),
        ({"cpu": "4", "memory": "8Gi"}, ["big"], {"Insufficient cpu": 1, "Insufficient memory": 1}),
        ({"cpu": "4001m"}, [], {"Insufficient cpu": 2}),
        ({"requests": {"example.com/gpu": "1"}}, ["big"], {"Insufficient example.com/gpu": 1}),
        ({"requests": {"unheard.of/thing": "1"}}, [], {"Insufficient unheard.of/thing": 2}),
        ({"requests": {"ephemeral-storage": "1Gi"}}, [], {"Insufficient ephemeral-storage": 2}),
    ],
)
def test_resources(
    asked: dict[str, Any], fits: list[str], reasons: dict[str, int], make_cluster: Make, make_node: Make,
    make_info: Make,
) -> None:  # fmt: skip
    cluster = make_cluster(make_node("big", example_com__gpu="1"), make_node("small", cpu="1", memory="1Gi"))
    pod = make_info(**asked).demand
    assert verdict(FitsResources().feasible(pod, cluster.columns), cluster) == fits
    assert explained(FitsResources(), pod, cluster) == reasons


def test_pods_take_room_and_leave_it(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("n", cpu="1", pods="2"))
    first, second = make_info("a", "600m"), make_info("b", "600m")
    cluster.assign(first, "n")
    assert explained(FitsResources(), second.demand, cluster) == {"Insufficient cpu": 1}
    cluster.assign(make_info("x"), "n")
    assert explained(FitsResources(), make_info().demand, cluster) == {"Too many pods": 1}
    cluster.release(first.key)
    assert verdict(FitsResources().feasible(second.demand, cluster.columns), cluster) == ["n"]


def test_an_overdrawn_resource_bars_only_who_asks_for_it(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("n", cpu="1"))
    cluster.assign(make_info("x", cpu="2"), "n")
    assert verdict(FitsResources().feasible(make_info().demand, cluster.columns), cluster) == ["n"]
    assert verdict(FitsResources().feasible(make_info(cpu="1m").demand, cluster.columns), cluster) == []


def test_node_name(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    for name, fits in (("", ["a", "b"]), ("b", ["b"]), ("c", [])):
        pod = make_info(nodeName=name).demand
        assert verdict(IsNamed().feasible(pod, cluster.columns), cluster) == fits
    assert explained(IsNamed(), pod, cluster) == {"node(s) didn't match the requested node name": 2}


def test_cordoned_nodes(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a"), make_node("b", unschedulable=True))
    assert verdict(IsSchedulable().feasible(make_info().demand, cluster.columns), cluster) == ["a"]
    assert explained(IsSchedulable(), make_info().demand, cluster) == {"node(s) were unschedulable": 1}
    patient = make_info(tolerations=[{"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}]).demand
    assert verdict(IsSchedulable().feasible(patient, cluster.columns), cluster) == ["a", "b"]


@pytest.mark.parametrize(
    ("toleration", "taint", "holds"),
    [
        (("", "Exists", "", ""), ("k", "v", "NoExecute"), True),
        (("k", "Exists", "", "NoSchedule"), ("k", "v", "NoSchedule"), True),
        (("k", "Exists", "", "NoSchedule"), ("k", "v", "NoExecute"), False),
        (("k", "Equal", "v", ""), ("k", "v", "NoSchedule"), True),
        (("k", "Equal", "w", ""), ("k", "v", "NoSchedule"), False),
        (("k", "Equal", "", ""), ("k", "", "NoSchedule"), True),
        (("j", "Exists", "", ""), ("k", "", "NoSchedule"), False),
        (("", "Equal", "v", ""), ("k", "v", "NoSchedule"), False),
        (("k", "Gt", "5", ""), ("k", "6", "NoSchedule"), True),
        (("k", "Gt", "5", ""), ("k", "5", "NoSchedule"), False),
        (("k", "Lt", "5", ""), ("k", "4", "NoSchedule"), True),
        (("k", "Lt", "5", ""), ("k", "four", "NoSchedule"), False),
    ],
)
def test_tolerates(toleration: tuple[str, ...], taint: tuple[str, ...], holds: bool) -> None:
    assert tolerates(Toleration(*toleration), Taint(*taint)) is holds


def test_taints(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(
        make_node("free"), make_node("hard", taints=[taint("k", "v")]),
        make_node("harder", taints=[taint("k", "v"), taint("x", "", "NoExecute")]),
        make_node("soft", taints=[taint("s", "", "PreferNoSchedule")]),
    )  # fmt: skip
    assert verdict(ToleratesTaints().feasible(make_info().demand, cluster.columns), cluster) == ["free", "soft"]
    assert explained(ToleratesTaints(), make_info().demand, cluster) == {"node(s) had untolerated taint(s)": 2}
    tolerant = make_info(tolerations=[{"key": "k", "value": "v", "effect": "NoSchedule"}]).demand
    assert verdict(ToleratesTaints().feasible(tolerant, cluster.columns), cluster) == ["free", "hard", "soft"]
    everything = make_info(tolerations=[{"operator": "Exists"}]).demand
    assert len(verdict(ToleratesTaints().feasible(everything, cluster.columns), cluster)) == 4


def scores(plugin: Any, pod: Any, cluster: Any) -> dict[str, int]:
    found = plugin.score(pod, cluster.columns, cluster.columns.present)
    return {name: int(found[row]) for row, name in enumerate(cluster.columns.names)}


def test_preferred_taints(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    soft = [taint(key, "", "PreferNoSchedule") for key in "xy"]
    cluster = make_cluster(make_node("two", taints=soft), make_node("one", taints=soft[:1]), make_node("none"))
    assert scores(PreferredTaints(), make_info().demand, cluster) == {"two": 0, "one": 50, "none": 100}
    tolerant = make_info(tolerations=[{"operator": "Exists", "effect": "PreferNoSchedule"}]).demand
    assert scores(PreferredTaints(), tolerant, cluster) == {"two": 100, "one": 100, "none": 100}


@pytest.mark.parametrize(
    ("operator", "values", "fits"),
    [
        ("In", ["ssd"], ["a"]),
        ("In", ["ssd", "hdd"], ["a", "b"]),
        ("In", ["unknown"], []),
        ("NotIn", ["ssd"], ["b", "c"]),
        ("NotIn", ["unknown"], ["a", "b", "c"]),
        ("Exists", [], ["a", "b"]),
        ("DoesNotExist", [], ["c"]),
    ],
)
def test_required_affinity(
    operator: str, values: list[str], fits: list[str], make_cluster: Make, make_node: Make, make_info: Make
) -> None:
    cluster = make_cluster(make_node("a", labels={"disk": "ssd"}), make_node("b", labels={"disk": "hdd"}),
                           make_node("c"))  # fmt: skip
    expression = {"key": "disk", "operator": operator, "values": values}
    pod = make_info(affinity=required({"matchExpressions": [expression]})).demand
    assert verdict(MatchesSelectors().feasible(pod, cluster.columns), cluster) == fits


def required(*terms: Obj) -> Obj:
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}}


@pytest.mark.parametrize(
    ("operator", "value", "fits"),
    [("Gt", "4", ["eight"]), ("Lt", "8", ["four"]), ("Gt", "many", []), ("Lt", "100", ["eight", "four"])],
)
def test_numeric_affinity(
    operator: str, value: str, fits: list[str], make_cluster: Make, make_node: Make, make_info: Make
) -> None:
    cluster = make_cluster(make_node("four", labels={"cores": "4"}), make_node("eight", labels={"cores": "8"}),
                           make_node("word", labels={"cores": "x"}), make_node("none"))  # fmt: skip
    expression = {"key": "cores", "operator": operator, "values": [value]}
    pod = make_info(affinity=required({"matchExpressions": [expression]})).demand
    assert verdict(MatchesSelectors().feasible(pod, cluster.columns), cluster) == fits


def test_selectors_and_terms_combine(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(*(make_node(name, labels={"zone": zone}) for name, zone in ("a1", "b3")))

    def fits(**spec: Any) -> list[str]:
        return verdict(MatchesSelectors().feasible(make_info(**spec).demand, cluster.columns), cluster)

    def by_name(name: str, operator: str = "In") -> Obj:
        return {"matchFields": [{"key": "metadata.name", "operator": operator, "values": [name]}]}

    zone1 = {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["1"]}]}
    assert fits(nodeSelector={"zone": "1"}) == ["a"]
    assert fits(nodeSelector={"zone": "1", "kubernetes.io/hostname": "b"}) == []
    assert fits(nodeSelector={"kubernetes.io/hostname": "b"}) == ["b"]
    assert fits(nodeSelector={"missing": "x"}) == []
    assert fits(affinity=required(zone1, by_name("b"))) == ["a", "b"]
    assert fits(affinity=required({**zone1, **by_name("b")})) == []
    assert fits(affinity=required(by_name("b", "NotIn"))) == ["a"]
    assert fits(affinity=required({})) == []
    assert fits(affinity=required()) == []
    assert fits(affinity=required(zone1, by_name("b")), nodeSelector={"kubernetes.io/hostname": "b"}) == ["b"]
    pod = make_info(nodeSelector={"missing": "x"}).demand
    assert explained(MatchesSelectors(), pod, cluster) == {"node(s) didn't match Pod's node affinity/selector": 2}


def test_labels_that_changed_no_longer_match(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a", labels={"zone": "1"}))
    cluster.set_node(facts(make_node("a", labels={"other": "x"})))
    for label, fits in (({"zone": "1"}, []), ({"other": "x"}, ["a"])):
        pod = make_info(nodeSelector=label).demand
        assert verdict(MatchesSelectors().feasible(pod, cluster.columns), cluster) == fits


def test_preferred_affinity(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a", labels={"x": "1", "y": "1"}), make_node("b", labels={"x": "1"}),
                           make_node("c"))  # fmt: skip
    preferred = [
        {"weight": weight, "preference": {"matchExpressions": [{"key": key, "operator": "Exists"}]}}
        for weight, key in ((30, "x"), (90, "y"))
    ]
    affinity = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}
    assert scores(PreferredAffinity(), make_info(affinity=affinity).demand, cluster) == {"a": 100, "b": 25, "c": 0}
    assert scores(PreferredAffinity(), make_info().demand, cluster) == {"a": 0, "b": 0, "c": 0}


def port(number: int, ip: str = "", protocol: str = "TCP") -> list[Obj]:
    return [{"containerPort": 80, "hostPort": number, "hostIP": ip, "protocol": protocol}]


@pytest.mark.parametrize(
    ("taken", "wanted", "free"),
    [
        (port(80), port(80), False),
        (port(80), port(81), True),
        (port(80), port(80, protocol="UDP"), True),
        (port(80, "10.0.0.1"), port(80, "10.0.0.2"), True),
        (port(80, "10.0.0.1"), port(80, "10.0.0.1"), False),
        (port(80, "10.0.0.1"), port(80), False),
        (port(80), port(80, "10.0.0.1"), False),
        (port(80), [], True),
    ],
)
def test_host_ports(
    taken: list[Obj], wanted: list[Obj], free: bool, make_cluster: Make, make_node: Make, make_info: Make
) -> None:
    cluster = make_cluster(make_node("n"), make_node("other"))
    user = make_info("user", ports=taken)
    cluster.assign(user, "n")
    pod = make_info(ports=wanted).demand
    assert verdict(HasFreePorts().feasible(pod, cluster.columns), cluster) == (["n"] if free else []) + ["other"]
    cluster.release(user.key)
    assert HasFreePorts().feasible(pod, cluster.columns).all()


def test_least_allocated(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("empty"), make_node("half"), make_node("full"))
    for name, cpu, memory in (("half", "2", "4Gi"), ("full", "4", "8Gi")):
        cluster.assign(make_info(name, cpu=cpu, memory=memory), name)
    found = scores(ScoresFit(), make_info(cpu="1", memory="2Gi").demand, cluster)
    assert found == {"empty": 75, "half": 25, "full": 0}


def test_balanced_allocation(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("even"), make_node("cpu"))
    cluster.assign(make_info("x", cpu="2", memory="1Gi"), "cpu")
    found = scores(BalancedAllocation(), make_info(cpu="1", memory="2Gi").demand, cluster)
    assert found == {"even": 100, "cpu": 81}
    assert not BalancedAllocation().concerns(make_info().demand, cluster.columns)
