"""Random clusters with storage: decided as the reference decides, and what must hold whatever happens."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.scheduler.algorithm import schedule
from services.scheduler.cluster.cluster import Cluster, facts
from services.scheduler.cluster.demand import read
from services.scheduler.cluster.storagekinds import changed
from services.scheduler.cluster.volumeplan import VolumePlan
from tests.property.scheduler.reference import HOSTNAME, Obj, Reference
from tests.property.scheduler.reference_volumes import Storage
from tests.unit.scheduler.storage import (
    DRIVER,
    KINDS,
    attachment,
    capacity,
    claim,
    csinode,
    one_of,
    stock,
    storage_class,
    using,
    volume,
)

ZONE, OLD_ZONE = "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"
NODES = ["n0", "n1", "n2", "n3"]
CLAIMS = ["c0", "c1", "c2", "c3", "w0-own", "x0-own"]
VOLUMES = ["v0", "v1", "v2", "v3", "v4"]
few = st.sampled_from


def named(obj: Obj) -> str:
    return str(obj["metadata"]["name"])


def most(names: list[str]) -> Any:
    """Hardly any pod would have a place if more than one were missing."""
    return few([*([names] * 4), *([each for each in names if each != left] for left in names)])


sizes = few(["1Gi", "1500Mi", "2Gi", "5000M"])
modes = few([("ReadWriteOnce",), ("ReadWriteOnce",), ("ReadWriteOncePod",), ("ReadOnlyMany", "ReadWriteOnce")])
affinities = few([None, None, *(one_of(HOSTNAME, node) for node in NODES), one_of(ZONE, "1"), one_of(ZONE, "2", "3"),
                  {"required": {"nodeSelectorTerms": [
                      {"matchExpressions": [{"key": ZONE, "operator": "Exists"},
                                            {"key": HOSTNAME, "operator": "NotIn", "values": ["n1"]}]},
                      {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}]}}])  # fmt: skip


@st.composite
def volumes(draw: Any, name: str) -> Obj:
    found = volume(name, draw(sizes), draw(few(["local", "local", "fast"])), modes=draw(modes),
                   phase=draw(few(["Available"] * 4 + ["Released"])), handle=draw(few(["", f"h-{name}"])),
                   labels=draw(few([{}, {}, {"disk": "ssd"}, {ZONE: "1"}, {OLD_ZONE: "2__3"}])),
                   claim=draw(few([None, None, None, None, *(claim(each) for each in CLAIMS)])))  # fmt: skip
    affinity = draw(affinities)
    if affinity is not None:
        found["spec"]["nodeAffinity"] = affinity
    if draw(few([False] * 6 + [True])):
        found["spec"]["volumeMode"] = "Block"
    return found


@st.composite
def claims(draw: Any, name: str) -> Obj:
    owner = f"uid-{name.removesuffix('-own')}" if name.endswith("-own") and draw(few([True, True, False])) else ""
    state = draw(few(["unbound"] * 16 + ["bound"] * 6 + ["half", "lost"]))
    found = claim(name, draw(sizes), draw(few(["local", "local", "fast", "fast", "now"])), modes=draw(modes),
                  owner=owner, volume="" if state == "unbound" else draw(few(VOLUMES)), bound=state == "bound",
                  phase="Lost" if state == "lost" else "", selected=draw(few([""] * 6 + ["n0", "n9"])))  # fmt: skip
    if draw(few([False] * 5 + [True])):
        found["spec"]["selector"] = {"matchLabels": {"disk": "ssd"}}
    return found


classes = st.builds(
    lambda topologies: [storage_class(), storage_class("now", DRIVER, "Immediate"),
                        storage_class("fast", DRIVER, **({"allowedTopologies": topologies} if topologies else {}))],
    few([None, None, [{"matchLabelExpressions": [{"key": ZONE, "values": ["1", "2"]}]}],
         [{"matchLabelExpressions": [{"key": HOSTNAME, "values": ["n0"]}]},
          {"matchLabelExpressions": [{"key": "disk", "values": ["ssd"]}, {"key": ZONE, "values": ["3"]}]}]]),
)  # fmt: skip
topologies = few([None, {}, {"matchLabels": {HOSTNAME: "n1"}}, {"matchLabels": {ZONE: "1"}},
                  {"matchExpressions": [{"key": ZONE, "operator": "NotIn", "values": ["1"]}]}])  # fmt: skip
capacities = st.lists(
    st.builds(lambda name, size, topology, more: capacity(name, "fast", size, topology, **more),
              few(["k0", "k1", "k2"]), sizes, topologies, few([{}, {}, {"maximumVolumeSize": "1Gi"}])),
    max_size=3, unique_by=named)  # fmt: skip
attachments = st.lists(st.builds(attachment, few(["a0", "a1"]), few(NODES), few(VOLUMES)), max_size=2, unique_by=named)
csinodes = st.lists(st.builds(lambda name, count: csinode(name, **{DRIVER.replace(".", "_"): count}), few(NODES),
                              st.integers(0, 3)), max_size=3, unique_by=named)  # fmt: skip
drivers = few([[], [], [{"metadata": {"name": DRIVER}, "spec": {"storageCapacity": True}}]])
stocks = st.fixed_dictionaries({
    "volumes": most(VOLUMES).flatmap(lambda names: st.tuples(*map(volumes, names)).map(list)),
    "claims": most(CLAIMS).flatmap(lambda names: st.tuples(*map(claims, names)).map(list)),
    "classes": classes, "csinodes": csinodes, "attachments": attachments, "drivers": drivers, "capacities": capacities,
})  # fmt: skip
disks = few([{"gcePersistentDisk": {"pdName": "d"}}, {"gcePersistentDisk": {"pdName": "d", "readOnly": True}},
             {"awsElasticBlockStore": {"volumeID": "d"}}])  # fmt: skip


@st.composite
def pods(draw: Any, name: str, node: str = "") -> Obj:
    found = using(*draw(st.lists(few(CLAIMS[:4]), min_size=1, max_size=2, unique=True)))
    if name in ("w0", "x0") and draw(few([False] * 3 + [True])):
        found.append({"name": "own", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}})
    if draw(few([False] * 5 + [True])):
        found.append({"name": "disk", **draw(disks)})
    spec: Obj = {"containers": [{"name": "c", "image": "i"}], "volumes": found}
    return {"metadata": {"namespace": "default", "name": name, "uid": f"uid-{name}", "labels": {}},
            "spec": {**spec, **({"nodeName": node} if node else {})}}  # fmt: skip


@st.composite
def nodes(draw: Any, name: str) -> Obj:
    zone = draw(few([{}, {ZONE: "1"}, {ZONE: "2"}, {ZONE: "3"}, {OLD_ZONE: "2"}]))
    return {"metadata": {"name": name, "labels": {HOSTNAME: name, **zone, **draw(few([{}, {"disk": "ssd"}]))}},
            "spec": {}, "status": {"allocatable": {"pods": "4", "cpu": "4", "memory": "4Gi"}}}  # fmt: skip


@st.composite
def worlds(draw: Any) -> tuple[list[Obj], list[Obj], list[Obj], dict[str, list[Obj]]]:
    names = NODES[: draw(st.integers(1, 4))]
    found = [draw(nodes(name)) for name in names]
    placed = [draw(pods(f"x{number}", draw(few(names)))) for number in range(draw(st.integers(0, 3)))]
    waiting = [draw(pods(f"w{number}")) for number in range(draw(st.integers(1, 4)))]
    return found, placed, waiting, draw(stocks)


class Judge(Reference):
    """The reference, with volumes."""

    def __init__(self, nodes: list[Obj], pods: list[Obj], storage: Storage) -> None:
        super().__init__(nodes, pods, {"default": {}})
        self.storage = storage

    def refusal(self, pod: Obj, node: Obj) -> str | None:
        return super().refusal(pod, node) or self.storage.refuses(pod, node, self.on(node), self.pods)


def cluster_of(found: list[Obj], placed: list[Obj], stored: dict[str, list[Obj]]) -> Cluster:
    cluster = Cluster()
    for node in found[::2]:
        cluster.set_node(facts(node))
    for pod in placed:
        cluster.assign(read(pod), pod["spec"]["nodeName"])
    stock(cluster, **stored)
    for node in found[1::2]:
        cluster.set_node(facts(node))
    return cluster


@given(worlds(), st.integers(0, 2**32 - 1))
@settings(max_examples=500, deadline=None)
def test_decisions_are_those_of_the_reference(world: Any, seed: int) -> None:
    found, placed, waiting, stored = world
    cluster, storage, counted = cluster_of(found, placed, stored), Storage(**stored), [*placed]
    before = cluster.columns.contents()
    given: dict[str, str] = {}
    for pod, decision in zip(waiting, schedule([read(pod) for pod in waiting], cluster.columns,
                                               np.random.default_rng(seed)), strict=True):  # fmt: skip
        judge = Judge(found, counted, storage)
        names = judge.feasible(pod)
        if decision.refusal is not None:
            assert names == [], decision.refusal.message
            assert bool(decision.refusal.objection) == storage.waits(pod)
            continue
        totals = judge.totals(pod, names)
        assert totals[decision.node] == max(totals.values()), totals
        node = next(each for each in found if each["metadata"]["name"] == decision.node)
        bindings: list[tuple[str, str]] = []
        made: list[str] = []
        for plan in decision.plans:
            assert isinstance(plan, VolumePlan)
            bindings += [(name, each.name) for name, each in plan.bindings]
            made += [each.name for each in plan.provisions]
        assert (bindings, made) == storage.plan(pod, node)
        for name, of in bindings:
            assert given.setdefault(name, of) == of
        hanging = storage.hanging(node, judge.on(node))
        more = {one for one in storage.handles(pod) - hanging if one[0] == DRIVER}
        limit = next((each["spec"]["drivers"][0]["allocatable"]["count"] for each in stored["csinodes"]
                      if each["metadata"]["name"] == decision.node), len(hanging) + len(more))  # fmt: skip
        assert not more or sum(one[0] == DRIVER for one in hanging) + len(more) <= limit
        storage.take(pod, node)
        counted.append({**pod, "spec": {**pod["spec"], "nodeName": decision.node}})
    assert cluster.columns.contents() == before


class Incremental(RuleBasedStateMachine):
    """Any order of what is seen, of pods, nodes and storage, leaves what seeing only the latest of each would."""

    def __init__(self) -> None:
        super().__init__()
        self.cluster = Cluster()
        self.nodes: dict[str, Obj] = {}
        self.pods: dict[str, Obj] = {}
        self.stored: dict[str, dict[str, Obj]] = {kind: {} for kind in KINDS}

    @rule(node=few(NODES).flatmap(nodes))
    def set_node(self, node: Obj) -> None:
        self.nodes[node["metadata"]["name"]] = node
        self.cluster.set_node(facts(node))

    @rule(name=few(NODES))
    def remove_node(self, name: str) -> None:
        self.nodes.pop(name, None)
        self.cluster.remove_node(name)

    @rule(pod=st.tuples(few(["x0", "x1", "x2"]), few(NODES)).flatmap(lambda both: pods(*both)))
    def assign(self, pod: Obj) -> None:
        self.pods[pod["metadata"]["name"]] = pod
        self.cluster.assign(read(pod), pod["spec"]["nodeName"])

    @rule(name=few(["x0", "x1", "x2"]))
    def release(self, name: str) -> None:
        self.pods.pop(name, None)
        self.cluster.release(("default", name))

    @rule(kind=few(["volumes", "claims", "classes", "csinodes", "attachments", "drivers", "capacities"]), all_=stocks)
    def see(self, kind: str, all_: dict[str, list[Obj]]) -> None:
        for each in all_[kind]:
            name = each["metadata"]["name"]
            changed(self.cluster.columns.volumes, KINDS[kind], self.stored[kind].get(name), each)
            self.stored[kind][name] = each

    @rule(kind=few(list(KINDS)), number=st.integers(0, 5))
    def lose(self, kind: str, number: int) -> None:
        for name in [*self.stored[kind]][number : number + 1]:
            changed(self.cluster.columns.volumes, KINDS[kind], self.stored[kind].pop(name), None)

    @invariant()
    def equals_one_made_anew(self) -> None:
        anew = cluster_of([*self.nodes.values()], [*self.pods.values()],
                          {kind: [*objects.values()] for kind, objects in self.stored.items()})  # fmt: skip
        assert self.cluster.columns.contents() == anew.columns.contents()
        mine, fresh = self.cluster.columns.volumes, anew.columns.volumes
        for table in ("claims", "volumes", "by_class", "classes", "capacities", "measured", "_reserved", "_claims_of"):
            assert getattr(mine, table) == getattr(fresh, table), table
        assert {handle: len(rows) for handle, rows in mine.attached.where.items()} == {
            handle: len(rows) for handle, rows in fresh.attached.where.items()}  # fmt: skip


Incremental.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestIncremental = Incremental.TestCase
