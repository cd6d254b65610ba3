"""Server-side apply over the API: who owns what, who may take it, and what is written."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest

from services.apiserver.handlers.api import Api
from services.apiserver.request import Caller, Target, WriteOptions
from services.objects import kinds
from services.objects.errors import BadRequest, Conflict, Invalid, NotFound, StatusError
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj
from services.storage.memory import MemoryStore
from tests.component.apiserver.conftest import Clock

ADMIN = Caller("admin", frozenset({"system:masters"}))
APPLY, MERGE, JSON = "application/apply-patch+yaml", "application/merge-patch+json", "application/json-patch+json"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def at(kind: Kind, name: str, subresource: str = "") -> Target:
    return Target(kind, "default" if kind.namespaced else "", name, subresource)


def config_map(**data: Any) -> Obj:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data}


def deployment(image: str = "nginx:1", **spec: Any) -> Obj:
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "labels": {"app": "x"}},
        "spec": {"selector": {"matchLabels": {"app": "x"}}, **spec, "template": {
            "metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": image}]}}},
    }  # fmt: skip


class Applier:
    """Applies in the name of a manager."""

    def __init__(self, api: Api) -> None:
        self.api = api

    async def __call__(self, manager: str, obj: Obj | bytes, *, kind: Kind | None = None, name: str = "",
                       subresource: str = "", force: bool = False, **options: Any) -> Obj:  # fmt: skip
        body = obj if isinstance(obj, bytes) else orjson.dumps(obj)
        if not isinstance(obj, bytes):
            kind = kind or kinds.KINDS.of(obj)
            name = name or obj["metadata"]["name"]
        assert kind is not None
        answer = await self.api.patch(ADMIN, at(kind, name, subresource), APPLY, body, force,
                                      WriteOptions(field_manager=manager, **options))  # fmt: skip
        parsed: Obj = orjson.loads(answer.json)
        return parsed


@pytest.fixture
def applied(api: Api) -> Applier:
    return Applier(api)


async def merge(api: Api, kind: Kind, name: str, patch: Obj, manager: str = "", agent: str = "",
                subresource: str = "") -> Obj:  # fmt: skip
    answer = await api.patch(ADMIN, at(kind, name, subresource), MERGE, orjson.dumps(patch), False,
                             WriteOptions(field_manager=manager, agent=agent))  # fmt: skip
    parsed: Obj = orjson.loads(answer.json)
    return parsed


def managers(obj: Obj) -> list[tuple[str, str, str]]:
    return [(entry["manager"], entry["operation"], entry.get("subresource", ""))
            for entry in obj["metadata"].get("managedFields", ())]  # fmt: skip


def owned(obj: Obj, manager: str, operation: str = "Apply", subresource: str = "") -> Obj:
    found: Obj = next(entry["fieldsV1"] for entry in obj["metadata"]["managedFields"]
                      if (entry["manager"], entry["operation"], entry.get("subresource", "")) ==
                      (manager, operation, subresource))  # fmt: skip
    return found


async def test_an_apply_creates_and_owns(applied: Applier, clock: Clock) -> None:
    made = await applied("me", deployment(replicas=2))
    assert made["spec"]["strategy"]["type"] == "RollingUpdate"
    assert made["metadata"]["managedFields"] == [{
        "manager": "me", "operation": "Apply", "apiVersion": "apps/v1", "time": "2026-01-02T03:04:05Z",
        "fieldsType": "FieldsV1", "fieldsV1": {
            "f:metadata": {"f:labels": {"f:app": {}}},
            "f:spec": {"f:replicas": {}, "f:selector": {}, "f:template": {
                "f:metadata": {"f:labels": {"f:app": {}}},
                "f:spec": {"f:containers": {'k:{"name":"c"}': {".": {}, "f:image": {}, "f:name": {}}}},
            }},
        },
    }]  # fmt: skip


async def test_applying_the_same_again_writes_nothing(applied: Applier, store: MemoryStore, clock: Clock) -> None:
    made = await applied("me", deployment(replicas=2))
    before = await store.revision()
    clock.advance(60)
    assert await applied("me", deployment(replicas=2)) == made
    assert await store.revision() == before


async def test_times_move_when_something_changes(applied: Applier, clock: Clock) -> None:
    await applied("me", config_map(a="1"))
    clock.advance(60)
    changed = await applied("me", config_map(a="2"))
    assert changed["metadata"]["managedFields"][0]["time"] == "2026-01-02T03:05:05Z"


async def test_what_is_left_out_goes_unless_somebody_else_owns_it(applied: Applier) -> None:
    await applied("me", config_map(a="1", b="2", c="3"))
    await applied("you", config_map(b="2"))
    left = await applied("me", config_map(a="1"))
    assert left["data"] == {"a": "1", "b": "2"}
    assert owned(left, "me") == {"f:data": {"f:a": {}}}
    assert (await applied("you", config_map()))["data"] == {"a": "1"}


async def test_what_another_owns_is_a_conflict_unless_forced(applied: Applier) -> None:
    await applied("me", deployment(replicas=2))
    with pytest.raises(Conflict) as refused:
        await applied("you", deployment("nginx:2", replicas=3))
    status = refused.value.status()
    assert status["message"] == (
        'Apply failed with 2 conflicts: conflicts with "me":\n- .spec.replicas\n'
        '- .spec.template.spec.containers[name="c"].image'
    )
    assert status["details"]["causes"][0] == {
        "reason": "FieldManagerConflict", "message": 'conflict with "me"', "field": ".spec.replicas",
    }  # fmt: skip
    taken = await applied("you", deployment("nginx:2", replicas=3), force=True)
    assert taken["spec"]["replicas"] == 3
    assert "f:replicas" not in owned(taken, "me")["f:spec"]
    shared = await applied("third", deployment("nginx:2", replicas=3))
    assert [name for name, *_ in managers(shared)] == ["me", "third", "you"]


async def test_updates_of_tracked_objects_are_tracked(api: Api, applied: Applier) -> None:
    await applied("me", deployment(replicas=2))
    scaled = await merge(api, kinds.DEPLOYMENT, "d", {"spec": {"replicas": 5}}, agent="kubectl/v1.33 (linux)")
    assert managers(scaled) == [("me", "Apply", ""), ("kubectl", "Update", "")]
    assert owned(scaled, "kubectl", "Update") == {"f:spec": {"f:replicas": {}}}
    with pytest.raises(Conflict, match=r'with 1 conflict: conflict with "kubectl" using apps/v1: \.spec\.replicas'):
        await applied("me", deployment(replicas=2))


async def test_untracked_objects_stay_untracked(api: Api) -> None:
    await api.create(ADMIN, at(kinds.CONFIGMAP, ""), config_map(a="1"), WriteOptions(field_manager="me"))
    changed = await merge(api, kinds.CONFIGMAP, "c", {"data": {"a": "2"}}, "me")
    assert "managedFields" not in changed["metadata"]


async def test_tracking_starts_with_the_first_apply(api: Api, applied: Applier) -> None:
    await api.create(ADMIN, at(kinds.CONFIGMAP, ""), config_map(a="1", b="2"), WriteOptions(field_manager="me"))
    made = await applied("you", config_map(a="1"))
    assert managers(made) == [("you", "Apply", ""), ("before-first-apply", "Update", "")]
    with pytest.raises(Conflict, match=r'conflict with "before-first-apply" using v1: \.data\.b'):
        await applied("you", config_map(a="1", b="3"))


async def test_what_kubectl_applied_from_its_side_is_its_own(api: Api, applied: Applier) -> None:
    config = deployment(replicas=2)
    live = copy.deepcopy(config)
    live["metadata"]["annotations"] = {LAST_APPLIED: orjson.dumps(config).decode()}
    await api.create(ADMIN, at(kinds.DEPLOYMENT, ""), live, WriteOptions())
    await merge(api, kinds.DEPLOYMENT, "d", {"spec": {"template": {"spec": {"nodeSelector": {"a": "b"}}}}}, "other")
    with pytest.raises(Conflict, match=r'conflict with "kubectl-client-side-apply" using apps/v1: \.spec\.replicas'):
        await applied("other", deployment(replicas=3))
    made = await applied("kubectl", deployment(replicas=3))
    assert orjson.loads(made["metadata"]["annotations"][LAST_APPLIED])["spec"]["replicas"] == 3
    assert [name for name, *_ in managers(made)] == ["kubectl", "before-first-apply", "kubectl-client-side-apply"]
    clients = owned(made, "kubectl-client-side-apply", "Update")
    assert f"f:{LAST_APPLIED}" in clients["f:metadata"]["f:annotations"]
    assert "f:replicas" not in clients["f:spec"]
    # The defaults of what it applied are its own as well.
    container = clients["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"c"}']
    assert {"f:image", "f:imagePullPolicy", "f:terminationMessagePath"} <= set(container)
    others = owned(made, "before-first-apply", "Update")
    assert others["f:spec"] == {"f:template": {"f:spec": {"f:nodeSelector": {}}}}


async def test_status_is_a_door_of_its_own(api: Api, applied: Applier) -> None:
    await applied("me", {**deployment(replicas=2), "status": {"replicas": 7}})
    made = await applied("me", deployment(replicas=2))
    assert not made.get("status")
    assert "f:status" not in owned(made, "me")
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
            "spec": {"replicas": 9}, "status": {"replicas": 1}}  # fmt: skip
    after = await applied("controller", body, subresource="status")
    assert (after["spec"]["replicas"], after["status"]["replicas"]) == (2, 1)
    assert owned(after, "controller", subresource="status") == {"f:status": {"f:replicas": {}}}
    moved = await merge(api, kinds.DEPLOYMENT, "d", {"status": {"replicas": 2}}, "other", subresource="status")
    assert owned(moved, "other", "Update", "status") == {"f:status": {"f:replicas": {}}}


async def test_scale_is_a_door_to_the_replicas(api: Api, applied: Applier) -> None:
    await applied("me", deployment(replicas=2))
    scale = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "d"}, "spec": {"replicas": 4}}
    with pytest.raises(Conflict, match=r'conflict with "me": \.spec\.replicas'):
        await applied("scaler", scale, kind=kinds.DEPLOYMENT, subresource="scale")
    answer = await applied("scaler", scale, kind=kinds.DEPLOYMENT, subresource="scale", force=True)
    assert (answer["kind"], answer["spec"]["replicas"]) == ("Scale", 4)
    await merge(api, kinds.DEPLOYMENT, "d", {"spec": {"replicas": 5}}, "hand", subresource="scale")
    live = orjson.loads(await api.get(ADMIN, at(kinds.DEPLOYMENT, "d")))
    assert managers(live) == [("me", "Apply", ""), ("hand", "Update", "scale")]
    with pytest.raises(Conflict, match=r'"hand" with subresource "scale" using apps/v1: \.spec\.replicas'):
        await applied("me", deployment(replicas=2))


async def test_managers_are_reset_and_set_by_users(api: Api, applied: Applier) -> None:
    made = await applied("me", config_map(a="1"))
    entries = copy.deepcopy(made["metadata"]["managedFields"])
    entries[0]["manager"] = "renamed"
    renamed = await merge(api, kinds.CONFIGMAP, "c", {"metadata": {"managedFields": entries}})
    assert managers(renamed) == [("renamed", "Apply", "")]
    # An empty list, or one that makes no sense, leaves them.
    for nonsense in ([], [{"operation": "Steal"}], [{**entries[0], "fieldsV1": {"no colon": {}}}]):
        kept = await merge(api, kinds.CONFIGMAP, "c", {"metadata": {"managedFields": nonsense}})
        assert kept["metadata"]["managedFields"] == renamed["metadata"]["managedFields"]
    reset = await merge(api, kinds.CONFIGMAP, "c", {"metadata": {"managedFields": [{}]}})
    assert "managedFields" not in reset["metadata"]


@pytest.mark.parametrize("media", [MERGE, "application/strategic-merge-patch+json", JSON, ""])
async def test_managers_are_reset_in_every_way(api: Api, applied: Applier, media: str) -> None:
    made = await applied("me", config_map(a="1"))
    target, options = at(kinds.CONFIGMAP, "c"), WriteOptions(field_manager="hand")
    for entries, left in (([], [("me", "Apply", "")]), ([{}], [])):
        if media == JSON:
            patch: Any = [{"op": "replace", "path": "/metadata/managedFields", "value": entries}]
        else:
            patch = {"metadata": {"managedFields": entries}}
        if media:
            answer = await api.patch(ADMIN, target, media, orjson.dumps(patch), False, options)
        else:
            body = {**config_map(a="1"), "metadata": {"name": "c", "managedFields": entries}}
            answer = await api.update(ADMIN, target, body, options)
        changed = orjson.loads(answer.json)
        assert managers(changed) == left
    assert changed["data"] == made["data"]


async def test_objects_from_backups_bring_their_managers(api: Api, applied: Applier) -> None:
    made = await applied("me", config_map(a="1"))
    body = {**config_map(a="1"), "metadata": {"name": "copy", "managedFields": made["metadata"]["managedFields"]}}
    answer = await api.create(ADMIN, at(kinds.CONFIGMAP, ""), body, WriteOptions(field_manager="velero"))
    # Whoever made it wrote every field of it, as in Kubernetes.
    assert managers(orjson.loads(answer.json)) == [("velero", "Update", "")]


async def test_a_dry_run_says_and_writes_nothing(applied: Applier, store: MemoryStore) -> None:
    before = await store.revision()
    assert (await applied("me", config_map(a="1"), dry_run=True))["data"] == {"a": "1"}
    await applied("me", config_map(a="1"))
    middle = await store.revision()
    assert middle > before
    shown = await applied("me", config_map(a="2"), dry_run=True)
    assert shown["data"] == {"a": "2"}
    assert await store.revision() == middle


async def test_refusals(api: Api, applied: Applier) -> None:
    async def refused(error: type[StatusError], text: str, obj: Any, **options: Any) -> StatusError:
        with pytest.raises(error) as found:
            await applied("me", obj, **{"kind": kinds.CONFIGMAP, "name": "c", **options})
        assert text in found.value.message
        return found.value

    with pytest.raises(Invalid, match="fieldManager: Required value: is required for apply patch"):
        await applied("", config_map())
    await refused(BadRequest, "error decoding YAML: ", b"{a: [")
    await refused(BadRequest, "invalid object type: /, Kind=", b"{}")
    await refused(BadRequest, "invalid object type: /v1, Kind=Secret", {**config_map(), "kind": "Secret"})
    await refused(BadRequest, "does not match the name on the URL",
                  {**config_map(), "metadata": {"name": "other"}}, name="c")  # fmt: skip
    await refused(BadRequest, "the namespace of the provided object does not match",
                  {**config_map(), "metadata": {"name": "c", "namespace": "elsewhere"}})  # fmt: skip
    managed = {**config_map(), "metadata": {"name": "c", "managedFields": [{}]}}
    await refused(BadRequest, "metadata.managedFields must be nil", managed)
    unknown = await refused(StatusError, "failed to create typed patch object (default/c; /v1, Kind=ConfigMap): "
                            ".spec: field not declared in schema", {**config_map(), "spec": {}})  # fmt: skip
    assert (unknown.code, unknown.reason) == (500, "")
    with_uid = {**config_map(), "metadata": {"name": "c", "uid": "u"}}
    await refused(Conflict, "uid mismatch: the provided object specified uid u, and no existing object was found",
                  with_uid)  # fmt: skip
    with pytest.raises(NotFound):
        await applied("me", {**deployment(), "status": {}}, subresource="status")
    deep = b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":' + b'{"a":' * 900 + b"1" + b"}" * 901
    await refused(BadRequest, "exceeded max depth", deep)


async def test_yaml_is_read(applied: Applier) -> None:
    text = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  a: 'on'\n  b: |\n    text\n"
    assert (await applied("me", text, kind=kinds.CONFIGMAP, name="c"))["data"] == {"a": "on", "b": "text\n"}
    twice = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  a: '1'\n  a: '2'\n"
    with pytest.raises(BadRequest, match=r'error strict decoding YAML: yaml: unmarshal errors:\n  line 7: key "a"'):
        await applied("me", twice, kind=kinds.CONFIGMAP, name="c", field_validation="Strict")


async def test_an_old_resource_version_is_a_conflict(api: Api, applied: Applier) -> None:
    made = await applied("me", config_map(a="1"))
    await merge(api, kinds.CONFIGMAP, "c", {"data": {"b": "1"}})
    stale = config_map(a="2")
    stale["metadata"]["resourceVersion"] = made["metadata"]["resourceVersion"]
    with pytest.raises(Conflict, match="the object has been modified"):
        await applied("me", stale)


async def test_items_of_lists_are_owned_one_by_one(applied: Applier) -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
               "spec": {"ports": [{"name": "a", "port": 80}], "selector": {"app": "x"}}}  # fmt: skip
    made = await applied("me", service)
    assert 'k:{"port":80,"protocol":"TCP"}' in owned(made, "me")["f:spec"]["f:ports"]
    second = {**service, "spec": {"ports": [{"name": "b", "port": 80, "protocol": "UDP"}]}}
    both = await applied("you", second)
    assert [(port["name"], port["protocol"]) for port in both["spec"]["ports"]] == [("a", "TCP"), ("b", "UDP")]
    gone = await applied("me", {**service, "spec": {"selector": {"app": "x"}}})
    assert [port["name"] for port in gone["spec"]["ports"]] == ["b"]
    with pytest.raises(StatusError, match=r'duplicate entries for key \[port=80,protocol="TCP"\]'):
        await applied("me", {**service, "spec": {"ports": [{"port": 80}, {"port": 80, "protocol": "TCP"}]}})


async def test_kinds_with_two_versions_are_one_object(api: Api, applied: Applier) -> None:
    def autoscaler(version: str, **spec: Any) -> Obj:
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
        return {"apiVersion": f"autoscaling/{version}", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"},
                "spec": {"scaleTargetRef": target, **spec}}  # fmt: skip

    await applied("me", autoscaler("v1", maxReplicas=3, targetCPUUtilizationPercentage=50))
    with pytest.raises(Conflict, match=r'conflict with "me": \.spec\.maxReplicas'):
        await applied("you", autoscaler("v2", maxReplicas=5))
    taken = await applied("you", autoscaler("v2", maxReplicas=5), force=True)
    assert [(entry["manager"], entry["apiVersion"]) for entry in taken["metadata"]["managedFields"]] == [
        ("me", "autoscaling/v1"), ("you", "autoscaling/v2")]  # fmt: skip
    left = await applied("me", autoscaler("v1", maxReplicas=5))
    assert left["spec"]["targetCPUUtilizationPercentage"] == 80  # nobody's any more: the default is back
    moved = await applied("me", autoscaler("v2", maxReplicas=5, minReplicas=2))
    assert [entry["apiVersion"] for entry in moved["metadata"]["managedFields"]] == ["autoscaling/v2"] * 2
