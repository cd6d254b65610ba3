"""Custom resources over the real handlers and REST: defined, established, used, changed, deleted."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.apiserver.assembly import Parts
from services.apiserver.watching.encoding import encode
from services.objects.kinds import KINDS
from services.objects.meta import Obj
from services.objects.wire.protobuf import decode
from services.storage.memory import MemoryStore
from services.storage.store import Put, Remove
from tests.component.apiserver.conftest import Rest, running

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
GROUP = "/apis/stable.example.com"
CRONTABS = f"{GROUP}/v1/namespaces/default/crontabs"

SPEC: Obj = {
    "type": "object",
    "required": ["cronSpec"],
    "properties": {
        "cronSpec": {"type": "string", "maxLength": 20},
        "image": {"type": "string", "default": "cron:1"},
        "replicas": {"type": "integer", "minimum": 0, "maximum": 10},
        "suspend": {"type": "boolean"},
    },
}
STATUS: Obj = {"type": "object", "properties": {"replicas": {"type": "integer"}, "selector": {"type": "string"},
                                               "phase": {"type": "string"}}}  # fmt: skip
SUBRESOURCES: Obj = {"status": {}, "scale": {"specReplicasPath": ".spec.replicas",
                                             "statusReplicasPath": ".status.replicas",
                                             "labelSelectorPath": ".status.selector"}}  # fmt: skip
COLUMNS = [{"name": "Spec", "type": "string", "jsonPath": ".spec.cronSpec"},
           {"name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas", "priority": 1},
           {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}]  # fmt: skip


def version(name: str = "v1", *, storage: bool = True, spec: Obj | None = None, **more: Any) -> Obj:
    schema = copy.deepcopy({"type": "object", "properties": {"spec": spec or SPEC, "status": STATUS}})
    return {"name": name, "served": True, "storage": storage, "schema": {"openAPIV3Schema": schema},
            "subresources": SUBRESOURCES, "additionalPrinterColumns": COLUMNS, **more}  # fmt: skip


def definition(*versions: Obj, plural: str = "crontabs", kind: str = "CronTab", short: tuple[str, ...] = ("ct",),
               **spec: Any) -> Obj:  # fmt: skip
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.stable.example.com"},
        "spec": {"group": "stable.example.com", "scope": "Namespaced", "versions": list(versions or (version(),)),
                 "names": {"plural": plural, "kind": kind, "shortNames": list(short)}, **spec},
    }  # fmt: skip


def crontab(name: str = "one", **spec: Any) -> Obj:
    return {"apiVersion": "stable.example.com/v1", "kind": "CronTab", "metadata": {"name": name},
            "spec": {"cronSpec": "* * * * *", **spec}}  # fmt: skip


async def until(check: Callable[[], Awaitable[Any]], within: float = 5.0) -> Any:
    async with asyncio.timeout(within):
        while not (found := await check()):  # noqa: ASYNC110 - what is waited for is behind HTTP
            await asyncio.sleep(0.01)
    return found


def condition(crd: Obj, name: str) -> Obj:
    return next((each for each in crd["status"].get("conditions", ()) if each["type"] == name), {})


async def define(rest: Rest, crd: Obj) -> Obj:
    code, answer = await rest("POST", CRDS, crd)
    assert code == 201, answer

    async def established() -> Obj | None:
        _, now = await rest("GET", f"{CRDS}/{crd['metadata']['name']}")
        return now if condition(now, "Established").get("status") == "True" else None

    return await until(established)


@pytest.fixture(autouse=True)
async def settling(parts: Parts) -> AsyncIterator[None]:
    """Definitions are established, and emptied, as in the process."""
    task = asyncio.create_task(parts.custom.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def crd(rest: Rest) -> Obj:
    return await define(rest, definition())


async def test_a_definition_is_accepted_and_established(rest: Rest) -> None:
    code, made = await rest("POST", CRDS, definition())
    assert code == 201
    assert made["spec"]["names"] == {"plural": "crontabs", "singular": "crontab", "kind": "CronTab",
                                     "listKind": "CronTabList", "shortNames": ["ct"]}  # fmt: skip
    assert made["spec"]["conversion"] == {"strategy": "None"}
    assert made["status"]["storedVersions"] == ["v1"]
    assert made["metadata"]["generation"] == 1

    async def established() -> Obj | None:
        _, now = await rest("GET", f"{CRDS}/crontabs.stable.example.com")
        return now if condition(now, "Established").get("status") == "True" else None

    now = await until(established)
    assert now["status"]["acceptedNames"] == made["spec"]["names"]
    assert condition(now, "NamesAccepted") | {"lastTransitionTime": ""} == {
        "type": "NamesAccepted", "status": "True", "reason": "NoConflicts", "message": "no conflicts found",
        "lastTransitionTime": ""}  # fmt: skip
    assert condition(now, "Established")["reason"] == "InitialNamesAccepted"


async def test_objects_of_a_definition_are_objects_like_others(rest: Rest, crd: Obj) -> None:
    code, made = await rest("POST", CRONTABS, crontab(replicas=3) | {"status": {"phase": "x"}})
    assert code == 201, made
    assert made["spec"] == {"cronSpec": "* * * * *", "replicas": 3, "image": "cron:1"}
    assert "status" not in made
    assert made["metadata"]["generation"] == 1

    code, patched = await rest("PATCH", f"{CRONTABS}/one", {"spec": {"replicas": 4}},
                               headers={"Content-Type": "application/merge-patch+json"})  # fmt: skip
    assert (code, patched["spec"]["replicas"], patched["metadata"]["generation"]) == (200, 4, 2)

    code, listed = await rest("GET", f"{GROUP}/v1/crontabs")
    assert (listed["kind"], [each["metadata"]["name"] for each in listed["items"]]) == ("CronTabList", ["one"])

    code, gone = await rest("DELETE", f"{CRONTABS}/one")
    assert (code, gone["status"], gone["details"]["kind"]) == (200, "Success", "crontabs")
    assert (await rest("GET", f"{CRONTABS}/one"))[0] == 404


@pytest.mark.parametrize(("spec", "field", "reason", "message"), [
    ({"suspend": "yes"}, "spec.suspend", "FieldValueTypeInvalid",
     'Invalid value: "string": spec.suspend in body must be of type boolean: "string"'),
    ({"replicas": 11}, "spec.replicas", "FieldValueInvalid",
     "Invalid value: 11: spec.replicas in body should be less than or equal to 10"),
    ({"cronSpec": None}, "spec.cronSpec", "FieldValueRequired", "Required value"),
    ({"cronSpec": "x" * 21}, "spec.cronSpec", "FieldValueTooLong", "Too long: may not be more than 20 bytes"),
])  # fmt: skip
async def test_what_is_invalid_is_refused(rest: Rest, crd: Obj, spec: Obj, field: str, reason: str,
                                          message: str) -> None:  # fmt: skip
    code, refused = await rest("POST", CRONTABS, crontab(**spec))
    assert (code, refused["reason"]) == (422, "Invalid")
    assert refused["message"] == f'CronTab.stable.example.com "one" is invalid: {field}: {message}'
    assert refused["details"]["causes"] == [{"reason": reason, "message": message, "field": field}]


async def test_unknown_fields_go_are_warned_of_or_refused(rest: Rest, crd: Obj) -> None:
    body = crontab(foo=1)
    code, refused = await rest("POST", f"{CRONTABS}?fieldValidation=Strict", body)
    assert (code, refused["message"]) == (400, 'CronTab in version "v1" cannot be handled as a CronTab: strict '
                                               'decoding error: unknown field "spec.foo"')  # fmt: skip
    async with rest.open("POST", CRONTABS, json=body) as response:
        assert response.status == 201
        assert response.headers["Warning"] == '299 - "unknown field \\"spec.foo\\""'
        assert "foo" not in (await response.json())["spec"]


async def test_finalizers_without_a_domain_are_warned_of(rest: Rest, crd: Obj) -> None:
    body = crontab()
    body["metadata"]["finalizers"] = ["hold"]
    async with rest.open("POST", CRONTABS, json=body) as response:
        assert response.status == 201
        assert response.headers["Warning"] == (
            '299 - "metadata.finalizers: \\"hold\\": prefer a domain-qualified finalizer name including a path (/) to '
            'avoid accidental conflicts with other finalizer writers"')  # fmt: skip


async def test_metadata_is_typed(rest: Rest, crd: Obj) -> None:
    body = crontab()
    body["metadata"]["labels"] = {"a": 1}
    code, refused = await rest("POST", CRONTABS, body)
    assert code == 400
    assert "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string" in refused["message"]
    code, refused = await rest("POST", CRONTABS, crontab("Not_A_Name"))
    assert (code, refused["details"]["causes"][0]["field"]) == (422, "metadata.name")


async def test_status_is_a_resource_of_its_own(rest: Rest, crd: Obj) -> None:
    _, made = await rest("POST", CRONTABS, crontab())
    made["status"] = {"phase": "Ready"}
    made["spec"]["cronSpec"] = "changed"
    made["metadata"]["labels"] = {"a": "b"}
    code, updated = await rest("PUT", f"{CRONTABS}/one/status", made)
    assert (code, updated["status"], updated["spec"]["cronSpec"]) == (200, {"phase": "Ready"}, "* * * * *")
    assert "labels" not in updated["metadata"]
    assert updated["metadata"]["generation"] == 1
    updated["status"] = {"phase": "Other"}
    code, again = await rest("PUT", f"{CRONTABS}/one", updated)
    assert (code, again["status"]) == (200, {"phase": "Ready"})
    code, refused = await rest("PATCH", f"{CRONTABS}/one/status", {"status": {"phase": 1}},
                               headers={"Content-Type": "application/merge-patch+json"})  # fmt: skip
    assert (code, refused["details"]["causes"][0]["field"]) == (422, "status.phase")


async def test_scale(rest: Rest, crd: Obj) -> None:
    await rest("POST", CRONTABS, crontab(replicas=2))
    merge = {"headers": {"Content-Type": "application/merge-patch+json"}}
    await rest("PATCH", f"{CRONTABS}/one/status", {"status": {"replicas": 1, "selector": "a=b"}}, **merge)
    code, scale = await rest("GET", f"{CRONTABS}/one/scale")
    assert (code, scale["kind"], scale["spec"], scale["status"]) == (
        200, "Scale", {"replicas": 2}, {"replicas": 1, "selector": "a=b"})  # fmt: skip
    code, scale = await rest("PATCH", f"{CRONTABS}/one/scale", {"spec": {"replicas": 5}}, **merge)
    assert (code, scale["spec"]) == (200, {"replicas": 5})
    _, now = await rest("GET", f"{CRONTABS}/one")
    assert (now["spec"]["replicas"], now["metadata"]["generation"]) == (5, 2)
    scale["spec"]["replicas"] = 11
    code, refused = await rest("PUT", f"{CRONTABS}/one/scale", scale)
    assert (code, refused["details"]["causes"][0]["field"]) == (422, "spec.replicas")


async def test_a_scale_that_does_not_say_how_many(rest: Rest, crd: Obj) -> None:
    await rest("POST", CRONTABS, crontab())
    code, refused = await rest("GET", f"{CRONTABS}/one/scale")
    assert (code, refused["message"]) == (500, 'the spec replicas field ".spec.replicas" does not exist')


async def test_strategic_merge_is_not_for_custom_resources(rest: Rest, crd: Obj) -> None:
    await rest("POST", CRONTABS, crontab())
    code, refused = await rest("PATCH", f"{CRONTABS}/one", {"spec": {}},
                               headers={"Content-Type": "application/strategic-merge-patch+json"})  # fmt: skip
    assert (code, refused["reason"]) == (415, "UnsupportedMediaType")
    assert refused["message"] == ("the body of the request was in an unknown format - accepted media types include: "
                                  "application/json-patch+json, application/merge-patch+json, "
                                  "application/apply-patch+yaml")  # fmt: skip


async def test_an_update_names_the_version_it_replaces(rest: Rest, crd: Obj) -> None:
    _, made = await rest("POST", CRONTABS, crontab())
    code, refused = await rest("PUT", f"{CRONTABS}/one", crontab())
    assert (code, refused["details"]["causes"][0]["field"]) == (422, "metadata.resourceVersion")
    code, _ = await rest("PUT", f"{CRONTABS}/one", made)
    assert code == 200


async def test_tables_have_the_definitions_columns(rest: Rest, crd: Obj) -> None:
    await rest("POST", CRONTABS, crontab(replicas=3))
    headers = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
    _, table = await rest("GET", CRONTABS, headers=headers)
    assert [(column["name"], column["type"], column["priority"]) for column in table["columnDefinitions"]] == [
        ("Name", "string", 0), ("Spec", "string", 0), ("Replicas", "integer", 1), ("Age", "date", 0)]  # fmt: skip
    assert table["rows"][0]["cells"] == ["one", "* * * * *", 3, "0s"]


async def test_discovery_and_openapi_tell_of_it(rest: Rest, crd: Obj) -> None:
    _, groups = await rest("GET", "/apis")
    assert next(each for each in groups["groups"] if each["name"] == "stable.example.com") == {
        "name": "stable.example.com", "versions": [{"groupVersion": "stable.example.com/v1", "version": "v1"}],
        "preferredVersion": {"groupVersion": "stable.example.com/v1", "version": "v1"}}  # fmt: skip
    _, resources = await rest("GET", f"{GROUP}/v1")
    assert [(each["name"], each["kind"]) for each in resources["resources"]] == [
        ("crontabs", "CronTab"), ("crontabs/status", "CronTab"), ("crontabs/scale", "Scale")]  # fmt: skip
    assert resources["resources"][0]["shortNames"] == ["ct"]
    _, index = await rest("GET", "/openapi/v3")
    url = index["paths"]["apis/stable.example.com/v1"]["serverRelativeURL"]
    _, document = await rest("GET", url)
    schema = document["components"]["schemas"]["com.example.stable.v1.CronTab"]
    assert schema["properties"]["spec"]["properties"]["replicas"] == {"type": "integer", "minimum": 0, "maximum": 10}
    assert schema["x-kubernetes-group-version-kind"] == [
        {"group": "stable.example.com", "kind": "CronTab", "version": "v1"}]  # fmt: skip
    assert schema["properties"]["metadata"]["allOf"] == [
        {"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}]  # fmt: skip
    patch = document["paths"][f"{GROUP}/v1/namespaces/{{namespace}}/crontabs/{{name}}"]["patch"]
    assert "application/strategic-merge-patch+json" not in patch["requestBody"]["content"]
    _, swagger = await rest("GET", "/openapi/v2")
    assert "com.example.stable.v1.CronTabList" in swagger["definitions"]


async def test_field_selectors(rest: Rest) -> None:
    await define(rest, definition(version(selectableFields=[{"jsonPath": ".spec.image"}])))
    for name, image in (("one", "a"), ("two", "b")):
        await rest("POST", CRONTABS, crontab(name, image=image))
    _, found = await rest("GET", f"{CRONTABS}?fieldSelector=spec.image%3Db")
    assert [each["metadata"]["name"] for each in found["items"]] == ["two"]
    code, _ = await rest("GET", f"{CRONTABS}?fieldSelector=spec.cronSpec%3Db")
    assert code == 400


@asynccontextmanager
async def watching(rest: Rest, path: str) -> AsyncIterator[Callable[[], Awaitable[Any]]]:
    async with rest.open("GET", f"{path}{'&' if '?' in path else '?'}watch=true&timeoutSeconds=20") as response:
        assert response.status == 200, await response.text()

        async def event() -> Any:
            async with asyncio.timeout(5):
                line = await response.content.readline()
            return json.loads(line) if line else None

        yield event


async def test_two_versions_show_the_same_objects(rest: Rest) -> None:
    smaller = {"type": "object", "properties": {"cronSpec": {"type": "string"},
                                                "zone": {"type": "string", "default": "UTC"}}}  # fmt: skip
    await define(rest, definition(version("v1beta1", spec=smaller, storage=False), version("v1")))
    _, groups = await rest("GET", GROUP)
    assert [each["version"] for each in groups["versions"]] == ["v1", "v1beta1"]
    assert groups["preferredVersion"]["version"] == "v1"
    beta = CRONTABS.replace("/v1/", "/v1beta1/")
    async with watching(rest, beta) as event:
        await rest("POST", CRONTABS, crontab(replicas=3))
        seen = await event()
        assert (seen["type"], seen["object"]["apiVersion"]) == ("ADDED", "stable.example.com/v1beta1")
        assert seen["object"]["spec"] == {"cronSpec": "* * * * *"}
        _, shown = await rest("GET", f"{beta}/one")
        assert shown == seen["object"]
        shown["spec"]["cronSpec"] = "new"
        code, updated = await rest("PUT", f"{beta}/one", shown)
        assert (code, updated["apiVersion"], updated["spec"]) == (
            200, "stable.example.com/v1beta1", {"cronSpec": "new"}), "what is kept is v1, which knows no zones"
        assert (await event())["type"] == "MODIFIED"
    _, now = await rest("GET", f"{CRONTABS}/one")
    assert (now["apiVersion"], now["spec"]["cronSpec"], now["spec"]["image"]) == (
        "stable.example.com/v1", "new", "cron:1")  # fmt: skip


async def test_a_changed_schema_shows_in_old_objects_and_ends_watches(rest: Rest, crd: Obj) -> None:
    await rest("POST", CRONTABS, crontab())
    _, now = await rest("GET", f"{CRDS}/crontabs.stable.example.com")
    spec = now["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["properties"]["zone"] = {"type": "string", "default": "UTC"}
    async with watching(rest, CRONTABS) as event:
        assert (await event())["type"] == "ADDED"
        code, changed = await rest("PUT", f"{CRDS}/crontabs.stable.example.com", now)
        assert (code, changed["metadata"]["generation"]) == (200, 2)
        assert await event() is None
    _, shown = await rest("GET", f"{CRONTABS}/one")
    assert shown["spec"]["zone"] == "UTC"


async def test_old_faults_are_not_held_against_new_changes(rest: Rest, crd: Obj) -> None:
    await rest("POST", CRONTABS, crontab(replicas=3))
    _, now = await rest("GET", f"{CRDS}/crontabs.stable.example.com")
    properties = now["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    properties["cronSpec"]["maxLength"] = 2
    assert (await rest("PUT", f"{CRDS}/crontabs.stable.example.com", now))[0] == 200
    merge = {"headers": {"Content-Type": "application/merge-patch+json"}}
    code, answer = await rest("PATCH", f"{CRONTABS}/one", {"spec": {"replicas": 4}}, **merge)
    assert code == 200, answer
    code, answer = await rest("PATCH", f"{CRONTABS}/one", {"spec": {"cronSpec": "abc"}}, **merge)
    assert (code, answer["details"]["causes"][0]["reason"]) == (422, "FieldValueTooLong")


async def test_names_that_others_have_are_not_accepted(rest: Rest, crd: Obj) -> None:
    other = definition(plural="crontabbers", kind="CronTabber", short=("ct",))
    assert (await rest("POST", CRDS, other))[0] == 201

    async def refused() -> Obj | None:
        _, now = await rest("GET", f"{CRDS}/crontabbers.stable.example.com")
        return now if condition(now, "NamesAccepted").get("status") == "False" else None

    now = await until(refused)
    assert condition(now, "NamesAccepted")["reason"] == "ShortNamesConflict"
    assert condition(now, "NamesAccepted")["message"] == '"ct" is already in use'
    assert condition(now, "Established")["reason"] == "NotAccepted"
    assert (await rest("GET", f"{GROUP}/v1/crontabbers"))[0] == 404
    # The name becomes free, and the one that waited for it gets it.
    assert (await rest("DELETE", f"{CRDS}/crontabs.stable.example.com"))[0] == 200

    async def established() -> bool:
        _, now = await rest("GET", f"{CRDS}/crontabbers.stable.example.com")
        return bool(condition(now, "Established").get("status") == "True")

    await until(established)
    assert (await rest("GET", f"{GROUP}/v1/crontabbers"))[0] == 200


async def test_a_definition_takes_its_objects_with_it(rest: Rest, crd: Obj) -> None:
    await rest("POST", CRONTABS, crontab())
    held = crontab("held")
    held["metadata"]["finalizers"] = ["example.com/hold"]
    await rest("POST", CRONTABS, held)
    async with watching(rest, CRONTABS) as event:
        assert [(await event())["type"] for _ in range(2)] == ["ADDED", "ADDED"]
        code, answer = await rest("DELETE", f"{CRDS}/crontabs.stable.example.com")
        assert (code, answer["metadata"]["finalizers"]) == (200, ["customresourcecleanup.apiextensions.k8s.io"])
        assert condition(answer, "Terminating")["reason"] == "InstanceDeletionPending"
        changes = {}
        while len(changes) < 2:
            seen = await event()
            if seen is None:  # the kind is now that of a definition being deleted
                break
            changes[seen["object"]["metadata"]["name"]] = seen["type"]
    code, refused = await rest("POST", CRONTABS, crontab("late"))
    assert (code, refused["message"]) == (
        405, "create not allowed while custom resource definition is terminating")  # fmt: skip

    async def one_left() -> bool:
        _, listed = await rest("GET", CRONTABS)
        return [each["metadata"]["name"] for each in listed["items"]] == ["held"]

    await until(one_left)
    async with watching(rest, CRONTABS) as event:
        assert (await event())["object"]["metadata"]["name"] == "held"
        code, _ = await rest("PATCH", f"{CRONTABS}/held", {"metadata": {"finalizers": None}},
                             headers={"Content-Type": "application/merge-patch+json"})  # fmt: skip
        assert code == 200
        assert (await event())["type"] == "DELETED"
        assert await event() is None

    async def gone() -> bool:
        return (await rest("GET", f"{CRDS}/crontabs.stable.example.com"))[0] == 404

    await until(gone)
    assert (await rest("GET", CRONTABS))[0] == 404
    assert (await rest("GET", GROUP))[0] == 404
    # The same again starts with nothing.
    await define(rest, definition())
    assert (await rest("GET", CRONTABS))[1]["items"] == []


async def test_definitions_are_there_after_a_restart(store: MemoryStore, rest: Rest, parts: Parts, crd: Obj) -> None:
    await rest("POST", CRONTABS, crontab())
    async with running(store) as second:
        kind = KINDS.by_resource("stable.example.com", "v1", "crontabs")
        assert kind is not None
        item = second.cache.get(kind, "default", "one")
        assert item is not None


async def test_faults_of_definitions_are_named(rest: Rest) -> None:
    crd = definition()
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["x"] = {"type": "array"}
    crd["spec"]["names"]["plural"] = "others"
    code, refused = await rest("POST", CRDS, crd)
    assert code == 422
    assert {(cause["field"], cause["message"]) for cause in refused["details"]["causes"]} == {
        ("metadata.name", 'Invalid value: "crontabs.stable.example.com": must be spec.names.plural+"."+spec.group'),
        ("spec.validation.openAPIV3Schema.properties[spec].properties[x].items", "Required value: must be specified"),
    }


async def test_without_a_status_subresource_status_is_a_field_like_any_other(rest: Rest) -> None:
    plain = version()
    del plain["subresources"]
    await define(rest, definition(plain, scope="Cluster"))
    path = f"{GROUP}/v1/crontabs"
    code, made = await rest("POST", path, crontab() | {"status": {"phase": "x"}})
    assert (code, made["status"]) == (201, {"phase": "x"})
    assert "namespace" not in made["metadata"]
    made["status"]["phase"] = "y"
    code, updated = await rest("PUT", f"{path}/one", made)
    assert (code, updated["status"], updated["metadata"]["generation"]) == (200, {"phase": "y"}, 2)
    assert (await rest("GET", f"{path}/one/status"))[0] == 404
    assert (await rest("GET", f"{path}/one/scale"))[0] == 404
    assert (await rest("GET", f"{GROUP}/v1/namespaces/default/crontabs"))[0] == 404


async def test_what_is_built_in_stays_what_it_is(rest: Rest) -> None:
    crd = definition(plural="leases", kind="Lease", short=())
    crd["metadata"] = {"name": "leases.coordination.k8s.io",
                       "annotations": {"api-approved.kubernetes.io": "unapproved, a test"}}  # fmt: skip
    crd["spec"]["group"] = "coordination.k8s.io"
    leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
    lease = {"metadata": {"name": "x"}, "spec": {"holderIdentity": "a"}}
    assert (await rest("POST", leases, lease))[0] == 201
    assert (await rest("POST", CRDS, crd))[0] == 201

    async def refused() -> Obj | None:
        _, now = await rest("GET", f"{CRDS}/leases.coordination.k8s.io")
        return condition(now, "NamesAccepted")

    assert (await until(refused))["reason"] == "ListKindConflict"
    code, found = await rest("GET", f"{leases}/x")
    assert (code, found["spec"]) == (200, {"holderIdentity": "a"})
    assert (await rest("DELETE", f"{CRDS}/leases.coordination.k8s.io"))[0] == 200

    async def gone() -> bool:
        return (await rest("GET", f"{CRDS}/leases.coordination.k8s.io"))[0] == 404

    await until(gone)
    assert (await rest("GET", f"{leases}/x"))[0] == 200


async def test_server_side_apply_knows_the_schema(rest: Rest, crd: Obj) -> None:
    apply = {"headers": {"Content-Type": "application/apply-patch+yaml"}}
    code, made = await rest("PATCH", f"{CRONTABS}/one?fieldManager=a", crontab(replicas=3), **apply)
    assert (code, made["spec"]["replicas"], made["spec"]["image"]) == (201, 3, "cron:1"), made
    (entry,) = made["metadata"]["managedFields"]
    assert entry["fieldsV1"] == {"f:spec": {"f:cronSpec": {}, "f:replicas": {}}}
    code, refused = await rest("PATCH", f"{CRONTABS}/one?fieldManager=b", crontab(replicas=4), **apply)
    assert (code, refused["details"]["causes"][0]["field"]) == (409, ".spec.replicas")


async def test_many_objects_come_while_a_definition_is_being_taken_in(
    store: MemoryStore, rest: Rest, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written between the definition and the end of the first range is there afterwards, once."""
    held = asyncio.Event()
    ranged = store.range

    async def slowly(prefix: str, **options: Any) -> Any:
        page = await ranged(prefix, **options)
        if prefix == "/registry/stable.example.com/crontabs/":
            await held.wait()
        return page

    monkeypatch.setattr(parts.cache._reader, "range", slowly)
    assert (await rest("POST", CRDS, definition()))[0] == 201
    for number in range(5):
        key = f"/registry/stable.example.com/crontabs/default/n{number}"
        metadata = {"name": f"n{number}", "namespace": "default", "uid": str(number)}
        await store.commit(Put(key, encode({**crontab(), "metadata": metadata})))
    await store.commit(Remove("/registry/stable.example.com/crontabs/default/n0"))
    asked = asyncio.create_task(rest("GET", CRONTABS))
    done, _ = await asyncio.wait([asked], timeout=0.1)
    assert not done, "whether it is served is not known before its objects are"
    held.set()
    assert (await asked)[0] in (200, 404)

    async def listed() -> bool:
        code, found = await rest("GET", CRONTABS)
        return code == 200 and [each["metadata"]["name"] for each in found["items"]] == ["n1", "n2", "n3", "n4"]

    await until(listed)


async def test_only_metadata_and_scale_come_in_protobuf(rest: Rest, crd: Obj) -> None:
    protobuf = "application/vnd.kubernetes.protobuf"
    code, made = await rest("POST", CRONTABS, crontab("one", replicas=2))
    assert code == 201
    async with rest.open("POST", CRONTABS, data=b"k8s\0", headers={"Content-Type": protobuf}) as response:
        status = await response.json()
        assert (response.status, status["message"]) == (
            415, "the body of the request was in an unknown format - accepted media types include: "
                 "application/json, application/yaml")  # fmt: skip
    assert await rest("GET", f"{CRONTABS}/one", headers={"Accept": f"{protobuf},application/json"}) == (200, made)
    partial = f"{protobuf};as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    for path, accept, kind in ((f"{CRONTABS}/one", partial, "PartialObjectMetadata"),
                               (f"{CRONTABS}/one/scale", protobuf, "Scale")):  # fmt: skip
        async with rest.open("GET", path, headers={"Accept": accept}) as response:
            assert (response.status, response.content_type) == (200, protobuf)
            found = decode(await response.read())
            assert (found["kind"], found["metadata"]["name"]) == (kind, "one")


async def test_definitions_are_taken_in_again_after_a_gap_in_the_history(
    store: MemoryStore, rest: Rest, crd: Obj
) -> None:
    """While the cache does not follow, one definition goes and another comes with its objects."""
    await rest("POST", CRONTABS, crontab())
    await define(rest, definition(plural="goings", kind="Going", short=()))
    second = definition(plural="comings", kind="Coming", short=())
    second["status"] = {"acceptedNames": second["spec"]["names"], "storedVersions": ["v1"],
                        "conditions": [{"type": "Established", "status": "True"}]}  # fmt: skip
    second["metadata"]["uid"] = "c"
    coming = {"apiVersion": "stable.example.com/v1", "kind": "Coming", "spec": {"cronSpec": "x"},
              "metadata": {"name": "a", "namespace": "default", "uid": "a"}}  # fmt: skip
    place = "/registry/apiextensions.k8s.io/customresourcedefinitions/"
    async with watching(rest, CRONTABS) as event:
        assert (await event())["type"] == "ADDED"
        # In one turn of the loop, so that the watch finds its place in the history gone.
        for write in (Remove(f"{place}goings.stable.example.com"),
                      Put(f"{place}comings.stable.example.com", encode(second)),
                      Put("/registry/stable.example.com/comings/default/a", encode(coming))):  # fmt: skip
            store._transaction([write], None)
        store.compact(store._now)
        seen = await event()
        assert (seen["type"], seen["object"]["code"]) == ("ERROR", 410)

    async def listed(plural: str) -> list[str] | None:
        code, found = await rest("GET", f"{GROUP}/v1/{plural}")
        return [each["metadata"]["name"] for each in found["items"]] if code == 200 else None

    await until(lambda: listed("comings"))
    assert await listed("comings") == ["a"]
    assert await listed("crontabs") == ["one"]
    assert await listed("goings") is None
