"""Random clusters in which a more important pod finds no place.

Cleared is what the reference would clear, or a node that is as good; whoever goes must go, and then the pod fits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduler.algorithm import Claims, schedule
from services.scheduler.cluster.demand import read
from services.scheduler.preemption import Preemptor, budget_of
from tests.property.scheduler.reference import HOSTNAME, REQUIRED, Obj, Reference
from tests.property.scheduler.test_reference import NAMESPACES, cluster_of

few = st.sampled_from
apart = {"podAntiAffinity": {REQUIRED: [{"topologyKey": HOSTNAME, "labelSelector": {"matchLabels": {"app": "x"}}}]}}


@st.composite
def pods(draw: Any, name: str, node: str = "") -> Obj:
    requests = {"cpu": draw(few(["500m", "1", "2"])), "memory": draw(few(["100Mi", "1Gi"]))}
    container: Obj = {"name": "c", "image": "i", "resources": {"requests": requests}}
    if draw(few([False, False, True])):
        container["ports"] = [{"hostPort": 80}]
    metadata = {"name": name, "uid": name, "namespace": draw(few(["one", "two"])),
                "labels": draw(few([{}, {"app": "x"}, {"app": "y"}])),
                "creationTimestamp": f"2026-01-0{draw(few('1234'))}T00:00:00Z"}  # fmt: skip
    if node and draw(few([False] * 5 + [True])):
        metadata["deletionTimestamp"] = "2026-01-05T00:00:00Z"
    spec = {"containers": [container], "priority": draw(few([0, 0, 5, 7] if node else [6, 10])),
            **draw(few([{}, {}, {"affinity": apart}])), **({"nodeName": node} if node else {})}  # fmt: skip
    return {"metadata": metadata, "spec": spec}


@st.composite
def clusters(draw: Any) -> tuple[list[Obj], list[Obj]]:
    names = [f"n{number}" for number in range(draw(st.integers(1, 4)))]
    nodes = [{
        "metadata": {"name": name, "labels": {HOSTNAME: name}},
        "spec": {"unschedulable": draw(few([False] * 6 + [True]))},
        "status": {"allocatable": {"pods": draw(few(["3", "9"])), "memory": "4Gi", "cpu": draw(few(["2", "3"]))}},
    } for name in names]  # fmt: skip
    return nodes, [draw(pods(f"p{number}", draw(few(names)))) for number in range(draw(few([1, 4, 7, 9])))]


@st.composite
def budgets(draw: Any) -> list[Obj]:
    return [{"metadata": {"name": f"b{number}", "namespace": draw(few(["one", "two"]))},
             "spec": {"selector": draw(few([{"matchLabels": {"app": "x"}}, {"matchLabels": {"app": "y"}}]))},
             "status": {"disruptionsAllowed": draw(st.integers(0, 2))}}
            for number in range(draw(st.integers(0, 2)))]  # fmt: skip


@given(clusters(), pods("w"), budgets())
@settings(max_examples=400, deadline=None)
def test_cleared_is_what_the_reference_would_clear(cluster: Any, waiting: Obj, limits: list[Obj]) -> None:
    nodes, placed = cluster
    reference = Reference(nodes, placed, NAMESPACES)
    if reference.feasible(waiting):
        return
    found = Preemptor(cluster_of(nodes, placed), [budget_of(each) for each in limits]).preempt(read(waiting))
    possible = {node["metadata"]["name"]: reference.preemption(waiting, node, limits) for node in nodes}
    choices = {name: choice for name, choice in possible.items() if choice is not None}
    if found is None:
        assert choices == {}
        return
    badness, victims = choices[found.node]
    assert badness == min(choice[0] for choice in choices.values())
    assert sorted(victim.name for victim in found.victims) == victims


@given(clusters(), st.lists(st.integers(0, 9).flatmap(lambda number: pods(f"w{number}")), min_size=1, max_size=4,
                            unique_by=lambda pod: pod["metadata"]["name"]))  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_a_round_ends_with_every_pod_on_the_node_that_was_cleared_for_it(cluster: Any, waiting: list[Obj]) -> None:
    nodes, placed = cluster
    view = cluster_of(nodes, placed)
    before = np.minimum(view.columns.free, 0)  # what was overdrawn from the start
    rng = np.random.default_rng(1)
    waiting = sorted(waiting, key=lambda pod: -pod["spec"]["priority"])
    refused = [decision.pod for decision in schedule([read(pod) for pod in waiting], view.columns, rng)
               if decision.refusal is not None]  # fmt: skip
    preemptor = Preemptor(view)
    made = [found for pod in refused if (found := preemptor.preempt(pod)) is not None]
    gone = {victim.key for found in made for victim in found.victims}
    for key in gone:
        assert view.release(key)
    for pod in placed:
        if pod["metadata"].get("deletionTimestamp"):
            view.release((pod["metadata"]["namespace"], pod["metadata"]["name"]))
    for found in made:
        view.claim(found.pod, found.node)
    again = schedule([found.pod for found in made], view.columns, rng, claims=Claims(view))
    assert [decision.node for decision in again] == [found.node for found in made]
    for decision in again:
        view.unclaim(decision.pod.key)
        view.assign(decision.pod, decision.node)
    assert (view.columns.free >= before).all()


class _First:
    """Chooses the first of what is equally good."""

    def integers(self, low: int, high: int) -> int:
        return low

    def permutation(self, x: Any) -> Any:
        return x


@given(clusters(), st.lists(pods("w"), min_size=1, max_size=2),
       st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5)), min_size=2, max_size=6))  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_claims_that_are_decided_about_together_end_as_one_after_the_other(
    cluster: Any, templates: list[Obj], waiting: list[tuple[int, int]]
) -> None:
    nodes, placed = cluster
    together, single = cluster_of(nodes, placed), cluster_of(nodes, placed)
    pods_ = []
    for number, (template, place) in enumerate(waiting):
        made = templates[template % len(templates)]
        pod = read({**made, "metadata": {**made["metadata"], "name": f"w{number}"}})
        pods_.append(pod)
        if place < len(nodes):
            for view in (together, single):
                view.claim(pod, nodes[place]["metadata"]["name"])
    pods_.sort(key=lambda pod: -pod.priority)
    expected = []
    for pod in pods_:
        (decision,) = schedule([pod], single.columns, _First(), claims=Claims(single))
        expected.append((pod.name, decision.node))
        if decision.node:
            single.unclaim(pod.key)
            single.assign(pod, decision.node)
    decisions = schedule(pods_, together.columns, _First(), claims=Claims(together))
    assert [(decision.pod.name, decision.node) for decision in decisions] == expected
