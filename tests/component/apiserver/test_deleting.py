"""How objects end: at once, gracefully, held by finalizers, with their dependents, in collections."""

from __future__ import annotations

import orjson
import pytest

from services.apiserver.handlers.api import Api
from services.apiserver.request import DeleteOptions, ListOptions, Target
from services.objects import kinds
from services.objects.errors import Conflict, Forbidden, Invalid, NotFound
from tests.component.apiserver.words import ADMIN, MERGE, NODE, PLAIN, at, deployment, make, pod, read


async def test_pods_end_gracefully(api: Api) -> None:
    await make(api, kinds.POD, pod(nodeName="n1"))
    target = at(kinds.POD, "p")
    first = orjson.loads((await api.delete(ADMIN, target, DeleteOptions(), PLAIN)).json)
    assert first["metadata"]["deletionGracePeriodSeconds"] == 30
    assert first["metadata"]["deletionTimestamp"] == "2026-01-02T03:04:35Z"
    longer = orjson.loads((await api.delete(ADMIN, target, DeleteOptions(grace_period=60), PLAIN)).json)
    assert longer["metadata"]["deletionGracePeriodSeconds"] == 30
    shorter = orjson.loads((await api.delete(ADMIN, target, DeleteOptions(grace_period=5), PLAIN)).json)
    assert shorter["metadata"]["deletionGracePeriodSeconds"] == 5
    assert shorter["metadata"]["deletionTimestamp"] == "2026-01-02T03:04:10Z"
    # An ordinary update cannot take the deletion back.
    body = {**shorter, "metadata": {key: value for key, value in shorter["metadata"].items()
                                    if not key.startswith("deletion")}}  # fmt: skip
    kept = orjson.loads((await api.update(ADMIN, target, body, PLAIN)).json)
    assert kept["metadata"]["deletionGracePeriodSeconds"] == 5
    await api.delete(NODE, target, DeleteOptions(grace_period=0, uid=shorter["metadata"]["uid"]), PLAIN)
    with pytest.raises(NotFound):
        await read(api, kinds.POD, "p")


async def test_pods_nobody_runs_go_at_once(api: Api) -> None:
    await make(api, kinds.POD, pod("unscheduled"))
    await api.delete(ADMIN, at(kinds.POD, "unscheduled"), DeleteOptions(), PLAIN)
    await make(api, kinds.POD, pod("done", nodeName="n1"))
    done = await api.patch(
        NODE, at(kinds.POD, "done", "status"), MERGE, b'{"status":{"phase":"Succeeded"}}', False, PLAIN
    )
    assert orjson.loads(done.json)["status"]["phase"] == "Succeeded"
    await api.delete(ADMIN, at(kinds.POD, "done"), DeleteOptions(), PLAIN)
    assert (await api.list(ADMIN, at(kinds.POD), ListOptions())).items == []


async def test_finalizers_hold_what_is_deleted(api: Api) -> None:
    made = await make(api, kinds.CONFIGMAP, {"metadata": {"name": "c", "finalizers": ["example.com/x"]}})
    target = at(kinds.CONFIGMAP, "c")
    held = orjson.loads((await api.delete(ADMIN, target, DeleteOptions(), PLAIN)).json)
    assert held["kind"] == "ConfigMap"
    assert held["metadata"]["deletionTimestamp"]
    again = orjson.loads((await api.delete(ADMIN, target, DeleteOptions(), PLAIN)).json)
    assert again["metadata"]["resourceVersion"] == held["metadata"]["resourceVersion"]
    with pytest.raises(Invalid, match="no new finalizers can be added if the object is being deleted"):
        await api.patch(
            ADMIN, target, MERGE, b'{"metadata":{"finalizers":["example.com/x","example.com/y"]}}', False, PLAIN
        )
    await api.patch(ADMIN, target, MERGE, b'{"metadata":{"finalizers":null}}', False, PLAIN)
    with pytest.raises(NotFound):
        await read(api, kinds.CONFIGMAP, "c")
    assert made["metadata"]["finalizers"] == ["example.com/x"]


@pytest.mark.parametrize(
    ("propagation", "finalizers"),
    [("Foreground", ["foregroundDeletion"]), ("Orphan", ["orphan"]), ("Background", None)],
)
async def test_propagation_becomes_a_finalizer(api: Api, propagation: str, finalizers: list[str] | None) -> None:
    await make(api, kinds.DEPLOYMENT, deployment())
    target = at(kinds.DEPLOYMENT, "d")
    answer = orjson.loads((await api.delete(ADMIN, target, DeleteOptions(propagation=propagation), PLAIN)).json)
    if finalizers is None:
        assert (answer["kind"], answer["status"], answer["details"]["name"]) == ("Status", "Success", "d")
        with pytest.raises(NotFound):
            await read(api, kinds.DEPLOYMENT, "d")
    else:
        assert answer["metadata"]["finalizers"] == finalizers
        assert (await read(api, kinds.DEPLOYMENT, "d"))["metadata"]["deletionTimestamp"]


async def test_delete_preconditions(api: Api) -> None:
    await make(api, kinds.CONFIGMAP, {"metadata": {"name": "c"}})
    for wrong in (DeleteOptions(uid="other"), DeleteOptions(resource_version="1")):
        with pytest.raises(Conflict, match="Precondition failed"):
            await api.delete(ADMIN, at(kinds.CONFIGMAP, "c"), wrong, PLAIN)
    with pytest.raises(Invalid, match="propagationPolicy"):
        await api.delete(ADMIN, at(kinds.CONFIGMAP, "c"), DeleteOptions(propagation="Sideways"), PLAIN)


async def test_collections_are_deleted_by_selector(api: Api) -> None:
    for name, label in (("a", "x"), ("b", "y"), ("c", "x")):
        await make(api, kinds.CONFIGMAP, {"metadata": {"name": name, "labels": {"l": label}}})
    await api.delete_collection(ADMIN, at(kinds.CONFIGMAP), DeleteOptions(), ListOptions(label_selector="l=x"), PLAIN)
    left = await api.list(ADMIN, at(kinds.CONFIGMAP), ListOptions())
    assert [orjson.loads(item)["metadata"]["name"] for item in left.items] == ["b"]


async def test_namespaces_end_when_they_are_empty(api: Api) -> None:
    await api.create(ADMIN, Target(kinds.NAMESPACE), {"metadata": {"name": "n"}}, PLAIN)
    target = Target(kinds.NAMESPACE, "", "n")
    gone = orjson.loads((await api.delete(ADMIN, target, DeleteOptions(), PLAIN)).json)
    assert gone["status"]["phase"] == "Terminating"
    with pytest.raises(Forbidden, match="unable to create new content in namespace n because it is being terminated"):
        await api.create(ADMIN, Target(kinds.CONFIGMAP, "n"), {"metadata": {"name": "c"}}, PLAIN)
    gone["spec"]["finalizers"] = []
    await api.update(ADMIN, target._replace(subresource="finalize"), gone, PLAIN)
    with pytest.raises(NotFound):
        await api.get(ADMIN, target)
    with pytest.raises(Forbidden, match="this namespace may not be deleted"):
        await api.delete(ADMIN, Target(kinds.NAMESPACE, "", "default"), DeleteOptions(), PLAIN)


async def test_eviction_deletes(api: Api) -> None:
    await make(api, kinds.POD, pod(nodeName="n1"))
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"},
            "deleteOptions": {"gracePeriodSeconds": 3}}  # fmt: skip
    answer = await api.create(ADMIN, at(kinds.POD, "p", "eviction"), body, PLAIN)
    assert answer.code == 201
    assert (await read(api, kinds.POD, "p"))["metadata"]["deletionGracePeriodSeconds"] == 3
