"""Gangs in random clusters: whole or not at all, and without a trace when it is not at all."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.objects.meta import Obj
from services.scheduler.algorithm import schedule
from services.scheduler.cluster.cluster import Cluster, facts
from services.scheduler.cluster.demand import read
from services.scheduler.cluster.gangs import MINIMUM, NAME, units

APART = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
    {"labelSelector": {"matchLabels": {"apart": "yes"}}, "topologyKey": "kubernetes.io/hostname"}]}}  # fmt: skip


def pod(name: str, gang: str, minimum: int, cpu: int, apart: bool, port: bool) -> Obj:
    labels = {**({NAME: gang, MINIMUM: str(minimum)} if gang else {}), **({"apart": "yes"} if apart else {})}
    container = {"name": "c", "resources": {"requests": {"cpu": str(cpu)}},
                 "ports": [{"containerPort": 1, "hostPort": 1}] if port else []}  # fmt: skip
    return {"metadata": {"name": name, "namespace": "default", "uid": name, "labels": labels},
            "spec": {"containers": [container], **({"affinity": APART} if apart else {})}}  # fmt: skip


@st.composite
def worlds(draw: Any) -> tuple[list[int], list[Obj]]:
    """CPUs of the nodes; pods of a few shapes, those of a gang together."""
    seldom = st.integers(0, 3).map(lambda chance: chance == 0)
    shape = st.tuples(st.integers(1, 4), seldom, seldom)
    shapes = st.sampled_from(draw(st.lists(shape, min_size=1, max_size=3)))
    pods: list[Obj] = []
    for unit in range(draw(st.integers(1, 6))):
        gang = draw(st.booleans())
        minimum = draw(st.integers(1, 4))
        for number in range(draw(st.integers(1, 4))):
            pods.append(pod(f"p{unit}-{number}", f"g{unit}" if gang else "", minimum, *draw(shapes)))
    return draw(st.lists(st.sampled_from((2, 3)), min_size=1, max_size=6)), pods


def cluster_of(sizes: list[int]) -> Cluster:
    cluster = Cluster()
    for number, size in enumerate(sizes):
        name = f"n{number}"
        cluster.set_node(facts({"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
                                "status": {"allocatable": {"cpu": str(size), "pods": "9"}}}))  # fmt: skip
    return cluster


@given(worlds(), st.integers(0, 2**32 - 1))
@settings(max_examples=400, deadline=None)
def test_gangs_are_placed_whole_or_not_at_all(world: Any, seed: int) -> None:
    sizes, pods = world
    cluster = cluster_of(sizes)
    infos = [read(each) for each in pods]
    decisions = schedule(infos, cluster.columns, np.random.default_rng(seed), members=cluster.members)
    found = Counter(decision.pod.gang_key for decision in decisions if decision.node)
    for decision in decisions:
        gang = decision.pod.gang
        if gang is not None:
            assert found[decision.pod.gang_key] == 0 or found[decision.pod.gang_key] >= gang.minimum
    for decision in decisions:
        if decision.node:
            cluster.assign(decision.pod, decision.node)
    assert (cluster.columns.free[: len(sizes)] >= 0).all()
    assert sum(map(len, cluster.columns.ports.values())) == sum(
        len(decision.pod.demand.ports) for decision in decisions if decision.node)  # fmt: skip


@given(worlds(), st.integers(0, 2**32 - 1))
@settings(max_examples=400, deadline=None)
def test_a_gang_that_is_not_placed_leaves_no_trace(world: Any, seed: int) -> None:
    """Those behind it are decided about as if it had never been there."""
    sizes, pods = world
    cluster = cluster_of(sizes)
    infos = [read(each) for each in pods]
    decisions = schedule(infos, cluster.columns, np.random.default_rng(seed), members=cluster.members)
    placed = {decision.pod.key for decision in decisions if decision.node}
    whole = [pod for unit in units(infos) for pod in unit if unit[0].gang is None or unit[0].gang_key in {
        decision.pod.gang_key for decision in decisions if decision.node}]  # fmt: skip
    again = schedule(whole, cluster.columns, _Lowest(), members=cluster.members)
    first = schedule(infos, cluster.columns, _Lowest(), members=cluster.members)
    if {decision.pod.key for decision in first if decision.node} == placed:
        kept = {pod.key for pod in whole}
        assert [(each.pod.key, each.node) for each in first if each.pod.key in kept] == [
            (each.pod.key, each.node) for each in again]  # fmt: skip


class _Lowest:
    """No chance: the first of equals."""

    def integers(self, low: int, high: int) -> int:
        return low

    def permutation(self, x: Any) -> Any:
        return x
