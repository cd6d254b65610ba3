"""Definitions over the real handlers and REST: accepted, established, changed, deleted with all that they define."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.apiserver.assembly import Parts
from services.apiserver.watching.encoding import encode
from services.objects.kinds import KINDS
from services.objects.meta import Obj
from services.storage.memory import MemoryStore
from services.storage.store import Put, Remove
from tests.component.apiserver.conftest import Rest, running
from tests.component.apiserver.crontabs import (  # noqa: F401 - settling is a fixture
    CRDS,
    CRONTABS,
    GROUP,
    condition,
    crontab,
    define,
    definition,
    settling,
    until,
    version,
    watching,
)


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
