"""Random clusters, pods and arguments of plugins: decided as the reference decides with the same arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduler.algorithm import schedule
from services.scheduler.cluster.demand import read
from services.scheduler.configuration import API_VERSION, KIND
from services.scheduler.configuration import read as configured
from services.scheduler.explaining import explain
from tests.property.scheduler.reference import PREFERRED, REQUIRED, Obj
from tests.property.scheduler.reference_profile import Configured
from tests.property.scheduler.test_reference import NAMESPACES, cluster_of, node_terms, worlds

few = st.sampled_from
NAMES = ["cpu", "memory", "example.com/gpu", "ephemeral-storage", "pods"]
resources = st.lists(few(NAMES), min_size=1, max_size=4, unique=True)
weighed = resources.flatmap(lambda found: st.tuples(*(
    st.fixed_dictionaries({"name": st.just(name)}, optional={"weight": st.integers(1, 9)})
    for name in found)).map(list))  # fmt: skip
shapes = st.lists(st.integers(0, 100), min_size=1, max_size=4, unique=True).map(sorted).flatmap(
    lambda found: st.tuples(*(st.fixed_dictionaries({"utilization": st.just(each), "score": st.integers(0, 10)})
                              for each in found)).map(list))  # fmt: skip
strategies = st.one_of(
    st.fixed_dictionaries({"type": few(["LeastAllocated", "MostAllocated"])}, optional={"resources": weighed}),
    st.fixed_dictionaries({"type": st.just("RequestedToCapacityRatio"), "requestedToCapacityRatio":
                           st.fixed_dictionaries({"shape": shapes})}, optional={"resources": weighed}),
)  # fmt: skip
some_node_terms = node_terms.filter(bool)
arguments = st.fixed_dictionaries({}, optional={
    "NodeResourcesFit": st.fixed_dictionaries({}, optional={
        "scoringStrategy": strategies, "ignoredResources": few([["example.com/gpu"], ["cpu"]]),
        "ignoredResourceGroups": few([["example.com"], ["example.org"]])}),
    "NodeResourcesBalancedAllocation": st.fixed_dictionaries({"resources": resources.map(
        lambda found: [{"name": name, "weight": 1} for name in found])}),
    "InterPodAffinity": st.fixed_dictionaries({}, optional={
        "hardPodAffinityWeight": few([0, 1, 50, 100]), "ignorePreferredTermsOfExistingPods": st.booleans()}),
    "NodeAffinity": st.fixed_dictionaries({"addedAffinity": st.fixed_dictionaries({}, optional={
        REQUIRED: st.builds(lambda terms: {"nodeSelectorTerms": terms}, st.lists(some_node_terms, min_size=1)),
        PREFERRED: st.lists(st.builds(lambda weight, term: {"weight": weight, "preference": term}, st.integers(1, 100),
                                      node_terms), min_size=1, max_size=2)})}),
})  # fmt: skip


@given(worlds(), arguments, st.integers(0, 2**32 - 1))
@settings(max_examples=500, deadline=None)
def test_decisions_are_those_of_the_reference(world: Any, args: dict[str, Obj], seed: int) -> None:
    nodes, placed, (waiting, *_) = world
    config = [{"name": name, "args": each} for name, each in args.items()]
    document = {"apiVersion": API_VERSION, "kind": KIND, "profiles": [{"pluginConfig": config}]}
    (profile,) = configured(document, lambda *_: type).profiles
    cluster, reference = cluster_of(nodes, placed), Configured(nodes, placed, NAMESPACES, args)
    told, names = explain(read(waiting), cluster.columns, profile), reference.feasible(waiting)
    totals = reference.totals(waiting, names) if names else {}
    assert {verdict.node: verdict.total for verdict in told.verdicts if not verdict.filter} == totals
    (decision,) = schedule([read(waiting)], cluster.columns, np.random.default_rng(seed), profile)
    assert totals[decision.node] == max(totals.values()) if names else not decision.node
