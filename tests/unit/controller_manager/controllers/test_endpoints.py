from __future__ import annotations

import pytest

from services.controller_manager.controllers.endpoints import decide as endpoints
from services.controller_manager.controllers.endpointslice import decide as endpointslice
from services.controller_manager.endpoints import affected, resolve
from services.controller_manager.plans import Create, Delete, Plan, Update
from services.objects.meta import Obj, key_of
from tests.unit.controller_manager.builders import NOW, ago, node, pod, service

NODES = {"node-a": node(labels={"topology.kubernetes.io/zone": "here"})}


def sliced(obj: Obj, pods: list[Obj], slices: list[Obj] | None = None) -> Plan:
    return endpointslice.decide(endpointslice.Observed(obj, pods, slices or [], NODES), NOW)


def listed(obj: Obj | None, pods: list[Obj], current: Obj | None = None) -> Plan:
    return endpoints.decide(endpoints.Observed(obj, current, pods), NOW)


def stored(obj: Obj, name: str) -> Obj:
    """A slice or Endpoints as it comes back from the apiserver."""
    metadata = {**obj["metadata"], "name": name, "uid": f"uid-{name}", "resourceVersion": "1"}
    return {**obj, "metadata": metadata}


@pytest.mark.parametrize(
    ("member", "conditions"),
    [
        (pod("a"), {"ready": True, "serving": True, "terminating": False}),
        (pod("a", ready=None), {"ready": False, "serving": False, "terminating": False}),
        (pod("a", deleting=True), {"ready": False, "serving": True, "terminating": True}),
        (pod("a", deleting=True, ready=None), {"ready": False, "serving": False, "terminating": True}),
        (pod("a", ip=""), None),
        (pod("a", phase="Failed"), None),
        (pod("a", phase="Succeeded"), None),
        (pod("a", labels={"app": "other"}), None),
        (pod("a", node="gone"), None),
    ],
)
def test_conditions_of_endpoints(member: Obj, conditions: Obj | None) -> None:
    (create,) = sliced(service(), [member]).steps
    assert isinstance(create, Create)
    assert [each["conditions"] for each in create.obj["endpoints"]] == ([conditions] if conditions else [])


def test_a_slice_in_full() -> None:
    obj = service()
    obj["metadata"]["labels"] = {"team": "x", "kubernetes.io/service-name": "forged"}
    (create,) = sliced(obj, [pod("a")]).steps
    assert isinstance(create, Create)
    assert create.obj == {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {
            "generateName": "web-", "namespace": "default",
            "labels": {"team": "x", "kubernetes.io/service-name": "web",
                       "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"},
            "ownerReferences": [{"apiVersion": "v1", "kind": "Service", "name": "web", "uid": "uid-service",
                                 "controller": True, "blockOwnerDeletion": True}],
        },
        "addressType": "IPv4",
        "endpoints": [{
            "addresses": ["10.0.0.1"], "conditions": {"ready": True, "serving": True, "terminating": False},
            "targetRef": {"kind": "Pod", "namespace": "default", "name": "a", "uid": "uid-a"},
            "nodeName": "node-a", "zone": "here",
        }],
        "ports": [{"name": "web", "port": 8080, "protocol": "TCP"}],
    }  # fmt: skip


def test_unready_addresses_are_published_when_asked() -> None:
    (create,) = sliced(service(publishNotReadyAddresses=True), [pod("a", ready=None, node="gone")]).steps
    assert isinstance(create, Create)
    assert create.obj["endpoints"][0]["conditions"] == {"ready": True, "serving": False, "terminating": False}


def test_headless_services_may_have_no_ports_and_pods_hostnames() -> None:
    member = pod("a")
    member["spec"] |= {"hostname": "db-0", "subdomain": "web"}
    (create,) = sliced(service(clusterIP="None", ports=[]), [member]).steps
    assert isinstance(create, Create)
    assert create.obj["endpoints"][0]["hostname"] == "db-0"
    assert create.obj["ports"] == []
    assert create.obj["metadata"]["labels"]["service.kubernetes.io/headless"] == ""


@pytest.mark.parametrize("spec", [{"selector": {}}, {"selector": None}, {"type": "ExternalName"}])
def test_some_services_are_their_users_business(spec: Obj) -> None:
    assert sliced(service(**spec), [pod("a")]).steps == ()
    assert listed(service(**spec), [pod("a")]).steps == ()


def test_nothing_changes_nothing() -> None:
    obj, pods = service(), [pod("a"), pod("b", ready=None, ip="10.0.0.2")]
    (create,) = sliced(obj, pods).steps
    assert isinstance(create, Create)
    assert sliced(obj, pods[::-1], [stored(create.obj, "s")]).steps == []
    (made,) = listed(obj, pods).steps
    assert isinstance(made, Create)
    assert listed(obj, pods[::-1], stored(made.obj, "web")).steps == ()


def many(count: int) -> list[Obj]:
    return [pod(f"p{number}", ip=f"10.0.{number // 250}.{number % 250 + 1}") for number in range(count)]


def test_slices_hold_a_hundred() -> None:
    creations = [step for step in sliced(service(), many(250)).steps if isinstance(step, Create)]
    assert [len(each.obj["endpoints"]) for each in creations] == [100, 100, 50]


def test_a_change_touches_one_slice() -> None:
    pods = many(250)
    creations = [step for step in sliced(service(), pods).steps if isinstance(step, Create)]
    slices = [stored(each.obj, f"s{number}") for number, each in enumerate(creations)]
    (added,) = sliced(service(), [*pods, pod("new", ip="10.9.9.9")], slices).steps
    assert isinstance(added, Update)
    assert (added.obj["metadata"]["name"], len(added.obj["endpoints"])) == ("s2", 51)
    (moved,) = sliced(service(), [*pods[1:], pod("new", ip="10.9.9.9")], slices).steps
    assert isinstance(moved, Update)
    assert (moved.obj["metadata"]["name"], len(moved.obj["endpoints"])) == ("s0", 100)
    (emptied,) = sliced(service(), pods[:200], slices).steps
    assert isinstance(emptied, Delete)
    assert emptied.name == "s2"


def test_the_last_slice_stays_empty_rather_than_goes() -> None:
    (create,) = sliced(service(), [pod("a")]).steps
    assert isinstance(create, Create)
    steps = sliced(service(), [], [stored(create.obj, "s")]).steps
    assert [type(step) for step in steps] == [Delete, Create]  # the empty one has no ports, so it is another
    assert isinstance(steps[1], Create)
    empty = stored(steps[1].obj, "e")
    assert (empty["endpoints"], empty["ports"]) == ([], [])
    assert sliced(service(), [], [empty]).steps == []


def test_named_ports_that_differ_make_slices_of_their_own() -> None:
    other = pod("b", ip="10.0.0.2")
    other["spec"]["containers"][0]["ports"][0]["containerPort"] = 9090
    creations = [step for step in sliced(service(), [pod("a"), other]).steps if isinstance(step, Create)]
    assert sorted(each.obj["ports"][0]["port"] for each in creations) == [8080, 9090]


def test_ports_without_names_find_their_slices_again() -> None:
    obj = service(ports=[{"port": 80, "targetPort": 9376, "protocol": "TCP"}])
    (create,) = sliced(obj, [pod("a")]).steps
    assert isinstance(create, Create)
    assert create.obj["ports"] == [{"port": 9376, "protocol": "TCP", "name": ""}]
    kept = stored(create.obj, "s")
    del kept["ports"][0]["name"]
    assert sliced(obj, [pod("a")], [kept]).steps == []


@pytest.mark.parametrize(
    ("target", "protocol", "number"),
    [(80, "TCP", 80), ("http", "TCP", 8080), ("http", "UDP", None), ("nope", "TCP", None), (0, "TCP", None)],
)
def test_target_ports(target: int | str, protocol: str, number: int | None) -> None:
    assert resolve(target, protocol, pod("a")) == number


def test_sidecars_have_ports_too() -> None:
    member = pod("a")
    port = {"name": "metrics", "containerPort": 9100}
    member["spec"]["initContainers"] = [{"name": "once", "ports": [port]}]
    assert resolve("metrics", "TCP", member) is None
    member["spec"]["initContainers"][0]["restartPolicy"] = "Always"
    assert resolve("metrics", "TCP", member) == 9100


def test_endpoints_in_full() -> None:
    pods = [pod("b", ip="10.0.0.2"), pod("a"), pod("c", ready=None, ip="10.0.0.3"), pod("d", deleting=True)]
    (create,) = listed(service(), pods).steps
    assert isinstance(create, Create)
    assert create.obj["metadata"]["labels"] == {"endpoints.kubernetes.io/managed-by": "endpoint-controller"}
    (subset,) = create.obj["subsets"]
    assert [each["ip"] for each in subset["addresses"]] == ["10.0.0.1", "10.0.0.2"]
    assert [each["ip"] for each in subset["notReadyAddresses"]] == ["10.0.0.3"]
    assert subset["ports"] == [{"name": "web", "port": 8080, "protocol": "TCP"}]
    assert subset["addresses"][0] == {
        "ip": "10.0.0.1", "nodeName": "node-a",
        "targetRef": {"kind": "Pod", "namespace": "default", "name": "a", "uid": "uid-a"}}


def test_endpoints_go_with_their_service_if_they_are_ours() -> None:
    (create,) = listed(service(), [pod("a")]).steps
    assert isinstance(create, Create)
    ours = stored(create.obj, "web")
    (delete,) = listed(None, [], ours).steps
    assert isinstance(delete, Delete)
    users = {**ours, "metadata": {**ours["metadata"], "labels": {}}}
    assert listed(None, [], users).steps == ()


def test_too_many_addresses_are_cut_and_marked() -> None:
    pods = [*many(1000), pod("late", ip="10.8.0.1")]
    pods[0]["status"]["conditions"][0]["status"] = "False"
    (create,) = listed(service(), pods).steps
    assert isinstance(create, Create)
    assert create.obj["metadata"]["annotations"] == {"endpoints.kubernetes.io/over-capacity": "truncated"}
    (subset,) = create.obj["subsets"]
    assert (len(subset["addresses"]), "notReadyAddresses" in subset) == (1000, False)


OTHER = {**service(selector={"app": "db"}), "metadata": {"name": "db", "namespace": "default", "uid": "u2"}}


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        (None, pod("a"), {"web"}),
        (pod("a"), None, {"web"}),
        (pod("a"), pod("a"), set()),
        (pod("a"), pod("a", ready=None), {"web"}),
        (pod("a"), pod("a", restarts=5), set()),
        (pod("a"), pod("a", labels={"app": "db"}), {"web", "db"}),
        (pod("a", labels={}), pod("a", labels={}, ready=None), set()),
        (pod("a"), pod("a", deletionTimestamp=ago(1)), {"web"}),
    ],
)
def test_which_services_a_change_of_a_pod_concerns(old: Obj | None, new: Obj | None, names: set[str]) -> None:
    services = [service(), OTHER, service(selector=None)]
    assert affected(lambda namespace: services, old, new) == {("default", name) for name in names}
    assert key_of(OTHER) == ("default", "db")
