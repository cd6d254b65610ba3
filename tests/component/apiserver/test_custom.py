"""Custom resources over the real handlers and REST: objects like others, of the shape that their schema says."""

from __future__ import annotations

import pytest

from services.objects.meta import Obj
from services.objects.wire.protobuf import decode
from tests.component.apiserver.conftest import Rest
from tests.component.apiserver.crontabs import (  # noqa: F401 - settling is a fixture
    CRDS,
    CRONTABS,
    GROUP,
    crontab,
    define,
    definition,
    settling,
    version,
)


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


async def test_field_selectors(rest: Rest) -> None:
    await define(rest, definition(version(selectableFields=[{"jsonPath": ".spec.image"}])))
    for name, image in (("one", "a"), ("two", "b")):
        await rest("POST", CRONTABS, crontab(name, image=image))
    _, found = await rest("GET", f"{CRONTABS}?fieldSelector=spec.image%3Db")
    assert [each["metadata"]["name"] for each in found["items"]] == ["two"]
    code, _ = await rest("GET", f"{CRONTABS}?fieldSelector=spec.cronSpec%3Db")
    assert code == 400


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


async def test_server_side_apply_knows_the_schema(rest: Rest, crd: Obj) -> None:
    apply = {"headers": {"Content-Type": "application/apply-patch+yaml"}}
    code, made = await rest("PATCH", f"{CRONTABS}/one?fieldManager=a", crontab(replicas=3), **apply)
    assert (code, made["spec"]["replicas"], made["spec"]["image"]) == (201, 3, "cron:1"), made
    (entry,) = made["metadata"]["managedFields"]
    assert entry["fieldsV1"] == {"f:spec": {"f:cronSpec": {}, "f:replicas": {}}}
    code, refused = await rest("PATCH", f"{CRONTABS}/one?fieldManager=b", crontab(replicas=4), **apply)
    assert (code, refused["details"]["causes"][0]["field"]) == (409, ".spec.replicas")


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
