"""Laws of the smaller decisions."""

from __future__ import annotations

from ipaddress import IPv4Network
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.controller_manager import pods as podstate
from services.controller_manager.controllers.endpointslice.decide import CAPACITY, Observed, decide
from services.controller_manager.controllers.nodeipam import decide as nodeipam
from services.controller_manager.plans import Create, Delete, Patch, Update
from services.objects.meta import Obj, name_of
from tests.unit.controller_manager.builders import NOW, node, pod, service

NODES = {"node-a": node()}


def member(number: int, ready: bool, port: int) -> Obj:
    made = pod(f"p{number}", ready=1 if ready else None, ip=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    made["spec"]["containers"][0]["ports"][0]["containerPort"] = port
    return made


worlds = st.lists(
    st.dictionaries(st.integers(1, 400), st.tuples(st.booleans(), st.sampled_from([8080, 9090])), max_size=260),
    min_size=1, max_size=4,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(worlds)
def test_every_pod_is_in_exactly_one_slice_and_peace_follows(states: list[dict[int, tuple[bool, int]]]) -> None:
    slices: dict[str, Obj] = {}
    made = 0
    for state in states:
        pods = [member(number, ready, port) for number, (ready, port) in state.items()]
        for change in decide(Observed(service(), pods, [*slices.values()], NODES), NOW).changes:
            match change:
                case Create(obj=obj):
                    made += 1
                    metadata = {**obj["metadata"], "name": f"s{made}", "uid": f"u{made}", "resourceVersion": "1"}
                    slices[f"s{made}"] = {**obj, "metadata": metadata}
                case Update(obj=obj):
                    slices[name_of(obj)] = obj
                case Delete(name=name):
                    del slices[name]
        found = [(endpoint["targetRef"]["uid"], endpoint["conditions"]["ready"], each["ports"][0]["port"])
                 for each in slices.values() for endpoint in each["endpoints"]]
        assert sorted(found) == sorted((f"uid-p{number}", ready, port) for number, (ready, port) in state.items())
        assert all(len(each["endpoints"]) <= CAPACITY for each in slices.values())
        assert slices
        assert decide(Observed(service(), pods[::-1], [*slices.values()], NODES), NOW).steps == []


pods = st.lists(
    st.builds(
        lambda ready, node, phase, age, restarts: (ready, node, phase, age, restarts),
        st.one_of(st.none(), st.integers(0, 10_000)), st.sampled_from(["", "a", "b"]),
        st.sampled_from(["Pending", "Running", "Unknown"]), st.integers(0, 10_000), st.integers(0, 3),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(pods, st.integers(0, 14), st.integers(0, 1 << 30))
def test_what_is_least_worth_keeping_does_not_depend_on_the_order(
    given: list[tuple[int | None, str, str, int, int]], count: int, seed: int
) -> None:
    made = [pod(f"p{index}", ready=ready, node=on, phase=phase, age=age, restarts=restarts)
            for index, (ready, on, phase, age, restarts) in enumerate(given)]
    chosen = podstate.least_worth_keeping(made, made, count, NOW)
    assert len(chosen) == min(count, len(made))
    shuffled = Random(seed).sample(made, len(made))
    again = podstate.least_worth_keeping(shuffled, shuffled, count, NOW)
    assert {name_of(each) for each in again} == {name_of(each) for each in chosen}
    kept = [each for each in made if each not in chosen]
    if any(not podstate.node_of(each) for each in kept):
        assert all(not podstate.node_of(each) for each in chosen)


@settings(max_examples=200, deadline=None)
@given(st.sets(st.integers(0, 40)), st.sets(st.integers(0, 70), max_size=64))
def test_ranges_never_overlap(fresh: set[int], used: set[int]) -> None:
    cluster = IPv4Network("10.0.0.0/18")
    taken = [node(f"old{number}", podCIDR=f"10.0.{number}.0/24") for number in used]
    nodes = [*taken, *(node(f"new{number}") for number in fresh)]
    plan = nodeipam.decide(nodeipam.Observed(nodes, cluster, 24), NOW)
    ranges = [IPv4Network(step.patch["spec"]["podCIDR"]) for step in plan.changes if isinstance(step, Patch)]
    everything = ranges + [IPv4Network(f"10.0.{number}.0/24") for number in used]
    assert len(set(everything)) == len(everything)
    assert all(each.subnet_of(cluster) for each in ranges)
    free = 64 - sum(number < 64 for number in used)
    assert len(ranges) == min(len(fresh), free)
