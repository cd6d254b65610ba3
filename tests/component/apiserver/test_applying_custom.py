"""Server-side apply of custom resources: typed by their schemas, across versions, through their doors."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from services.objects.meta import Obj
from tests.component.apiserver.conftest import Rest
from tests.component.apiserver.test_custom import (  # noqa: F401 - settling is a fixture
    CRDS,
    CRONTABS,
    GROUP,
    crontab,
    define,
    definition,
    settling,
    version,
)

PATH = f"{CRONTABS}/one"
YAML = {"Content-Type": "application/apply-patch+yaml"}
MERGE = {"Content-Type": "application/merge-patch+json"}

PARTS: Obj = {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id", "zone"],
              "items": {"type": "object", "required": ["id"], "properties": {
                  "id": {"type": "string"}, "zone": {"type": "string", "default": "here"},
                  "size": {"type": "integer"}}}}  # fmt: skip
SPEC: Obj = {"type": "object", "properties": {
    "cronSpec": {"type": "string"}, "image": {"type": "string", "default": "cron:1"}, "replicas": {"type": "integer"},
    "parts": PARTS, "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    "words": {"type": "array", "items": {"type": "string"}},
}}  # fmt: skip


@pytest.fixture
async def crd(rest: Rest) -> Obj:
    return await define(rest, definition(version(spec=SPEC)))


async def apply(rest: Rest, obj: Obj, manager: str = "me", path: str = PATH, force: bool = False) -> tuple[int, Any]:
    query = f"?fieldManager={manager}" + ("&force=true" if force else "")
    return await rest("PATCH", path + query, data=orjson.dumps(obj), headers=YAML)


def owned(obj: Obj, manager: str) -> Obj:
    found: Obj = next(entry["fieldsV1"] for entry in obj["metadata"]["managedFields"] if entry["manager"] == manager)
    return found


async def test_items_are_owned_by_the_keys_of_the_schema(rest: Rest, crd: Obj) -> None:
    code, made = await apply(rest, crontab(parts=[{"id": "a", "size": 1}], words=["x"]))
    assert code == 201, made
    assert made["spec"]["image"] == "cron:1"
    assert owned(made, "me")["f:spec"] == {
        "f:cronSpec": {}, "f:words": {}, "f:parts": {'k:{"id":"a","zone":"here"}': {".": {}, "f:id": {}, "f:size": {}}}}
    code, both = await apply(rest, crontab(parts=[{"id": "b"}]), "you")
    assert [part["id"] for part in both["spec"]["parts"]] == ["a", "b"]
    code, status = await apply(rest, crontab(parts=[{"id": "a", "zone": "here", "size": 2}], words=["y"]), "you")
    assert code == 409
    assert [cause["field"] for cause in status["details"]["causes"]] == [
        '.spec.parts[id="a",zone="here"].size', ".spec.words"]  # fmt: skip
    code, left = await apply(rest, crontab())
    assert [part["id"] for part in left["spec"]["parts"]] == ["b"]
    assert "words" not in left["spec"]


async def test_what_has_no_schema_is_owned_field_by_field(rest: Rest, crd: Obj) -> None:
    await apply(rest, crontab(free={"a": {"x": 1}, "list": [1, 2]}))
    code, both = await apply(rest, crontab(free={"a": {"y": 2}}), "you")
    assert (code, both["spec"]["free"]) == (200, {"a": {"x": 1, "y": 2}, "list": [1, 2]})
    _, left = await apply(rest, crontab(free={"a": {"x": 1}}))
    assert left["spec"]["free"] == {"a": {"x": 1, "y": 2}}


async def test_wrong_types_and_unknown_fields_are_refused(rest: Rest, crd: Obj) -> None:
    prefix = "failed to create typed patch object (default/one; stable.example.com/v1, Kind=CronTab): "
    for spec, why in (({"replica": 1}, ".spec.replica: field not declared in schema"),
                      ({"replicas": "1"}, ".spec.replicas: expected numeric (int or float), got string")):  # fmt: skip
        metadata = {"name": "one", "namespace": "default"}
        code, status = await apply(rest, {**crontab(), "metadata": metadata, "spec": spec})
        assert (code, status["message"]) == (500, prefix + why)


async def test_the_same_again_writes_nothing(rest: Rest, crd: Obj) -> None:
    config = crontab(parts=[{"id": "a"}], free={"x": []}, words=[])
    code, made = await apply(rest, config)
    assert code == 201, made
    assert await apply(rest, config) == (200, made)


async def test_doors(rest: Rest, crd: Obj) -> None:
    await apply(rest, crontab(replicas=1))
    code, answer = await apply(rest, {**crontab(cronSpec="1"), "status": {"phase": "ok"}}, "controller",
                               f"{PATH}/status")  # fmt: skip
    assert (code, answer["status"], answer["spec"]["cronSpec"]) == (200, {"phase": "ok"}, "* * * * *")
    assert owned(answer, "controller") == {"f:status": {"f:phase": {}}}
    scale = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "one"}, "spec": {"replicas": 3}}
    code, status = await apply(rest, scale, "scaler", f"{PATH}/scale")
    assert (code, status["details"]["causes"][0]["field"]) == (409, ".spec.replicas")
    code, scaled = await apply(rest, scale, "scaler", f"{PATH}/scale", force=True)
    assert (code, scaled["spec"]["replicas"]) == (200, 3)
    _, found = await rest("GET", PATH)
    assert owned(found, "scaler") == {"f:spec": {"f:replicas": {}}}


async def test_versions_are_one_object(rest: Rest) -> None:
    await define(rest, definition(version(spec=SPEC), version("v2", storage=False, spec=SPEC)))
    other = f"{GROUP}/v2/namespaces/default/crontabs/one"
    await apply(rest, crontab(replicas=1))
    code, status = await apply(rest, {**crontab(replicas=2), "apiVersion": "stable.example.com/v2"}, "you", other)
    assert (code, status["details"]["causes"][0]["field"]) == (409, ".spec.replicas")
    code, same = await apply(rest, {**crontab(replicas=1), "apiVersion": "stable.example.com/v2"}, "me", other)
    assert (code, [entry["apiVersion"] for entry in same["metadata"]["managedFields"]]) == (
        200, ["stable.example.com/v2"])  # fmt: skip


async def test_a_list_whose_type_changes_is_still_owned(rest: Rest) -> None:
    atomic = {**SPEC, "properties": {**SPEC["properties"], "parts": {"type": "array", "items": PARTS["items"]}}}
    crd = await define(rest, definition(version(spec=atomic)))
    await apply(rest, crontab(parts=[{"id": "a"}, {"id": "b"}]))
    path = f"{CRDS}/{crd['metadata']['name']}"
    _, found = await rest("GET", path)
    found["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"] = SPEC
    code, changed = await rest("PUT", path, found)
    assert code == 200, changed

    code, left = await apply(rest, crontab(parts=[{"id": "a"}]))
    assert (code, [part["id"] for part in left["spec"]["parts"]]) == (200, ["a"])
    assert 'k:{"id":"a","zone":"here"}' in owned(left, "me")["f:spec"]["f:parts"]


async def test_one_is_not_true(rest: Rest, crd: Obj) -> None:
    await apply(rest, crontab(free={"a": 1}))
    code, changed = await apply(rest, crontab(free={"a": True}))
    assert (code, changed["spec"]["free"]["a"]) == (200, True)
    assert changed["spec"]["free"]["a"] is True
    _, found = await rest("GET", PATH)
    assert found["spec"]["free"]["a"] is True
