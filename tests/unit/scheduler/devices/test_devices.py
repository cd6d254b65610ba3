"""Claims of devices: what fits, who gets what, and why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from services.objects.kinds.resource import DEVICECLASS, RESOURCECLAIM, RESOURCESLICE
from services.objects.meta import Obj
from services.scheduler.algorithm import schedule
from services.scheduler.cluster.cluster import Cluster, facts
from services.scheduler.cluster.demand import read
from services.scheduler.cluster.devices import kinds
from services.scheduler.cluster.devices.plan import DevicePlan
from services.scheduler.plugins.devices.dynamic import misplaced

Make = Callable[..., Any]
DRIVER = "gpu.example.com"


def device(name: str, memory: str = "40Gi", **more: Any) -> Obj:
    return {"name": name, "attributes": {"model": {"string": "a100"}, "index": {"int": int(name[-1])}},
            "capacity": {"memory": {"value": memory}}, **more}  # fmt: skip


def part(node: str = "", *devices: Obj, name: str = "", pool: str = "", generation: int = 1, count: int = 1,
         **more: Any) -> Obj:  # fmt: skip
    place = {"nodeName": node} if node else {}
    return {"metadata": {"name": name or f"slice-{node}"}, "spec": {
        "driver": DRIVER, "pool": {"name": pool or node, "generation": generation, "resourceSliceCount": count},
        "devices": [*devices], **place, **more}}  # fmt: skip


def device_class(name: str = "gpu", *selectors: str, config: Any = None) -> Obj:
    spec: Obj = {"selectors": [{"cel": {"expression": each}} for each in selectors]}
    return {"metadata": {"name": name}, "spec": {**spec, **({"config": config} if config else {})}}


def request(name: str = "one", *selectors: str, **more: Any) -> Obj:
    return {"name": name, "exactly": wish(*selectors, **more)}


def wish(*selectors: str, **more: Any) -> Obj:
    chosen = [{"cel": {"expression": each}} for each in selectors]
    return {"deviceClassName": "gpu", "allocationMode": "ExactCount", "count": 1, "selectors": chosen, **more}


def claim(name: str, *requests: Obj, status: Obj | None = None, **spec: Any) -> Obj:
    meta = {"namespace": "default", "name": name, "uid": f"uid-{name}", "resourceVersion": "1"}
    return {"metadata": meta, "spec": {"devices": {"requests": [*requests], **spec}}, "status": status or {}}


def pod(name: str, *claims: str, **more: Any) -> Obj:
    return {"metadata": {"namespace": "default", "name": name, "uid": f"uid-{name}"},
            "spec": {"containers": [{"name": "c"}],
                     "resourceClaims": [{"name": f"c{n}", "resourceClaimName": each} for n, each in enumerate(claims)]},
            **more}  # fmt: skip


def put(cluster: Cluster, *objects: Obj) -> None:
    for each in objects:
        spec = each["spec"]
        kind = RESOURCESLICE if "driver" in spec else RESOURCECLAIM if "devices" in spec else DEVICECLASS
        kinds.changed(cluster.columns.devices, kind, None, each)


def decide(cluster: Cluster, *pods: Obj) -> list[Any]:
    return schedule([read(each) for each in pods], cluster.columns, np.random.default_rng(1))


def results(decision: Any) -> list[list[tuple[str, str]]]:
    """By claim: pool and device."""
    (plan,) = decision.plans
    assert isinstance(plan, DevicePlan)
    return [[(each["pool"], each["device"]) for each in grant.status["devices"]["results"]]
            for grant in plan.grants if grant.status is not None]  # fmt: skip


@pytest.fixture
def two(make_cluster: Make, make_node: Make) -> Cluster:
    """Nodes a and b, b with two devices, and a class."""
    cluster: Cluster = make_cluster(make_node("a"), make_node("b"))
    put(cluster, part("b", device("gpu-0"), device("gpu-1", "80Gi")), device_class())
    return cluster


def test_a_pod_goes_where_a_device_is_free(two: Cluster) -> None:
    put(two, claim("one", request()), claim("two", request()), claim("three", request()))
    first, second, third = decide(two, pod("p", "one"), pod("q", "two"), pod("r", "three"))
    assert [first.node, second.node, third.node] == ["b", "b", ""]
    assert results(first) + results(second) == [[("b", "gpu-0")], [("b", "gpu-1")]]
    assert third.refusal.message == "0/2 nodes are available: 2 cannot allocate all claims."
    assert two.columns.devices.taken((DRIVER, "b")) == frozenset()  # nothing of it is assumed yet


def test_what_is_assumed_counts_until_it_is_seen_or_forgotten(two: Cluster) -> None:
    put(two, claim("one", request(count=2)), claim("two", request()))
    (first,) = decide(two, pod("p", "one"))
    (plan,) = first.plans
    plan.assume(two.columns)
    assert decide(two, pod("q", "two"))[0].node == ""
    before = two.columns.devices.contents()
    (grant,) = plan.grants
    written = claim("one", request(count=2), status={
        "allocation": grant.status, "reservedFor": [{"resource": "pods", "name": "p", "uid": "uid-p"}]})  # fmt: skip
    put(two, written)
    assert two.columns.devices.contents() == before  # it is what it was taken for
    plan.forget(two.columns)
    assert decide(two, pod("q", "two"))[0].node == ""  # forgetting what was seen changes nothing
    put(two, claim("one", request(count=2)))
    assert decide(two, pod("q", "two"))[0].node == "b"
    plan.assume(two.columns)
    plan.forget(two.columns)
    assert decide(two, pod("q", "two"))[0].node == "b"


@pytest.mark.parametrize(("requests", "constraints", "found"), [
    ([request("r", 'device.capacity["gpu.example.com"].memory.compareTo(quantity("50Gi")) > 0')], [], ["gpu-1"]),
    ([request("r", 'device.attributes["gpu.example.com"].model == "h100"')], [], None),
    ([request("r", 'device.attributes["other.example.com"].model == "a100"')], [], "error"),
    ([request("r", count=2)], [], ["gpu-0", "gpu-1"]),
    ([request("r", count=3)], [], None),
    ([request("r", allocationMode="All", count=0)], [], ["gpu-0", "gpu-1"]),
    ([request("r"), request("s")], [], ["gpu-0", "gpu-1"]),
    ([request("r", 'device.attributes["gpu.example.com"].index == 1'), request("s")], [], ["gpu-1", "gpu-0"]),
    ([request("r", capacity={"requests": {"memory": "60Gi"}})], [], ["gpu-1"]),
    # The first of the alternatives that can be had.
    ([{"name": "r", "firstAvailable": [{"name": "many", **wish(count=3)}, {"name": "some", **wish(count=2)}]}], [],
     ["gpu-0", "gpu-1"]),
    ([{"name": "r", "firstAvailable": [{"name": "two", **wish(count=2)}, {"name": "one", **wish()}]}, request("s")], [],
     ["gpu-0", "gpu-1"]),
    # Constraints: the same model is fine, the same index is not to be had.
    ([request("r", count=2)], [{"matchAttribute": "gpu.example.com/model"}], ["gpu-0", "gpu-1"]),
    ([request("r", count=2)], [{"matchAttribute": "gpu.example.com/index"}], None),
    ([request("r", count=2)], [{"distinctAttribute": "gpu.example.com/index"}], ["gpu-0", "gpu-1"]),
    ([request("r", count=2)], [{"distinctAttribute": "gpu.example.com/model"}], None),
    ([request("r"), request("s")], [{"matchAttribute": "gpu.example.com/index", "requests": ["r"]}],
     ["gpu-0", "gpu-1"]),
    ([request("r")], [{"matchAttribute": "gpu.example.com/unknown"}], None),
])  # fmt: skip
def test_requests(requests: list[Obj], constraints: list[Obj], found: Any, two: Cluster) -> None:
    put(two, claim("one", *requests, constraints=constraints))
    (decision,) = decide(two, pod("p", "one"))
    if found == "error":
        assert decision.refusal.message == (
            "0/2 nodes are available: 1 cannot allocate all claims, 1 claim default/one: selector #0: CEL runtime "
            "error: no such key: model.")  # fmt: skip
    elif found is None:
        assert decision.node == ""
    else:
        assert results(decision) == [[("b", name) for name in found]]


def test_alternatives_are_told_by_both_names(two: Cluster) -> None:
    either = [{"name": "many", **wish(count=3)}, {"name": "few", **wish()}]
    put(two, claim("one", {"name": "r", "firstAvailable": either}))
    (plan,) = decide(two, pod("p", "one"))[0].plans
    (result,) = plan.grants[0].status["devices"]["results"]
    assert result == {"request": "r/few", "driver": DRIVER, "pool": "b", "device": "gpu-0"}


def test_who_administers_takes_nothing_from_anybody(two: Cluster) -> None:
    put(two, claim("users", request(count=2)), claim("admin", request(allocationMode="All", count=0, adminAccess=True)))
    users, admin = decide(two, pod("p", "users"), pod("q", "admin"))
    assert results(users) == results(admin) == [[("b", "gpu-0"), ("b", "gpu-1")]]
    (grant,) = admin.plans[0].grants
    assert [each["adminAccess"] for each in grant.status["devices"]["results"]] == [True, True]
    assert grant.allocation.devices == frozenset()


@pytest.mark.parametrize(("taints", "tolerations", "fits"), [
    ([{"key": "k", "effect": "NoSchedule"}], [], False),
    ([{"key": "k", "effect": "NoExecute", "value": "v"}], [{"key": "k", "operator": "Equal", "value": "v"}], True),
    ([{"key": "k", "effect": "NoExecute", "value": "v"}], [{"key": "k", "operator": "Equal", "value": "w"}], False),
    ([{"key": "k", "effect": "NoSchedule"}], [{"operator": "Exists", "effect": "NoSchedule"}], True),
    ([{"key": "k", "effect": "None"}], [], True),
])  # fmt: skip
def test_taints(taints: list[Obj], tolerations: list[Obj], fits: bool, make_cluster: Make, make_node: Make) -> None:
    cluster = make_cluster(make_node("a"))
    put(cluster, part("a", device("gpu-0", taints=taints)), device_class())
    put(cluster, claim("c", request(tolerations=tolerations)))
    (decision,) = decide(cluster, pod("p", "c"))
    assert bool(decision.node) is fits
    if fits and tolerations:
        assert decision.plans[0].grants[0].status["devices"]["results"][0]["tolerations"] == tolerations


def test_devices_that_share_counters(make_cluster: Make, make_node: Make) -> None:
    cluster = make_cluster(make_node("a"))
    half = {"consumesCounters": [{"counterSet": "card", "counters": {"memory": {"value": "20Gi"}}}]}
    whole = {"consumesCounters": [{"counterSet": "card", "counters": {"memory": {"value": "40Gi"}}}]}
    card = {"name": "card", "counters": {"memory": {"value": "40Gi"}}}
    devices = device("whole-0", **whole), device("half-1", **half), device("half-2", **half)
    put(cluster, device_class(), part("a", name="counters", count=2, sharedCounters=[card]))
    put(cluster, part("a", *devices, name="devices", count=2))
    put(cluster, claim("halves", request(count=2)), claim("more", request()))
    first, second = decide(cluster, pod("p", "halves"), pod("q", "more"))
    assert results(first) == [[("a", "half-1"), ("a", "half-2")]]
    assert second.node == ""


def test_a_pool_that_is_being_updated_gives_nothing(make_cluster: Make, make_node: Make) -> None:
    cluster = make_cluster(make_node("a"))
    put(cluster, device_class(), claim("one", request()), claim("all", request(allocationMode="All", count=0)))
    put(cluster, part("a", device("gpu-0"), name="old"))
    assert decide(cluster, pod("p", "one"))[0].node == "a"
    put(cluster, part("a", device("gpu-0"), name="new", generation=2, count=2))
    assert decide(cluster, pod("p", "one"))[0].node == ""
    assert decide(cluster, pod("p", "all"))[0].refusal.message == (
        "0/1 nodes are available: 1 claim default/all, request one: asks for all devices, but resource pool "
        "gpu.example.com/a is currently being updated.")  # fmt: skip
    put(cluster, part("a", device("gpu-1"), name="newer", generation=2, count=2))
    assert results(decide(cluster, pod("p", "all"))[0]) == [[("a", "gpu-0"), ("a", "gpu-1")]]


def test_devices_for_several_nodes(make_cluster: Make, make_node: Make) -> None:
    cluster = make_cluster(make_node("a", labels={"rack": "1"}), make_node("b", labels={"rack": "2"}))
    term = {"matchExpressions": [{"key": "rack", "operator": "In", "values": ["2"]}]}
    put(cluster, device_class(), claim("one", request()), claim("two", request()))
    put(cluster, part("", device("gpu-0"), name="rack", pool="rack", nodeSelector={"nodeSelectorTerms": [term]}))
    first, second = decide(cluster, pod("p", "one"), pod("q", "two"))
    assert (first.node, second.node) == ("b", "")
    assert first.plans[0].grants[0].status["nodeSelector"] == {"nodeSelectorTerms": [term]}
    put(cluster, part("", device("gpu-1", nodeName="a"), device("gpu-2", allNodes=True), name="each", pool="each",
                      perDeviceNodeSelection=True))  # fmt: skip
    put(cluster, claim("own", request("r", 'device.attributes["gpu.example.com"].index == 1')),
        claim("any", request("r", 'device.attributes["gpu.example.com"].index == 2')))  # fmt: skip
    own, anywhere = decide(cluster, pod("r", "own"), pod("s", "any"))
    assert own.node == "a"
    assert own.plans[0].grants[0].status["nodeSelector"] == {"nodeSelectorTerms": [
        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a"]}]}]}  # fmt: skip
    assert "nodeSelector" not in anywhere.plans[0].grants[0].status


def rack(number: int) -> Obj:
    """One device, gpu-NUMBER, for all nodes of that rack."""
    term = {"matchExpressions": [{"key": "rack", "operator": "In", "values": [str(number)]}]}
    return part("", device(f"gpu-{number}"), name=f"rack-{number}", pool=f"rack-{number}",
                nodeSelector={"nodeSelectorTerms": [term]})  # fmt: skip


def test_a_node_that_reaches_other_devices_is_looked_at_again(make_cluster: Make, make_node: Make) -> None:
    """It reaches one free device before and after: what was found out about the one does not hold for the other."""
    cluster = make_cluster(make_node("a", labels={"rack": "1"}))
    put(cluster, device_class(), rack(1), rack(2),
        claim("one", request("r", 'device.attributes["gpu.example.com"].index == 1')))  # fmt: skip
    found = []
    for number in ("1", "2", "1"):
        cluster.set_node(facts(make_node("a", labels={"rack": number})))
        found.append(decide(cluster, pod("p", "one"))[0].node)
    assert found == ["a", "", "a"]


def test_a_claim_that_has_devices_keeps_its_pods_near(two: Cluster) -> None:
    field = {"key": "metadata.name", "operator": "In", "values": ["a"]}
    allocation = {"devices": {"results": [{"request": "one", "driver": DRIVER, "pool": "x", "device": "y"}]},
                  "nodeSelector": {"nodeSelectorTerms": [{"matchFields": [field]}]}}  # fmt: skip
    put(two, claim("shared", request(), status={"allocation": allocation}))
    (decision,) = decide(two, pod("p", "shared"))
    assert decision.node == "a"
    (grant,) = decision.plans[0].grants
    assert (grant.key, grant.status) == (("default", "shared"), None)
    (refused,) = decide(two, {**pod("p", "shared"), "spec": {**pod("p", "shared")["spec"], "nodeName": "b"}})
    assert "1 resourceclaim not available on the node" in refused.refusal.message
    users = [{"resource": "pods", "name": f"u{n}", "uid": f"u{n}"} for n in range(256)]
    put(two, claim("shared", request(), status={"allocation": allocation, "reservedFor": users}))
    assert decide(two, pod("p", "shared"))[0].refusal.objection == "resourceclaim in use"
    assert decide(two, {**pod("p", "shared"), "metadata": {"name": "p", "namespace": "default", "uid": "u7"}})[0].node


@pytest.mark.parametrize(("users", "terms", "promised", "is_misplaced"), [
    ([], True, False, True), (["uid-p"], True, False, True), (["somebody"], True, False, False),
    ([], False, False, False), ([], True, True, False),
])  # fmt: skip
def test_whose_devices_are_in_the_wrong_place(
    users: list[str], terms: bool, promised: bool, is_misplaced: bool, two: Cluster
) -> None:
    field = {"key": "metadata.name", "operator": "In", "values": ["gone"]}
    allocation = {"devices": {"results": []}, **({"nodeSelector": {"nodeSelectorTerms": [{"matchFields": [field]}]}}
                                                 if terms else {})}  # fmt: skip
    put(two, claim("c", request(), status={"allocation": allocation, "reservedFor": [
        {"resource": "pods", "name": uid, "uid": uid} for uid in users]}))  # fmt: skip
    devices = two.columns.devices
    if promised:
        devices.promise(("default", "c"), "uid-c", "uid-q", None)
    found = misplaced(read(pod("p", "c")).demand, devices)
    assert [each.name for each in found] == (["c"] if is_misplaced else [])


def test_what_is_configured(two: Cluster) -> None:
    opaque = {"opaque": {"driver": DRIVER, "parameters": {"a": 1}}}
    put(two, device_class("gpu", config=[opaque]))
    put(two, claim("one", request("r"), request("s"), config=[{"requests": ["s"], **opaque}, opaque]))
    (decision,) = decide(two, pod("p", "one"))
    assert decision.plans[0].grants[0].status["devices"]["config"] == [
        {"source": "FromClass", **opaque}, {"source": "FromClaim", "requests": ["s"], **opaque},
        {"source": "FromClaim", **opaque}]  # fmt: skip


def test_what_is_configured_for_alternatives_is_for_nothing_else(two: Cluster) -> None:
    opaque = {"opaque": {"driver": DRIVER, "parameters": {"a": 1}}}
    either = {"name": "r", "firstAvailable": [{"name": "x", **wish()}, {"name": "y", **wish()}]}
    put(two, claim("one", either, request("s"), config=[{"requests": ["r/x", "r/y"], **opaque}]))
    (decision,) = decide(two, pod("p", "one"))
    assert decision.plans[0].grants[0].status["devices"]["config"] == [
        {"source": "FromClaim", "requests": ["r/x", "r/y"], **opaque}]  # fmt: skip


@pytest.mark.parametrize(("objects", "wrong", "objection"), [
    ([], pod("p", "absent"), 'could not find resource claim "default/absent"'),
    ([claim("c", request(deviceClassName="none"))], pod("p", "c"), "request one: device class none does not exist"),
    ([{**claim("c", request()), "metadata": {**claim("c")["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}}],
     pod("p", "c"), 'resourceclaim "c" is being deleted'),
])  # fmt: skip
def test_objections(objects: list[Obj], wrong: Obj, objection: str, two: Cluster) -> None:
    put(two, *objects)
    (decision,) = decide(two, wrong)
    assert decision.refusal.message == f"0/2 nodes are available: {objection}."


def test_claims_made_from_a_template(two: Cluster) -> None:
    def templated(*statuses: Obj) -> Obj:
        found = pod("p", status={"resourceClaimStatuses": [*statuses]})
        found["spec"]["resourceClaims"] = [{"name": "gpu", "resourceClaimTemplateName": "t"}]
        return found

    assert decide(two, templated())[0].refusal.objection == 'pod "default/p": ResourceClaim not created yet'
    put(two, claim("p-gpu-x", request()))
    assert decide(two, templated({"name": "gpu", "resourceClaimName": "p-gpu-x"}))[0].refusal.objection == (
        "ResourceClaim default/p-gpu-x was not created for pod default/p (pod is not owner)")  # fmt: skip
    owned = claim("p-gpu-x", request())
    owned["metadata"]["ownerReferences"] = [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "uid-p",
                                             "controller": True}]  # fmt: skip
    put(two, owned)
    assert decide(two, templated({"name": "gpu", "resourceClaimName": "p-gpu-x"}))[0].node == "b"
    assert not decide(two, templated({"name": "gpu"}))[0].plans  # it is not needed after all
