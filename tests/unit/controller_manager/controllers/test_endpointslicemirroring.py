from __future__ import annotations

import pytest

from services.controller_manager.controllers.endpointslicemirroring.decide import LEADER, SKIP, Observed, decide
from services.controller_manager.plans import Create, Delete, Plan, Update
from services.objects.meta import Obj
from tests.unit.controller_manager.builders import NOW, service

SERVICE = service(selector=None)


def endpoints(
    *addresses: str, waiting: tuple[str, ...] = (), ports: list[Obj] | None = None, **metadata: object
) -> Obj:  # fmt: skip
    subset: Obj = {"addresses": [{"ip": ip} for ip in addresses], "ports": ports or [{"port": 5432, "protocol": "TCP"}]}
    if waiting:
        subset["notReadyAddresses"] = [{"ip": ip, "nodeName": "node-a"} for ip in waiting]
    return {"metadata": {"name": "web", "namespace": "default", "uid": "ue", **metadata}, "subsets": [subset]}


def mirrored(obj: Obj | None, *slices: Obj, of: Obj | None = SERVICE) -> Plan:
    return decide(Observed(obj, of, slices), NOW)


def made(obj: Obj, number: int = 0) -> Obj:
    creations = [step for step in mirrored(obj).steps if isinstance(step, Create)]
    metadata = {**creations[number].obj["metadata"], "name": f"s{number}", "uid": f"us{number}", "resourceVersion": "1"}
    return {**creations[number].obj, "metadata": metadata}


def test_a_mirror_in_full() -> None:
    obj = endpoints("10.1.1.1", waiting=("10.1.1.2",), labels={"team": "x"}, annotations={"a": "b"})
    (create,) = mirrored(obj).steps
    assert isinstance(create, Create)
    assert create.obj == {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {
            "generateName": "web-", "namespace": "default", "annotations": {"a": "b"},
            "labels": {"team": "x", "kubernetes.io/service-name": "web",
                       "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io"},
            "ownerReferences": [{"apiVersion": "v1", "kind": "Endpoints", "name": "web", "uid": "ue",
                                 "controller": True, "blockOwnerDeletion": True}],
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.1.1.1"], "conditions": {"ready": True}},
                      {"addresses": ["10.1.1.2"], "conditions": {"ready": False}, "nodeName": "node-a"}],
        "ports": [{"name": "", "protocol": "TCP", "port": 5432}],
    }  # fmt: skip


def test_families_and_ports_have_slices_of_their_own() -> None:
    obj = endpoints("10.1.1.1", "fd00::1")
    obj["subsets"].append({"addresses": [{"ip": "10.1.1.9"}], "ports": [{"name": "admin", "port": 1}]})
    plan = mirrored(obj)
    found = [(step.obj["addressType"], step.obj["ports"][0]["port"]) for step in plan.steps if isinstance(step, Create)]
    assert found == [("IPv4", 5432), ("IPv6", 5432), ("IPv4", 1)]


def test_a_mirror_is_kept_changed_and_removed() -> None:
    obj = endpoints("10.1.1.1")
    first = made(obj)
    assert mirrored(obj, first).steps == []
    (update,) = mirrored(endpoints("10.1.1.1", "10.1.1.3"), first).steps
    assert isinstance(update, Update)
    assert (update.obj["metadata"]["name"], len(update.obj["endpoints"])) == ("s0", 2)
    steps = mirrored(endpoints("10.1.1.1", ports=[{"port": 1, "protocol": "UDP"}]), first).steps
    assert [type(step) for step in steps] == [Create, Delete]


@pytest.mark.parametrize(
    ("obj", "of"),
    [
        (None, SERVICE),
        (endpoints("10.1.1.1"), None),
        (endpoints("10.1.1.1"), service()),
        (endpoints("10.1.1.1", labels={SKIP: "true"}), SERVICE),
        (endpoints("10.1.1.1", annotations={LEADER: "{}"}), SERVICE),
        (endpoints("10.1.1.1", deletionTimestamp="2026-01-01T00:00:00Z"), SERVICE),
    ],
)
def test_what_is_not_mirrored_loses_its_slices(obj: Obj | None, of: Obj | None) -> None:
    (step,) = mirrored(obj, made(endpoints("10.1.1.1")), of=of).steps
    assert isinstance(step, Delete)
    assert step.name == "s0"
    assert not mirrored(obj, of=of).steps
