"""Every kind that is declared is served: written, read, listed, selected, printed, changed and deleted over REST."""

from __future__ import annotations

from typing import Any

import pytest

from services.objects.kinds import KINDS, Kind
from services.objects.meta import Obj
from tests.examples.every import example

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
MERGE = {"Content-Type": "application/merge-patch+json"}
STORED = [kind for kind in KINDS if kind.stored]


def place(kind: Kind) -> str:
    root = f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
    return f"{root}/namespaces/default/{kind.plural}" if kind.namespaced else f"{root}/{kind.plural}"


@pytest.fixture(params=STORED, ids=lambda kind: f"{kind.plural}.{kind.version}.{kind.group}".rstrip("."))
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


@pytest.fixture
async def made(rest: Any, kind: Kind) -> Obj:
    """The example, created strictly: unknown fields and warnings of the schema would refuse it."""
    code, obj = await rest("POST", place(kind) + "?fieldValidation=Strict", example(kind))
    assert code == 201, obj
    return obj


async def test_it_is_created_and_read(rest: Any, kind: Kind, made: Obj) -> None:
    name = made["metadata"]["name"]
    assert (made["apiVersion"], made["kind"]) == (kind.api_version, kind.kind)
    assert made["metadata"].get("namespace", "") == ("default" if kind.namespaced else "")
    assert ("generation" in made["metadata"]) == kind.has_generation
    assert await rest("GET", f"{place(kind)}/{name}") == (200, made)
    code, refusal = await rest("POST", place(kind), example(kind))
    assert (code, refusal["reason"]) == (409, "AlreadyExists")


async def test_it_is_listed_and_selected(rest: Any, kind: Kind, made: Obj) -> None:
    code, found = await rest("GET", place(kind))
    assert (code, found["kind"], found["apiVersion"]) == (200, f"{kind.kind}List", kind.api_version)
    assert {**made, "apiVersion": kind.api_version, "kind": kind.kind} in [
        {**item, "apiVersion": kind.api_version, "kind": kind.kind} for item in found["items"]]  # fmt: skip
    for path, value_of in kind.fields.items():
        code, found = await rest("GET", place(kind), params={"fieldSelector": f"{path}={value_of(made)}"})
        assert code == 200
        assert made["metadata"]["uid"] in [item["metadata"]["uid"] for item in found["items"]], path


async def test_it_is_printed(rest: Any, kind: Kind, made: Obj) -> None:
    code, table = await rest("GET", f"{place(kind)}/{made['metadata']['name']}", headers={"Accept": TABLE})
    assert (code, table["kind"]) == (200, "Table")
    (row,) = table["rows"]
    columns = [column["name"] for column in table["columnDefinitions"]]
    assert len(row["cells"]) == len(columns)
    assert row["cells"][columns.index("Name")] == made["metadata"]["name"]


async def test_it_is_patched_and_replaced(rest: Any, kind: Kind, made: Obj) -> None:
    path = f"{place(kind)}/{made['metadata']['name']}"
    code, patched = await rest("PATCH", path, {"metadata": {"labels": {"a": "b"}}}, headers=MERGE)
    assert (code, patched["metadata"]["labels"]["a"]) == (200, "b"), patched
    assert patched["metadata"].get("generation") == made["metadata"].get("generation"), "a label is no wish"
    code, replaced = await rest("PUT", path, {**patched, "metadata": {**patched["metadata"], "labels": {"a": "c"}}})
    assert (code, replaced["metadata"]["labels"]["a"]) == (200, "c"), replaced
    assert int(replaced["metadata"]["resourceVersion"]) > int(patched["metadata"]["resourceVersion"])
    body = {field: value for field, value in replaced.items() if field != "metadata"}
    assert body == {field: value for field, value in made.items() if field != "metadata"}


async def test_its_status_has_a_door_of_its_own(rest: Any, kind: Kind, made: Obj) -> None:
    path = f"{place(kind)}/{made['metadata']['name']}/status"
    code, read = await rest("GET", path)
    if kind.subresource("status") is None:
        assert code == 404
        return
    assert (code, read) == (200, made)
    code, patched = await rest("PATCH", path, {"metadata": {"annotations": {"a": "b"}}}, headers=MERGE)
    annotated = "a" in patched["metadata"].get("annotations", ())
    assert (code, annotated) == (200, "annotations" in kind.status_metadata), patched
    code, replaced = await rest("PUT", path, patched)
    assert (code, replaced.get("status")) == (200, patched.get("status")), replaced


async def test_it_is_deleted(rest: Any, kind: Kind, made: Obj) -> None:
    path = f"{place(kind)}/{made['metadata']['name']}"
    code, _ = await rest("DELETE", path, {"gracePeriodSeconds": 0, "propagationPolicy": "Background"})
    assert code == 200
    code, gone = await rest("GET", path)
    held = made["metadata"].get("finalizers") or (made.get("spec") or {}).get("finalizers")
    if held or kind.begin_deletion is not None:
        assert gone["metadata"]["deletionTimestamp"], "what finalizers hold is on its way"
    else:
        assert (code, gone["reason"]) == (404, "NotFound")


async def test_discovery_and_openapi_know_it(rest: Any, kind: Kind) -> None:
    group_version = f"apis/{kind.group}/{kind.version}" if kind.group else f"api/{kind.version}"
    _, resources = await rest("GET", f"/{group_version}")
    found = {resource["name"]: resource for resource in resources["resources"]}
    assert (found[kind.plural]["kind"], found[kind.plural]["namespaced"]) == (kind.kind, kind.namespaced)
    assert sorted(found[kind.plural]["verbs"]) == sorted(kind.verbs)
    assert {name for name in found if name.startswith(f"{kind.plural}/")} == {
        f"{kind.plural}/{subresource.name}" for subresource in kind.subresources}  # fmt: skip
    _, document = await rest("GET", f"/openapi/v3/{group_version}")
    assert place(kind).replace("/default/", "/{namespace}/") in document["paths"]
    told = document["components"]["schemas"][kind.definition]["x-kubernetes-group-version-kind"]
    assert {"group": kind.group, "version": kind.version, "kind": kind.kind} in told


def test_every_kind_has_an_example() -> None:
    for kind in KINDS:
        assert example(kind)["kind"] == kind.kind
