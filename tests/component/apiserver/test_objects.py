"""Objects through the API: create, read, replace, patch, delete."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

import orjson
import pytest

from services.apiserver.handlers.api import Api, Bind, CreateOperation, DeleteOperation
from services.apiserver.request import DeleteOptions, Target, WriteOptions
from services.objects import kinds
from services.objects.errors import (
    AlreadyExists,
    BadRequest,
    Conflict,
    FencedOff,
    Forbidden,
    Invalid,
    NotFound,
    StatusError,
    UnsupportedMediaType,
)
from services.storage import keys
from services.storage.memory import MemoryStore
from services.storage.store import Fence, Put
from tests.component.apiserver.words import ADMIN, JSON, MERGE, NODE, PLAIN, STRATEGIC, at, deployment, make, pod, read


async def test_created_objects_have_what_only_the_server_sets(api: Api) -> None:
    made = await make(api, kinds.CONFIGMAP, {"metadata": {"name": "c", "uid": "mine", "generation": 7,
                                                          "creationTimestamp": "2001-01-01T00:00:00Z"}})  # fmt: skip
    assert made["apiVersion"] == "v1"
    assert made["kind"] == "ConfigMap"
    metadata = made["metadata"]
    assert metadata["uid"] != "mine"
    assert metadata["creationTimestamp"] == "2026-01-02T03:04:05Z"
    assert "generation" not in metadata
    assert int(metadata["resourceVersion"]) > 0
    assert await read(api, kinds.CONFIGMAP, "c") == made


async def test_create_refuses(api: Api) -> None:
    await make(api, kinds.CONFIGMAP, {"metadata": {"name": "c"}})
    with pytest.raises(AlreadyExists, match='configmaps "c" already exists'):
        await make(api, kinds.CONFIGMAP, {"metadata": {"name": "c"}})
    with pytest.raises(BadRequest, match="resourceVersion should not be set"):
        await make(api, kinds.CONFIGMAP, {"metadata": {"name": "d", "resourceVersion": "1"}})
    with pytest.raises(BadRequest, match="does not match the namespace"):
        await make(api, kinds.CONFIGMAP, {"metadata": {"name": "d", "namespace": "other"}})
    with pytest.raises(NotFound, match='namespaces "nowhere" not found'):
        await api.create(ADMIN, Target(kinds.CONFIGMAP, "nowhere"), {"metadata": {"name": "d"}}, PLAIN)
    with pytest.raises(Invalid, match="name or generateName is required"):
        await make(api, kinds.CONFIGMAP, {"metadata": {}})
    with pytest.raises(BadRequest, match="cannot be handled as a ConfigMap"):
        await make(api, kinds.CONFIGMAP, {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "d"}})


async def test_generated_names_differ_and_survive_a_collision(api: Api) -> None:
    names = iter(["aaaaa", "aaaaa", "bbbbb"])

    class Rigged:
        def choices(self, population: Any, *, k: int) -> list[str]:
            return list(next(names))

    api.core.rng = Rigged()  # type: ignore[assignment]
    first = await make(api, kinds.CONFIGMAP, {"metadata": {"generateName": "g-"}})
    second = await make(api, kinds.CONFIGMAP, {"metadata": {"generateName": "g-"}})
    assert (first["metadata"]["name"], second["metadata"]["name"]) == ("g-aaaaa", "g-bbbbb")


async def test_update_rules(api: Api) -> None:
    made = await make(api, kinds.CONFIGMAP, {"metadata": {"name": "c"}, "data": {"a": "1"}})
    stale = copy.deepcopy(made)
    # Without a resourceVersion the body wins whatever is there, but never what identifies the object.
    answer = await api.update(ADMIN, at(kinds.CONFIGMAP, "c"), {"metadata": {"name": "c"}, "data": {"a": "2"}}, PLAIN)
    updated = orjson.loads(answer.json)
    assert updated["metadata"]["uid"] == made["metadata"]["uid"]
    assert int(updated["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])
    with pytest.raises(Conflict, match="the object has been modified"):
        await api.update(ADMIN, at(kinds.CONFIGMAP, "c"), stale, PLAIN)
    with pytest.raises(Conflict, match="Precondition failed: UID in precondition: other"):
        await api.update(ADMIN, at(kinds.CONFIGMAP, "c"), {"metadata": {"uid": "other"}}, PLAIN)
    with pytest.raises(BadRequest, match="does not match the name on the URL"):
        await api.update(ADMIN, at(kinds.CONFIGMAP, "c"), {"metadata": {"name": "d"}}, PLAIN)
    with pytest.raises(NotFound):
        await api.update(ADMIN, at(kinds.CONFIGMAP, "absent"), {"metadata": {}}, PLAIN)


async def test_an_update_that_changes_nothing_writes_nothing(api: Api, store: MemoryStore) -> None:
    made = await make(api, kinds.CONFIGMAP, {"metadata": {"name": "c"}, "data": {"a": "1"}})
    before = await store.revision()
    answer = await api.update(ADMIN, at(kinds.CONFIGMAP, "c"), copy.deepcopy(made), PLAIN)
    assert orjson.loads(answer.json) == made
    answer = await api.patch(ADMIN, at(kinds.CONFIGMAP, "c"), MERGE, b'{"data":{"a":"1"}}', False, PLAIN)
    assert orjson.loads(answer.json) == made
    assert await store.revision() == before


async def test_generation_counts_changes_of_the_spec_only(api: Api) -> None:
    made = await make(api, kinds.DEPLOYMENT, deployment())
    assert made["metadata"]["generation"] == 1
    target = at(kinds.DEPLOYMENT, "d")
    labelled = await api.patch(ADMIN, target, MERGE, b'{"metadata":{"labels":{"a":"b"}}}', False, PLAIN)
    assert orjson.loads(labelled.json)["metadata"]["generation"] == 1
    scaled = await api.patch(ADMIN, target, MERGE, b'{"spec":{"replicas":3}}', False, PLAIN)
    assert orjson.loads(scaled.json)["metadata"]["generation"] == 2
    status = orjson.loads(scaled.json)
    status["status"] = {"replicas": 3}
    answer = await api.update(ADMIN, at(kinds.DEPLOYMENT, "d", "status"), status, PLAIN)
    assert orjson.loads(answer.json)["metadata"]["generation"] == 2


async def test_status_and_spec_keep_to_their_own_doors(api: Api) -> None:
    made = await make(api, kinds.DEPLOYMENT, {**deployment(), "status": {"replicas": 9}})
    assert made.get("status", {}) == {}
    body = {**made, "status": {"replicas": 9}, "spec": {**made["spec"], "replicas": 5}}
    main = orjson.loads((await api.update(ADMIN, at(kinds.DEPLOYMENT, "d"), copy.deepcopy(body), PLAIN)).json)
    assert main["spec"]["replicas"] == 5
    assert main.get("status", {}) == {}
    body = {**main, "status": {"replicas": 4}, "spec": {**made["spec"], "replicas": 7}}
    status = orjson.loads((await api.update(ADMIN, at(kinds.DEPLOYMENT, "d", "status"), body, PLAIN)).json)
    assert status["spec"]["replicas"] == 5
    assert status["status"]["replicas"] == 4


async def test_patches(api: Api) -> None:
    await make(api, kinds.DEPLOYMENT, deployment())
    target = at(kinds.DEPLOYMENT, "d")
    strategic = b'{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"s"}]}}}}'
    answer = await api.patch(ADMIN, target, STRATEGIC, strategic, False, PLAIN)
    containers = orjson.loads(answer.json)["spec"]["template"]["spec"]["containers"]
    assert sorted(container["name"] for container in containers) == ["c", "side"]
    assert all(container["imagePullPolicy"] for container in containers)
    answer = await api.patch(ADMIN, target, JSON, b'[{"op":"test","path":"/spec/replicas","value":1},'
                             b'{"op":"replace","path":"/spec/replicas","value":2}]', False, PLAIN)  # fmt: skip
    assert orjson.loads(answer.json)["spec"]["replicas"] == 2
    with pytest.raises(StatusError) as failed:
        await api.patch(ADMIN, target, JSON, b'[{"op":"test","path":"/spec/replicas","value":1}]', False, PLAIN)
    assert failed.value.code == 422
    with pytest.raises(BadRequest):
        await api.patch(ADMIN, target, MERGE, b"not json", False, PLAIN)
    with pytest.raises(UnsupportedMediaType, match=r"application/json-patch\+json, .*, application/apply-patch\+yaml"):
        await api.patch(ADMIN, target, "application/apply-patch+cbor", b"{}", False, PLAIN)
    with pytest.raises(Conflict):
        await api.patch(ADMIN, target, MERGE, b'{"metadata":{"resourceVersion":"1"}}', False, PLAIN)
    with pytest.raises(Invalid, match=r"patch: Invalid value: .* cannot unmarshal string into Go struct field"):
        await api.patch(ADMIN, target, MERGE, b'{"spec":{"replicas":"many"}}', False, PLAIN)
    with pytest.raises(Invalid, match=r"spec\.selector"):
        await api.patch(ADMIN, target, MERGE, b'{"spec":{"selector":{"matchLabels":{"app":"other"}}}}', False, PLAIN)


async def test_a_patch_cannot_smuggle_a_type_in(api: Api) -> None:
    """To Python 1 equals true."""
    await make(api, kinds.DEPLOYMENT, deployment(replicas=1))
    patch = b'{"metadata":{"labels":{"a":"b"}},"spec":{"replicas":true}}'
    with pytest.raises(Invalid, match="cannot unmarshal bool"):
        await api.patch(ADMIN, at(kinds.DEPLOYMENT, "d"), MERGE, patch, False, PLAIN)


async def test_concurrent_patches_all_arrive(api: Api) -> None:
    await make(api, kinds.CONFIGMAP, {"metadata": {"name": "c"}})
    patches = [orjson.dumps({"data": {f"k{number}": "v"}}) for number in range(20)]
    await asyncio.gather(*(api.patch(ADMIN, at(kinds.CONFIGMAP, "c"), MERGE, each, False, PLAIN) for each in patches))
    assert len((await read(api, kinds.CONFIGMAP, "c"))["data"]) == 20


async def test_a_write_from_a_stale_cache_is_still_right(api: Api, store: MemoryStore) -> None:
    """Another process writes; the cache of this one is told later."""
    made = await make(api, kinds.CONFIGMAP, {"metadata": {"name": "c"}, "data": {"a": "1"}})
    await api.get(ADMIN, at(kinds.CONFIGMAP, "c"))
    key = keys.key(kinds.CONFIGMAP, "default", "c")
    entry = await store.get(key)
    assert entry is not None
    changed = entry.value.replace(b'"a":"1"', b'"a":"2"')
    await store.commit(Put(key, changed))
    # A failed test in the cached state is no refusal: at the current revision it holds.
    answer = await api.patch(ADMIN, at(kinds.CONFIGMAP, "c"), JSON,
                             b'[{"op":"test","path":"/data/a","value":"2"},{"op":"add","path":"/data/b","value":"3"}]',
                             False, PLAIN)  # fmt: skip
    assert orjson.loads(answer.json)["data"] == {"a": "2", "b": "3"}
    assert orjson.loads(answer.json)["metadata"]["uid"] == made["metadata"]["uid"]


async def test_dry_run_changes_nothing(api: Api, store: MemoryStore) -> None:
    dry = WriteOptions(dry_run=True)
    await make(api, kinds.CONFIGMAP, {"metadata": {"name": "c"}})
    before = await store.revision()
    made = await make(api, kinds.SERVICE, {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}}, dry)
    assert made["metadata"]["uid"]
    with pytest.raises(AlreadyExists):
        await make(api, kinds.CONFIGMAP, {"metadata": {"name": "c"}}, dry)
    await api.patch(ADMIN, at(kinds.CONFIGMAP, "c"), MERGE, b'{"data":{"a":"1"}}', False, dry)
    await api.delete(ADMIN, at(kinds.CONFIGMAP, "c"), DeleteOptions(), dry)
    assert await store.revision() == before


async def test_strict_and_warned_fields(api: Api) -> None:
    body = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i", "foo": 1}]}}
    with pytest.raises(BadRequest, match=r'strict decoding error: unknown field "spec.containers\[0\].foo"'):
        await api.create(ADMIN, at(kinds.POD), copy.deepcopy(body), WriteOptions(field_validation="Strict"))
    answer = await api.create(ADMIN, at(kinds.POD), body, WriteOptions())
    assert answer.warnings[0] == 'unknown field "spec.containers[0].foo"'
    assert "foo" not in orjson.loads(answer.json)["spec"]["containers"][0]


async def test_pods_are_admitted(api: Api) -> None:
    made = await make(api, kinds.POD, pod())
    spec = made["spec"]
    assert spec["serviceAccountName"] == "default"
    assert spec["priority"] == 0
    assert {toleration["key"] for toleration in spec["tolerations"]} == {
        "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}  # fmt: skip
    (volume,) = spec["volumes"]
    assert volume["name"].startswith("kube-api-access-")
    (mount,) = spec["containers"][0]["volumeMounts"]
    path = "/var/run/secrets/kubernetes.io/serviceaccount"
    assert mount == {"name": volume["name"], "readOnly": True, "mountPath": path}
    plain = await make(
        api, kinds.POD, pod("q", automountServiceAccountToken=False, priorityClassName="system-node-critical")
    )
    assert "volumes" not in plain["spec"]
    assert plain["spec"]["priority"] == 2000001000
    with pytest.raises(Forbidden, match="no PriorityClass with name nonsense was found"):
        await make(api, kinds.POD, pod("r", priorityClassName="nonsense"))
    with pytest.raises(Forbidden, match='serviceaccount "other" not found'):
        await make(api, kinds.POD, pod("r", serviceAccountName="other"))
    with pytest.raises(Invalid, match=r"spec\.containers: Required value"):
        await make(api, kinds.POD, {"metadata": {"name": "r"}})


async def test_fences(api: Api, store: MemoryStore) -> None:
    await store.commit(Put("/registry/elections/e/1", b"{}"))
    entry = await store.get("/registry/elections/e/1")
    assert entry is not None
    good = Fence(entry.key, entry.create_revision)
    (answer,) = await api.batch(ADMIN, [CreateOperation(at(kinds.CONFIGMAP), {"metadata": {"name": "a"}})], good)
    assert not isinstance(answer, StatusError)
    bad = Fence(entry.key, entry.create_revision + 1)
    operations = [CreateOperation(at(kinds.CONFIGMAP), {"metadata": {"name": "b"}}),
                  DeleteOperation(at(kinds.CONFIGMAP, "a"))]  # fmt: skip
    assert [type(answer) for answer in await api.batch(ADMIN, operations, bad)] == [FencedOff, FencedOff]


async def test_batches_answer_one_by_one(api: Api) -> None:
    operations = [CreateOperation(at(kinds.CONFIGMAP), {"metadata": {"name": name}}) for name in ("a", "a", "B", "c")]
    answers = await api.batch(ADMIN, operations, None)
    assert [type(answer).__name__ for answer in answers] == ["Answer", "AlreadyExists", "Invalid", "Answer"]


async def test_nodes_write_only_their_own(api: Api) -> None:
    await api.create(NODE, Target(kinds.NODE), {"metadata": {"name": "n1"}}, PLAIN)
    with pytest.raises(Forbidden, match='node "n1" is not allowed to modify node "n2"'):
        await api.create(NODE, Target(kinds.NODE), {"metadata": {"name": "n2"}}, PLAIN)
    await make(api, kinds.POD, pod("mine", nodeName="n1"))
    await make(api, kinds.POD, pod("other", nodeName="n2"))
    await api.patch(NODE, at(kinds.POD, "mine", "status"), MERGE, b'{"status":{"phase":"Running"}}', False, PLAIN)
    for attempt in (
        api.patch(NODE, at(kinds.POD, "other", "status"), MERGE, b'{"status":{"phase":"Running"}}', False, PLAIN),
        api.patch(NODE, at(kinds.POD, "mine"), MERGE, b'{"metadata":{"labels":{"a":"b"}}}', False, PLAIN),
        api.delete(NODE, at(kinds.POD, "other"), DeleteOptions(grace_period=0), PLAIN),
        api.create(NODE, at(kinds.POD), pod("new"), PLAIN),
        api.create(NODE, at(kinds.SECRET), {"metadata": {"name": "s"}}, PLAIN),
        api.delete(NODE, Target(kinds.NODE, "", "n1"), DeleteOptions(), PLAIN),
        api.bind(NODE, [Bind("default", "mine", "", "n1")], None),
    ):
        result = await asyncio.gather(attempt, return_exceptions=True)
        answer = result[0][0] if isinstance(result[0], list) else result[0]
        assert isinstance(answer, Forbidden), answer
