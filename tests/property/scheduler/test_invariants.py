"""What holds whatever happens: nothing is over-committed, and columns kept change by change equal columns made anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.objects.selectors import from_labels
from services.scheduler.algorithm import schedule
from services.scheduler.cluster.cluster import Cluster
from services.scheduler.cluster.columns import Columns, NodeFacts, Taint
from services.scheduler.cluster.demand import Demand, HostPort, PodInfo, Requirement, Term, Toleration
from services.scheduler.cluster.neighbours import Kin, PodSelector, PodTerm
from services.scheduler.profile import DEFAULT

TAINTS = [Taint(key, "", effect) for key in "xy" for effect in ("NoSchedule", "PreferNoSchedule", "NoExecute")]
resources = st.fixed_dictionaries(
    {"cpu": st.integers(0, 8), "memory": st.integers(0, 8), "pods": st.integers(0, 5)},
    optional={"example.com/gpu": st.integers(0, 2)},
)
labels = st.dictionaries(st.sampled_from(["zone", "disk"]), st.sampled_from("123"), max_size=2)


def node_facts(name: str) -> st.SearchStrategy[NodeFacts]:
    taints = st.lists(st.sampled_from(TAINTS), max_size=2, unique=True).map(lambda found: tuple(sorted(found)))
    return st.builds(NodeFacts, st.just(name), resources, labels, taints, st.booleans())


requests = st.fixed_dictionaries(
    {"pods": st.just(1)},
    optional={"cpu": st.integers(1, 4), "memory": st.integers(1, 4), "example.com/gpu": st.integers(1, 2)},
)
terms = st.builds(
    Term,
    st.tuples(st.builds(Requirement, st.sampled_from(["zone", "disk"]), st.sampled_from(["In", "NotIn"]),
                        st.tuples(st.sampled_from("123")))),
    st.just(()),
)  # fmt: skip
selectors = st.builds(
    PodSelector, st.sampled_from([frozenset("a"), frozenset("ab"), frozenset()]),
    st.sampled_from([from_labels({}), from_labels({"app": "x"})]),
    st.sampled_from([None, from_labels({}), from_labels({"team": "1"})]), st.booleans(),
)  # fmt: skip
pod_terms = st.builds(PodTerm, selectors, st.sampled_from(["zone", "disk"]))
neighbours = st.lists(pod_terms, max_size=1).map(tuple)
demands = st.builds(
    lambda requested, selector, some, tolerations, ports, kin, near, apart, likes: Demand(
        tuple(sorted(requested.items())), (requested.get("cpu", 1), requested.get("memory", 1)),
        tuple(sorted(selector.items())), some, (), tolerations, ports, near=near, apart=apart, likes=likes, kin=kin,
    ),
    requests,
    st.one_of(st.just({}), labels),
    st.one_of(st.none(), st.tuples(terms)),
    st.lists(st.builds(Toleration, st.sampled_from(["x", "y", ""]), st.just("Exists"), st.just(""), st.just("")),
             max_size=1).map(tuple),
    st.lists(st.builds(HostPort, st.sampled_from(["0.0.0.0", "10.0.0.1"]), st.just("TCP"), st.integers(80, 81)),
             max_size=1).map(tuple),
    st.builds(Kin, st.sampled_from("ab"), st.sampled_from([(), (("app", "x"),), (("app", "y"),)]), st.booleans()),
    neighbours, neighbours, neighbours.map(lambda found: tuple((at + 1, term) for at, term in enumerate(found))),
)  # fmt: skip
nodes = st.lists(st.integers(0, 5), unique=True, max_size=6).flatmap(
    lambda numbers: st.tuples(*(node_facts(f"n{number}") for number in numbers))
)
pods = st.lists(demands, max_size=12).map(
    lambda found: [PodInfo("default", str(number), str(number), 0, demand) for number, demand in enumerate(found)]
)


def cluster_of(facts: Any) -> Cluster:
    cluster = Cluster()
    for node in facts:
        cluster.set_node(node)
    return cluster


@given(nodes, pods, st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_nothing_is_over_committed_and_nobody_is_refused_without_need(facts: Any, waiting: Any, seed: int) -> None:
    cluster = cluster_of(facts)
    for decision in schedule(waiting, cluster.columns, np.random.default_rng(seed)):
        columns = cluster.columns
        feasible = columns.present.copy()
        for plugin in DEFAULT.filters:
            feasible &= plugin.feasible(decision.pod.demand, columns)
        if decision.refusal is None:
            assert feasible[columns.names.index(decision.node)]
            cluster.assign(decision.pod, decision.node)
        else:
            assert not feasible.any()
            assert decision.refusal.nodes == len(facts)
            assert sum(decision.refusal.reasons.values()) >= len(facts)
    assert (cluster.columns.free[cluster.columns.present] >= 0).all()
    for users in cluster.columns.ports.values():
        for addresses in users.values():
            assert len(addresses) == 1 or "0.0.0.0" not in addresses
            assert len(set(addresses)) == len(addresses)


def near(columns: Columns, terms: Iterable[PodTerm]) -> Any:
    """By term and node, how many pods are in the node's domain; by kin, which terms of others mean it, and where."""
    def named(counts: Any) -> dict[str, int]:
        return {name: int(number) for name, number in zip(columns.names, counts, strict=False) if name}

    def carriers(kin: Kin) -> Any:
        found = {each: named(columns.per_domain(columns.tallies.carriers(each), each.term.key))
                 for each in columns.tallies.meeting(kin)}  # fmt: skip
        return {each: counts for each, counts in found.items() if any(counts.values())}

    kins = [Kin(namespace, labels) for namespace in "ab" for labels in ((), (("app", "x"),))]
    about = {term: named(columns.per_domain(columns.tally(term.selector), term.key)) for term in terms}
    return about, {kin: carriers(kin) for kin in kins}


class Incremental(RuleBasedStateMachine):
    """Any order of changes leaves the same columns as building them from what is left at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.cluster = Cluster()
        self.nodes: dict[str, NodeFacts] = {}
        self.pods: dict[tuple[str, str], tuple[PodInfo, str]] = {}
        self.namespaces: dict[str, Any] = {}
        self.asked: set[PodTerm] = set()

    @rule(node=st.integers(0, 20).flatmap(lambda number: node_facts(f"n{number}")))
    def set_node(self, node: NodeFacts) -> None:
        self.cluster.set_node(node)
        self.nodes[node.name] = node

    @rule(number=st.integers(0, 20))
    def remove_node(self, number: int) -> None:
        self.cluster.remove_node(f"n{number}")
        self.nodes.pop(f"n{number}", None)

    @rule(name=st.sampled_from("abcdefgh"), demand=demands, node=st.integers(0, 20))
    def assign(self, name: str, demand: Demand, node: int) -> None:
        pod = PodInfo("default", name, name, len(demand.requests), demand)
        self.cluster.assign(pod, f"n{node}")
        self.pods["default", name] = pod, f"n{node}"

    @rule(name=st.sampled_from("abcdefgh"))
    def release(self, name: str) -> None:
        assert self.cluster.release(("default", name)) is (self.pods.pop(("default", name), None) is not None)

    @rule(name=st.sampled_from("ab"), labels=st.sampled_from([None, {}, {"team": "1"}]))
    def set_namespace(self, name: str, labels: Any) -> None:
        self.cluster.set_namespace(name, labels)
        self.namespaces[name] = labels

    @rule(term=pod_terms)
    def ask(self, term: PodTerm) -> None:
        self.asked.add(term)

    @invariant()
    def equals_one_made_anew(self) -> None:
        anew = cluster_of(self.nodes.values())
        for pod, node in self.pods.values():
            anew.assign(pod, node)
        for name, found in self.namespaces.items():
            anew.set_namespace(name, found)
        assert self.cluster.columns.contents() == anew.columns.contents()
        for scratch in (self.cluster.columns, self.cluster.columns.scratch()):
            assert near(scratch, self.asked) == near(anew.columns, self.asked)
        assert len(self.cluster) == len(self.nodes)
        requested = self.cluster.columns.requested
        assert (sum(map(self.cluster.tier, list(self.cluster.tiers)), np.zeros_like(requested)) == requested).all()


Incremental.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestIncremental = Incremental.TestCase
