"""Devices are given as a plain search over every combination would give them: where it can be done, and rightly."""

from __future__ import annotations

from collections import Counter
from itertools import permutations, product
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.objects.kinds.resource import DEVICECLASS, RESOURCECLAIM, RESOURCESLICE
from services.objects.meta import Obj
from services.scheduler.algorithm import schedule
from services.scheduler.cluster.cluster import Cluster, facts
from services.scheduler.cluster.columns import Columns
from services.scheduler.cluster.demand import read
from services.scheduler.cluster.devices import kinds
from services.scheduler.cluster.devices.facts import Allocation, DeviceClaim, Wish
from services.scheduler.cluster.devices.index import Devices

DRIVER = "d.example.com"
SELECTORS = {"": lambda device: True, "red": lambda device: device["attributes"]["color"]["string"] == "red"}


def expression(selector: str) -> str:
    return f'device.attributes["{DRIVER}"].color == "{selector}"'


@st.composite
def worlds(draw: Any) -> tuple[list[list[Obj]], list[Obj], int]:
    """Devices of each node; claims, each with the devices it has already; how many of a set of counters there are."""
    nodes = [[{"name": f"d{number}", "attributes": {"color": {"string": draw(st.sampled_from(["red", "blue"]))},
                                                   "board": {"int": draw(st.integers(0, 1))}},
               "consumesCounters": [{"counterSet": "c", "counters": {"x": {"value": str(draw(st.integers(0, 2)))}}}]}
              for number in range(draw(st.integers(0, 4)))] for _ in range(draw(st.integers(1, 2)))]  # fmt: skip
    claims = [{"requests": [[(draw(st.sampled_from([*SELECTORS])), draw(st.integers(1, 2)), draw(st.booleans()))
                             for _ in range(draw(st.sampled_from([1, 1, 2])))] for _ in range(draw(st.integers(1, 2)))],
               "together": draw(st.booleans())} for _ in range(draw(st.integers(1, 3)))]  # fmt: skip
    return nodes, claims, draw(st.integers(0, 5))


def wish(selector: str, number: int, all_: bool) -> Obj:
    selectors = [{"cel": {"expression": expression(selector)}}] if selector else []
    mode = {"allocationMode": "All"} if all_ else {"allocationMode": "ExactCount", "count": number}
    return {"deviceClassName": "any", "selectors": selectors, **mode}


def claim_of(number: int, claim: Obj) -> Obj:
    requests = []
    for place, request in enumerate(claim["requests"]):
        either = [{"name": f"s{at}", **wish(*each)} for at, each in enumerate(request)]
        asked = {"firstAvailable": either} if len(request) > 1 else {"exactly": wish(*request[0])}
        requests.append({"name": f"r{place}", **asked})
    constraints = [{"matchAttribute": f"{DRIVER}/board"}] if claim["together"] else []
    return {"metadata": {"namespace": "default", "name": f"c{number}", "uid": f"c{number}"},
            "spec": {"devices": {"requests": requests, "constraints": constraints}}}  # fmt: skip


def cluster_of(nodes: list[list[Obj]], claims: list[Obj], counters: int) -> Cluster:
    cluster = Cluster()
    devices = cluster.columns.devices
    kinds.changed(devices, DEVICECLASS, None, {"metadata": {"name": "any"}, "spec": {}})
    for number, have in enumerate(nodes):
        name = f"n{number}"
        cluster.set_node(facts({"metadata": {"name": name}, "status": {"allocatable": {"pods": "9"}}}))
        kinds.changed(devices, RESOURCESLICE, None, {"metadata": {"name": name}, "spec": {
            "driver": DRIVER, "nodeName": name, "devices": have,
            "sharedCounters": [{"name": "c", "counters": {"x": {"value": str(counters)}}}],
            "pool": {"name": name, "generation": 1, "resourceSliceCount": 1}}})  # fmt: skip
    for number, claim in enumerate(claims):
        kinds.changed(devices, RESOURCECLAIM, None, claim_of(number, claim))
    return cluster


def consumed(devices: list[Obj]) -> int:
    return sum(int(device["consumesCounters"][0]["counters"]["x"]["value"]) for device in devices)


def possible(claim: Obj, have: list[Obj], taken: set[str], counters: int) -> bool:
    """By trying everything."""
    for chosen in product(*claim["requests"]):
        sizes = []
        for selector, number, all_ in chosen:
            meant = [device for device in have if SELECTORS[selector](device)]
            sizes.append(len(meant) if all_ else number)
        if 0 in sizes or sum(sizes) > len(have):
            continue
        if any(fits(chosen, sizes, order, claim, have, taken, counters) for order in permutations(have, sum(sizes))):
            return True
    return False


def fits(
    chosen: Any, sizes: list[int], order: Any, claim: Obj, have: list[Obj], taken: set[str], counters: int
) -> bool:
    used = [device for device in have if device["name"] in taken]
    if any(device["name"] in taken for device in order) or consumed(used) + consumed([*order]) > counters:
        return False
    if claim["together"] and len({device["attributes"]["board"]["int"] for device in order}) > 1:
        return False
    start = 0
    for (selector, _, all_), size in zip(chosen, sizes, strict=True):
        mine = order[start : start + size]
        start += size
        if not all(SELECTORS[selector](device) for device in mine):
            return False
        if all_ and len(mine) != sum(map(SELECTORS[selector], have)):
            return False
    return True


@given(worlds(), st.integers(0, 2**32 - 1))
@settings(max_examples=300, deadline=None)
def test_devices_are_given_where_and_only_where_that_is_possible(world: Any, seed: int) -> None:
    nodes, claims, counters = world
    columns: Columns = cluster_of(nodes, claims, counters).columns
    pods = [{"metadata": {"namespace": "default", "name": f"p{number}", "uid": f"p{number}"}, "spec": {
        "containers": [], "resourceClaims": [{"name": "c", "resourceClaimName": f"c{number}"}]}}
        for number in range(len(claims))]  # fmt: skip
    decisions = schedule([read(pod) for pod in pods], columns, np.random.default_rng(seed))
    taken: dict[str, set[str]] = {f"n{number}": set() for number in range(len(nodes))}
    for claim, decision in zip(claims, decisions, strict=True):
        able = [name for name, have in zip(taken, nodes, strict=True) if possible(claim, have, taken[name], counters)]
        if not decision.node:
            assert able == []
            continue
        assert decision.node in able
        (grant,) = decision.plans[0].grants
        given_ = [each["device"] for each in grant.status["devices"]["results"]]
        assert {each["pool"] for each in grant.status["devices"]["results"]} == {decision.node}
        assert not taken[decision.node].intersection(given_)
        assert max(Counter(given_).values()) == 1
        have = {device["name"]: device for device in nodes[int(decision.node[1:])]}
        if claim["together"]:
            assert len({have[name]["attributes"]["board"]["int"] for name in given_}) == 1
        taken[decision.node].update(given_)


keys = st.sampled_from([("default", "a"), ("default", "b")])
allocations = st.sampled_from([None, *(Allocation(frozenset({(DRIVER, "p", name)})) for name in "xy")])
pods_of = st.sampled_from(["p", "q"])
steps = st.lists(st.one_of(
    st.tuples(st.just("see"), keys, st.sampled_from(["1", "2", ""]), allocations, st.frozensets(pods_of)),
    st.tuples(st.just("promise"), keys, st.sampled_from(["1", "2"]), pods_of, allocations),
    st.tuples(st.just("withdraw"), keys, st.sampled_from(["1", "2"]), pods_of),
), max_size=12)  # fmt: skip


@given(steps, st.integers(0, 12))
@settings(max_examples=300, deadline=None)
def test_what_is_taken_is_what_claims_have(steps: list[Any], cut: int) -> None:
    """Whatever is seen and promised in whatever order; and a scratch changes nothing behind it."""
    devices, seen = Devices(), {}
    for number, (what, key, uid, *more) in enumerate(steps):
        if number == cut:
            before, devices = devices.contents(), (original := devices).scratch()
        if what == "see":
            if number >= cut:
                continue  # only the original hears of what happens
            claim = DeviceClaim(*key, uid, Wish((), ()), allocation=more[0], reserved=more[1]) if uid else None
            seen[key] = claim
            devices.set_claim(key, claim)
        elif what == "promise":
            devices.promise(key, uid, *more)
        else:
            devices.withdraw(key, uid, *more)
        taken = {device[2] for each in seen for claim in [devices.claim(each)] if claim and claim.allocation
                 for device in claim.allocation.devices}  # fmt: skip
        assert devices.taken((DRIVER, "p")) == taken
    if cut < len(steps):
        assert original.contents() == before
