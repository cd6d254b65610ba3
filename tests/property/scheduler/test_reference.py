"""Random clusters and pods, decided by the scheduler and by the reference.

The same nodes can take a pod, and the chosen one is among the best by the reference's scores.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduler.algorithm import schedule
from services.scheduler.cluster.cluster import Cluster, facts
from services.scheduler.cluster.demand import read
from services.scheduler.explaining import explain
from services.scheduler.profile import DEFAULT
from tests.property.scheduler.reference import HOSTNAME, PREFERRED, REQUIRED, Obj, Reference

NAMESPACES = {"one": {"team": "a"}, "two": {"team": "b"}, "three": {}}
KEYS = ["zone", "rack", HOSTNAME]
few = st.sampled_from


def some(of: Any, most: int = 2) -> Any:
    return st.lists(of, max_size=most)


node_labels = st.fixed_dictionaries({}, optional={"zone": few("123"), "rack": few("12"), "disk": few(["ssd", "7"])})
pod_labels = few([{"app": "x"}, {"app": "x", "tier": "1"}, {"app": "x", "tier": "2"}, {"app": "y"}, {"tier": "1"}, {}])
expressions = st.one_of(
    st.builds(lambda key, how, values: {"key": key, "operator": how, "values": values},
              few(["app", "tier"]), few(["In", "NotIn"]), st.lists(few("xy12"), min_size=1, max_size=2)),
    st.builds(lambda key, how: {"key": key, "operator": how}, few(["app", "tier"]), few(["Exists", "DoesNotExist"])),
)  # fmt: skip
label_selectors = st.one_of(
    st.none(),
    few([{}, {"matchLabels": {"app": "x"}}, {"matchLabels": {"app": "x"}}, {"matchLabels": {"app": "y"}}]),
    st.builds(lambda labels, more: {"matchLabels": labels, "matchExpressions": more}, pod_labels, some(expressions, 1)),
)
namespace_selectors = few([{}, {"matchLabels": {"team": "a"}}, {"matchLabels": {"team": "c"}},
                           {"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}])  # fmt: skip
terms = st.fixed_dictionaries(
    {"topologyKey": few(KEYS), "labelSelector": label_selectors},
    optional={"namespaces": st.lists(few(list(NAMESPACES)), min_size=1, max_size=2, unique=True),
              "namespaceSelector": namespace_selectors, "matchLabelKeys": st.just(["tier"]),
              "mismatchLabelKeys": st.just(["app"])},
)  # fmt: skip
weighted = st.builds(lambda weight, term: {"weight": weight, "podAffinityTerm": term}, st.integers(1, 100), terms)
node_terms = st.fixed_dictionaries({}, optional={
    "matchExpressions": st.lists(few([
        {"key": "zone", "operator": "In", "values": ["1", "2"]}, {"key": "rack", "operator": "NotIn", "values": ["1"]},
        {"key": "disk", "operator": "Exists"}, {"key": "disk", "operator": "DoesNotExist"},
        {"key": "disk", "operator": "Gt", "values": ["6"]}, {"key": "disk", "operator": "Lt", "values": ["6"]},
    ]), min_size=1, max_size=2),
    "matchFields": st.just([{"key": "metadata.name", "operator": "NotIn", "values": ["n1"]}]),
})  # fmt: skip
sides = st.fixed_dictionaries({}, optional={REQUIRED: st.lists(terms, min_size=1, max_size=2),
                                            PREFERRED: st.lists(weighted, min_size=1, max_size=2)})  # fmt: skip
node_affinities = st.fixed_dictionaries({}, optional={
    REQUIRED: st.builds(lambda found: {"nodeSelectorTerms": found}, st.lists(node_terms, min_size=1, max_size=2)),
    PREFERRED: some(st.builds(lambda weight, term: {"weight": weight, "preference": term}, st.integers(1, 9),
                              node_terms)),
})  # fmt: skip
spreads = st.fixed_dictionaries(
    {"topologyKey": few(KEYS), "maxSkew": st.integers(1, 3), "labelSelector": label_selectors,
     "whenUnsatisfiable": few(["DoNotSchedule", "ScheduleAnyway"])},
    optional={"minDomains": st.integers(1, 3), "nodeAffinityPolicy": few(["Honor", "Ignore"]),
              "nodeTaintsPolicy": few(["Honor", "Ignore"]), "matchLabelKeys": st.just(["tier"])},
)  # fmt: skip
effects = few(["NoSchedule", "PreferNoSchedule", "NoExecute"])
taints = st.fixed_dictionaries({"key": few("ab"), "value": few(["", "v"]), "effect": effects})
tolerations = st.fixed_dictionaries({"operator": few(["Exists", "Equal"])}, optional={
    "key": few("ab"), "value": few(["", "v"]), "effect": effects})  # fmt: skip
resources = st.fixed_dictionaries({}, optional={
    "cpu": few(["250m", "1", "2"]), "memory": few(["100Mi", "1Gi", "3000M"]),
    "example.com/gpu": few("12")})  # fmt: skip
containers = st.fixed_dictionaries(
    {"name": st.just("c"), "image": few(["big:1", "small:1"]),
     "resources": st.fixed_dictionaries({"requests": resources})},
    optional={"ports": some(st.fixed_dictionaries({"hostPort": few([80, 81])}, optional={
        "hostIP": few(["0.0.0.0", "10.0.0.1"]), "protocol": few(["TCP", "UDP"])}), 1)},
)  # fmt: skip
init_containers = st.builds(lambda container, policy: {**container, **policy}, containers,
                            few([{}, {"restartPolicy": "Always"}]))  # fmt: skip
optional = st.fixed_dictionaries
# What an example is about: with everything at once, hardly any pod would fit anywhere.
THEMES = {
    "nodes": optional({}, optional={
        "nodeSelector": node_labels, "affinity": st.builds(lambda node: {"nodeAffinity": node}, node_affinities),
        "tolerations": some(tolerations)}),
    "pods": optional({"affinity": optional({}, optional={"podAffinity": sides, "podAntiAffinity": sides})}),
    "spread": optional({"topologySpreadConstraints": st.lists(spreads, min_size=1, max_size=2)}, optional={
        "nodeSelector": few([{"zone": "1"}, {}]), "tolerations": some(tolerations)}),
    "room": optional({}, optional={"initContainers": some(init_containers), "overhead": st.just({"cpu": "10m"})}),
    "all": optional({}, optional={
        "affinity": optional({}, optional={"podAffinity": sides, "podAntiAffinity": sides,
                                           "nodeAffinity": node_affinities}),
        "tolerations": few([[{"operator": "Exists"}], []]), "topologySpreadConstraints": some(spreads)}),
}  # fmt: skip
themes = few(["nodes", "pods", "pods", "pods", "spread", "spread", "room", "all"])
plain = st.just([{"name": "c", "image": "big:1", "resources": {"requests": {"cpu": "100m"}}}])


@st.composite
def pods(draw: Any, name: str, theme: str, node: str = "") -> Obj:
    namespace = draw(few(["one", "one", "one", "two", "three"]))
    metadata = {"name": name, "uid": name, "namespace": namespace, "labels": draw(pod_labels)}
    if node and draw(few([True, False, False, False])):
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    listed = st.lists(containers, min_size=1, max_size=2) if theme in ("room", "all") else plain
    spec = {"containers": draw(listed), **draw(THEMES[theme]), **({"nodeName": node} if node else {})}
    return {"metadata": metadata, "spec": spec}


@st.composite
def clusters(draw: Any, theme: str) -> tuple[list[Obj], list[Obj]]:
    names = [f"n{number}" for number in range(draw(st.integers(1, 5)))]
    marked = theme in ("nodes", "spread", "all")
    nodes = [{
        "metadata": {"name": name, "labels": {**draw(node_labels), **draw(few([{HOSTNAME: name}] * 4 + [{}]))}},
        "spec": {"taints": draw(some(taints, 1)) if marked and draw(st.booleans()) else [],
                 "unschedulable": draw(few([False] * 5 + [marked]))},
        "status": {
            "allocatable": {"pods": draw(few(["1", "5", "5"] if theme == "room" else ["9"])),
                            "memory": draw(few(["4Gi", "9Gi"])),
                            "cpu": draw(few(["2", "8"])), **draw(few([{}, {"example.com/gpu": "2"}]))},
            "images": draw(some(few([{"names": ["big:1"], "sizeBytes": 900 * 1024 * 1024},
                                     {"names": ["small:1"], "sizeBytes": 40 * 1024 * 1024}]), 1)),
        },
    } for name in names]  # fmt: skip
    count = draw(few([0, 1, 3, 5, 7]))
    return nodes, [draw(pods(f"p{number}", theme, draw(few([*names, *names, "gone"])))) for number in range(count)]


@st.composite
def worlds(draw: Any) -> tuple[list[Obj], list[Obj], list[Obj]]:
    """Nodes, pods on them, pods that wait; some of these are alike, as a ReplicaSet's are."""
    theme = draw(themes)
    nodes, placed = draw(clusters(theme))
    kinds = [draw(pods(f"w{number}", theme)) for number in range(draw(st.integers(1, 2)))]
    which = draw(st.lists(st.integers(0, len(kinds) - 1), min_size=1, max_size=4))
    return nodes, placed, [{**kinds[one], "metadata": {**kinds[one]["metadata"], "name": f"w{at}"}}
                           for at, one in enumerate(which)]  # fmt: skip


def cluster_of(nodes: list[Obj], placed: list[Obj]) -> Cluster:
    cluster = Cluster()
    for name, labels in NAMESPACES.items():
        cluster.set_namespace(name, labels)
    for pod in placed:
        cluster.assign(read(pod), pod["spec"]["nodeName"])
    for node in nodes:
        cluster.set_node(facts(node))
    return cluster


@given(worlds(), st.integers(0, 2**32 - 1))
@settings(max_examples=400, deadline=None)
def test_decisions_are_those_of_the_reference(world: Any, seed: int) -> None:
    nodes, placed, waiting = world
    columns = cluster_of(nodes, placed).columns
    counted = [*placed]
    for pod, decision in zip(waiting, schedule([read(pod) for pod in waiting], columns, np.random.default_rng(seed)),
                             strict=True):  # fmt: skip
        reference = Reference(nodes, counted, NAMESPACES)
        names = reference.feasible(pod)
        if decision.refusal is not None:
            assert names == []
            continue
        totals = reference.totals(pod, names)
        assert totals[decision.node] == max(totals.values()), totals
        counted.append({**pod, "spec": {**pod["spec"], "nodeName": decision.node}})


@given(worlds())
@settings(max_examples=400, deadline=None)
def test_filters_refuse_what_the_reference_refuses(world: Any) -> None:
    nodes, placed, (waiting, *_) = world
    columns, demand = cluster_of(nodes, placed).columns, read(waiting).demand
    reference = Reference(nodes, placed, NAMESPACES)
    mask = columns.present.copy()
    for plugin in DEFAULT.filters:
        if plugin.concerns(demand, columns):
            refused = mask & ~plugin.feasible(demand, columns)
            reasons = plugin.explain(demand, columns, refused)
            assert (np.any([*reasons.values()], axis=0) == refused).all()
            mask &= ~refused
    found = sorted(name for name, good in zip(columns.names, mask[: len(columns.names)], strict=True) if good)
    assert found == reference.feasible(waiting)


@given(worlds(), st.integers(0, 2**32 - 1))
@settings(max_examples=200, deadline=None)
def test_what_is_explained_is_what_is_decided(world: Any, seed: int) -> None:
    nodes, placed, (waiting, *_) = world
    cluster, reference = cluster_of(nodes, placed), Reference(nodes, placed, NAMESPACES)
    told = explain(read(waiting), cluster.columns)
    names = reference.feasible(waiting)
    totals = {verdict.node: verdict.total for verdict in told.verdicts if not verdict.filter}
    assert totals == (reference.totals(waiting, names) if names else {})
    weights = [weight for _, weight in told.weights]
    for verdict in told.verdicts:
        assert verdict.total == sum(map(operator.mul, weights, verdict.points))
        assert bool(verdict.reasons) is bool(verdict.filter)
    assert sorted(verdict.node for verdict in told.verdicts) == sorted(node["metadata"]["name"] for node in nodes)
    assert (told.refusal is None) is bool(names)
    best = {verdict.node for verdict in told.verdicts if verdict.best}
    assert best == {name for name in names if totals[name] == max(totals.values())}
    (decision,) = schedule([read(waiting)], cluster.columns, np.random.default_rng(seed))
    assert decision.node in best if names else not decision.node
