"""namespace, serviceaccount, rootca, podgc, nodeipam, servicelb."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Network

import pytest

from services.controller_manager.controllers.namespace import decide as namespace
from services.controller_manager.controllers.nodeipam import decide as nodeipam
from services.controller_manager.controllers.podgc import decide as podgc
from services.controller_manager.controllers.rootca import decide as rootca
from services.controller_manager.controllers.serviceaccount import decide as serviceaccount
from services.controller_manager.controllers.servicelb import decide as servicelb
from services.controller_manager.plans import Create, Delete, Emit, Patch, Plan, Update, UpdateStatus
from services.objects.kinds import CONFIGMAP, POD, SERVICEACCOUNT
from services.objects.meta import Obj
from tests.unit.controller_manager.builders import NOW, ago, node, pod, service


def ns(*, deleting: bool = True, finalizers: tuple[str, ...] = ("kubernetes",)) -> Obj:
    metadata = {"name": "shop", "uid": "u", "resourceVersion": "1"}
    if deleting:
        metadata["deletionTimestamp"] = ago(1)
    return {"metadata": metadata, "spec": {"finalizers": list(finalizers)}, "status": {"phase": "Active"}}


def configmap(**metadata: object) -> Obj:
    return {"metadata": {"name": "c", "namespace": "shop", "uid": "uc", **metadata}, "data": {}}


def emptied(obj: Obj, *content: tuple[object, Obj]) -> Plan:
    return namespace.decide(namespace.Observed(obj, content), NOW)  # type: ignore[arg-type]


def test_pods_leave_a_namespace_first() -> None:
    plan = emptied(ns(), (CONFIGMAP, configmap()), (POD, pod("a")), (POD, pod("b", deleting=True)))
    assert [(step.kind, step.name) for step in plan.changes if isinstance(step, Delete)] == [(POD, "a")]
    assert plan.requeue_after == 5
    plan = emptied(ns(), (CONFIGMAP, configmap()))
    assert [(step.kind, step.uid) for step in plan.changes if isinstance(step, Delete)] == [(CONFIGMAP, "uc")]


def test_what_holds_a_namespace_is_told() -> None:
    held = configmap(deletionTimestamp=ago(1), finalizers=["x/y"])
    plan = emptied(ns(), (CONFIGMAP, held))
    (update,) = plan.changes
    assert isinstance(update, UpdateStatus)
    assert update.obj["status"]["phase"] == "Terminating"
    found = {each["type"]: (each["status"], each["message"]) for each in update.obj["status"]["conditions"]}
    assert found["NamespaceContentRemaining"] == (
        "True", "Some resources are remaining: configmaps has 1 resource instances")
    assert found["NamespaceFinalizersRemaining"] == (
        "True", "Some content in the namespace has finalizers remaining: x/y in 1 resource instances")
    again = emptied({**ns(), "status": update.obj["status"]}, (CONFIGMAP, held))
    assert again.changes == []


def test_an_empty_namespace_goes() -> None:
    (update,) = emptied(ns(finalizers=("kubernetes", "mine"))).changes
    assert isinstance(update, Update)
    assert (update.subresource, update.obj["spec"]["finalizers"]) == ("finalize", ["mine"])


@pytest.mark.parametrize("obj", [ns(deleting=False), ns(finalizers=()), ns(finalizers=("mine",))])
def test_other_namespaces_are_left_alone(obj: Obj) -> None:
    assert not emptied(obj, (CONFIGMAP, configmap())).steps


def test_every_namespace_has_its_account_and_certificates() -> None:
    alive = ns(deleting=False)
    (create,) = serviceaccount.decide(serviceaccount.Observed(alive, None), NOW).steps
    assert isinstance(create, Create)
    assert (create.kind, create.obj["metadata"]) == (SERVICEACCOUNT, {"name": "default", "namespace": "shop"})
    assert not serviceaccount.decide(serviceaccount.Observed(alive, create.obj), NOW).steps
    assert not serviceaccount.decide(serviceaccount.Observed(ns(), None), NOW).steps
    (create,) = rootca.decide(rootca.Observed(alive, None, "PEM"), NOW).steps
    assert isinstance(create, Create)
    assert (create.obj["metadata"]["name"], create.obj["data"]) == ("kube-root-ca.crt", {"ca.crt": "PEM"})
    assert not rootca.decide(rootca.Observed(alive, create.obj, "PEM"), NOW).steps
    (update,) = rootca.decide(rootca.Observed(alive, create.obj, "NEW"), NOW).steps
    assert isinstance(update, Update)
    assert update.obj["data"] == {"ca.crt": "NEW"}
    assert not rootca.decide(rootca.Observed(ns(), None, "PEM"), NOW).steps


def test_pods_of_a_vanished_node_wait_and_go() -> None:
    early = podgc.decide(podgc.Stranded([pod("a")], NOW - timedelta(seconds=10)), NOW)
    assert (early.changes, early.requeue_after) == ([], 30)
    (delete,) = podgc.decide(podgc.Stranded([pod("a", deleting=True)], NOW - podgc.QUARANTINE), NOW).changes
    assert isinstance(delete, Delete)
    assert (delete.name, delete.grace_period) == ("a", 0)
    assert not podgc.decide(podgc.Stranded([], NOW), NOW).steps


def test_only_so_many_ended_pods_are_kept() -> None:
    ended = [pod(f"p{age}", phase="Failed", age=age) for age in (10, 30, 20, 40)]
    pods = [*ended, pod("new", node="", deleting=True), pod("going", deleting=True)]
    plan = podgc.decide(podgc.Ended(pods, 2), NOW)
    assert [step.name for step in plan.changes if isinstance(step, Delete)] == ["new", "p40", "p30"]
    assert len(podgc.decide(podgc.Ended(ended, 0), NOW).changes) == 0


def ranges(*nodes: Obj, cluster: str = "10.244.0.0/16", mask: int = 24) -> dict[str, str]:
    plan = nodeipam.decide(nodeipam.Observed(nodes, IPv4Network(cluster), mask), NOW)
    return {step.name: step.patch["spec"]["podCIDR"] if isinstance(step, Patch) else step.reason  # type: ignore[union-attr]
            for step in plan.steps if not isinstance(step, Emit)}


def test_ranges_are_the_lowest_that_are_free() -> None:
    taken = node("a", podCIDR="10.244.1.0/24", podCIDRs=["10.244.1.0/24"])
    assert ranges(node("c"), taken, node("b")) == {"b": "10.244.0.0/24", "c": "10.244.2.0/24"}
    foreign = node("x", podCIDR="192.168.0.0/24")
    assert ranges(foreign, node("b")) == {"b": "10.244.0.0/24"}
    assert ranges(node("b"), cluster="10.0.0.0/22", mask=23) == {"b": "10.0.0.0/23"}


@pytest.mark.parametrize(
    ("chosen", "given"),
    [
        ("10.244.0.0/23", {"b": "10.244.2.0/24"}),  # larger than a share
        ("10.244.0.128/25", {"b": "10.244.1.0/24"}),  # smaller
        ("10.244.1.0/24", {"b": "10.244.0.0/24"}),
        ("10.244.0.0/14", {}),  # everything
        ("fd00::/64", {"b": "10.244.0.0/24"}),
    ],
)
def test_no_share_overlaps_a_range_that_somebody_chose(chosen: str, given: dict[str, str]) -> None:
    assert ranges(node("x", podCIDR=chosen), node("b")) == given


def test_when_ranges_run_out_the_node_is_told() -> None:
    taken = [node(f"n{number}", podCIDR=f"10.0.{number}.0/24") for number in range(2)]
    plan = nodeipam.decide(nodeipam.Observed([*taken, node("b")], IPv4Network("10.0.0.0/23"), 24), NOW)
    assert [step.reason for step in plan.events] == ["CIDRNotAvailable"]
    assert plan.changes == []


def balanced(obj: Obj, *nodes: Obj, endpoints: list[Obj] | None = None) -> Plan:
    return servicelb.decide(servicelb.Observed(obj, nodes, endpoints or []), NOW)


def addresses(plan: Plan) -> list[str]:
    (update,) = plan.changes
    assert isinstance(update, UpdateStatus)
    return [each["ip"] for each in update.obj["status"]["loadBalancer"].get("ingress", [])]


A, B, C = node("a", address="10.1.0.2"), node("b", address="10.1.0.1"), node("c", ready="False", address="10.1.0.3")


def test_load_balancers_have_the_ready_nodes_addresses() -> None:
    plan = balanced(service(type="LoadBalancer"), A, B, C)
    assert addresses(plan) == ["10.1.0.1", "10.1.0.2"]
    assert [event.reason for event in plan.events] == ["EnsuredLoadBalancer"]
    excluded = node("b", labels={servicelb.EXCLUDED: ""})
    assert addresses(balanced(service(type="LoadBalancer"), A, excluded)) == ["10.1.0.2"]


def test_local_traffic_stays_on_nodes_with_endpoints() -> None:
    local = service(type="LoadBalancer", externalTrafficPolicy="Local")
    assert addresses(balanced(local, A, B, endpoints=[{"nodeName": "b"}])) == ["10.1.0.1"]


def test_load_balancers_come_to_rest_and_are_cleared() -> None:
    first = balanced(service(type="LoadBalancer"), A).changes[0].obj  # type: ignore[union-attr]
    assert not balanced(first, A).steps
    plain = {**first, "spec": {**first["spec"], "type": "ClusterIP"}}
    assert addresses(balanced(plain, A)) == []
    assert not balanced(service(), A).steps
    assert not balanced(service(type="LoadBalancer", loadBalancerClass="other/one"), A).steps


def test_when_no_node_is_ready_what_is_published_stays() -> None:
    first = balanced(service(type="LoadBalancer"), A).changes[0].obj  # type: ignore[union-attr]
    assert not balanced(first, C).steps
