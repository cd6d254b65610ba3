"""Kinds made of definitions: names, tables, fields, versions, OpenAPI."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from services.objects import custom, golang
from services.objects.custom import openapi
from services.objects.custom.scale import ScalePaths
from services.objects.errors import InternalError
from services.objects.meta import Obj

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SPEC = {"type": "object", "properties": {"n": {"type": "integer", "default": 1}, "on": {"type": "boolean"},
                                         "name": {"type": "string"}}}  # fmt: skip


def version(name: str = "v1", **changes: Any) -> Obj:
    return {"name": name, "served": True, "storage": name == "v1",
            "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": SPEC}}}, **changes}  # fmt: skip


def definition(*versions: Obj, **spec: Any) -> Obj:
    return {"metadata": {"name": "tabs.example.com"}, "spec": {
        "group": "example.com", "scope": "Namespaced", "versions": list(versions) or [version()],
        "names": {"plural": "tabs", "singular": "tab", "kind": "Tab", "listKind": "TabList", "shortNames": ["t"]},
        **spec}}  # fmt: skip


def test_a_kind_of_a_definition() -> None:
    kind = custom.kind_of(definition(), "v1")
    assert (kind.group, kind.version, kind.kind, kind.plural, kind.list_kind) == (
        "example.com", "v1", "Tab", "tabs", "TabList")  # fmt: skip
    assert kind.short_names == ("t",)
    assert kind.subresources == ()
    assert kind.definition == "com.example.v1.Tab"
    with pytest.raises(KeyError):
        custom.kind_of(definition(), "v2")


def test_accepted_names_are_what_is_served() -> None:
    crd = definition()
    crd["status"] = {"acceptedNames": {"plural": "tabs", "kind": "Tab"}}
    assert custom.kind_of(crd, "v1").short_names == ()


@pytest.mark.parametrize(("spec", "served"), [
    ({}, ["v1", "v2"]),
    ({"conversion": {"strategy": "None"}}, ["v1", "v2"]),
    ({"conversion": {"strategy": "Webhook"}}, ["v1"]),
])  # fmt: skip
def test_served_versions(spec: Obj, served: list[str]) -> None:
    assert custom.served_versions(definition(version(), version("v2"), version("v3", served=False), **spec)) == served


def test_another_version_shows_what_it_knows_of_the_object() -> None:
    smaller = {"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "name": {"type": "string", "default": "x"}}}}}  # fmt: skip
    crd = definition(version(), version("v2", schema={"openAPIV3Schema": smaller}))
    kind = custom.kind_of(crd, "v2")
    head = {"kind": "Tab", "metadata": {"name": "a"}}
    stored = {"apiVersion": "example.com/v1", **head, "spec": {"on": True, "name": "y"}}
    assert kind.from_stored(copy.deepcopy(stored)) == {"apiVersion": "example.com/v2", **head, "spec": {"name": "y"}}
    # Defaults are those of the version in which it was kept.
    assert custom.kind_of(crd, "v1").from_stored({**stored, "spec": {}})["spec"] == {"n": 1}
    assert kind.from_stored({**stored, "spec": {}})["spec"] == {}
    assert kind.from_stored({"apiVersion": "example.com/v2", **head, "spec": {}})["spec"] == {"name": "x"}
    body = {"apiVersion": "example.com/v2", **head, "spec": {"name": "x", "more": {"a": 1}}}
    before = copy.deepcopy(body)
    assert kind.to_stored(body) == {"apiVersion": "example.com/v1", **head, "spec": {"name": "x"}}
    assert body == before


def row(column: Obj, obj: Obj) -> Any:
    kind = custom.kind_of(definition(version(additionalPrinterColumns=[{"name": "C", **column}])), "v1")
    return kind.printer.row({"metadata": {"name": "a", "creationTimestamp": "2026-01-02T03:03:05Z"}, **obj}, NOW)[1]


@pytest.mark.parametrize(("column", "obj", "cell"), [
    ({"type": "string", "jsonPath": ".spec.a"}, {"spec": {"a": "x"}}, "x"),
    ({"type": "string", "jsonPath": ".spec.a"}, {"spec": {"a": 1.5}}, "1.5"),
    ({"type": "string", "jsonPath": ".spec.a"}, {"spec": {"a": True}}, "true"),
    ({"type": "string", "jsonPath": ".spec.a"}, {"spec": {"a": ["x", {"b": 1}]}}, '["x",{"b":1}]'),
    ({"type": "string", "jsonPath": ".spec.a"}, {"spec": {}}, None),
    ({"type": "integer", "jsonPath": ".spec.a"}, {"spec": {"a": 3.7}}, 3),
    ({"type": "integer", "jsonPath": ".spec.a"}, {"spec": {"a": "3"}}, None),
    ({"type": "number", "jsonPath": ".spec.a"}, {"spec": {"a": 3}}, 3.0),
    ({"type": "boolean", "jsonPath": ".spec.a"}, {"spec": {"a": "true"}}, None),
    ({"type": "date", "jsonPath": ".metadata.creationTimestamp"}, {}, "60s"),
    ({"type": "date", "jsonPath": ".spec.a"}, {"spec": {"a": "x"}}, "<invalid>"),
])  # fmt: skip
def test_cells(column: Obj, obj: Obj, cell: Any) -> None:
    assert row(column, obj) == cell


def test_columns_without_and_with_faults() -> None:
    plain = custom.kind_of(definition(), "v1").printer
    assert [column.name for column in plain.columns] == ["Name", "Age"]
    broken = custom.kind_of(definition(version(additionalPrinterColumns=[
        {"name": "A", "type": "string", "jsonPath": ".a"}, {"name": "B", "type": "string", "jsonPath": ".a["},
        {"name": "C", "type": "string", "jsonPath": ".c"}])), "v1").printer  # fmt: skip
    assert [column.name for column in broken.columns] == ["Name", "A"]
    assert broken.columns[1].description == "Custom resource definition column (in JSONPath format): .a"


def test_selectable_fields() -> None:
    fields = custom.kind_of(definition(version(selectableFields=[
        {"jsonPath": ".spec.n"}, {"jsonPath": ".spec.on"}, {"jsonPath": ".spec.name"}])), "v1").fields  # fmt: skip
    obj = {"spec": {"n": 3, "on": True}}
    assert {path: read(obj) for path, read in fields.items()} == {"spec.n": "3", "spec.on": "true", "spec.name": ""}


def test_deprecated_versions_warn() -> None:
    assert custom.kind_of(definition(version(deprecated=True)),
                          "v1").warnings({}) == ["example.com/v1 Tab is deprecated"]
    told = custom.kind_of(definition(version(deprecated=True, deprecationWarning="use v2")), "v1")
    assert told.warnings({}) == ["use v2"]


SCALED = version(subresources={"scale": {"specReplicasPath": ".spec.n", "statusReplicasPath": ".status.n",
                                         "labelSelectorPath": ".status.sel"}})  # fmt: skip


@pytest.mark.parametrize(("obj", "expected"), [
    ({"spec": {"n": 1}}, []),
    ({"spec": {"n": -1}}, [(".spec.n", "Invalid value: -1: should be a non-negative integer")]),
    ({"spec": {"n": 2**31}}, [(".spec.n", "Invalid value: 2147483648: should be less than or equal to 2147483647")]),
    ({"status": {"n": "x"}}, [
        (".status.n", "Invalid value: 0: .status.n accessor error: x is of the type string, expected int64")]),
    ({"status": {"sel": 1}}, [
        (".status.sel", 'Invalid value: "": .status.sel accessor error: 1 is of the type int64, expected string')]),
])  # fmt: skip
def test_scales_are_checked(obj: Obj, expected: list[Any]) -> None:
    free = {**SCALED, "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}
    kind = custom.kind_of(definition(free), "v1")
    assert kind.custom is not None
    assert kind.custom.scale == ScalePaths(("spec", "n"), ("status", "n"), ("status", "sel"))
    assert [(cause.field, cause.message) for cause in kind.validate_create(obj)] == expected


def test_scales_are_read_and_written() -> None:
    from services.objects.custom import scale

    paths = ScalePaths(("spec", "size", "n"), ("status", "n"))
    obj: Obj = {"spec": 1}
    with pytest.raises(InternalError):
        scale.scale_of(obj, paths)
    scale.with_replicas(obj, paths, 3)
    assert obj == {"spec": {"size": {"n": 3}}}
    assert scale.scale_of(obj, paths) == (3, 0, "")


def test_openapi() -> None:
    field = {"type": "object", "properties": {
        "port": {"x-kubernetes-int-or-string": True}, "maybe": {"type": "string", "nullable": True},
        "one": {"type": "string", "anyOf": [{"minLength": 1}], "default": "x", "enum": ["x"]},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True,
                 "properties": {"a": {"type": "string"}}},
        "whole": {"type": "object", "x-kubernetes-embedded-resource": True,
                  "properties": {"spec": {"type": "object"}}}}}  # fmt: skip
    kind = custom.kind_of(definition(version(schema={"openAPIV3Schema": {"type": "object",
                                                                         "properties": {"spec": field}}})), "v1")
    third = openapi.definitions(kind, v2=False)["com.example.v1.Tab"]["properties"]["spec"]["properties"]
    assert third["one"] == field["properties"]["one"]  # type: ignore[index]
    assert third["whole"]["properties"]["metadata"]["$ref"].endswith("ObjectMeta")
    second = openapi.definitions(kind, v2=True)["com.example.v1.Tab"]["properties"]["spec"]["properties"]
    assert second["one"] == {"type": "string", "enum": ["x"]}
    assert second["port"] == {"x-kubernetes-int-or-string": True}
    assert second["maybe"] == {}
    assert second["free"] == {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    listed = openapi.definitions(kind, v2=True)["com.example.v1.TabList"]
    assert listed["properties"]["items"]["items"] == {"$ref": "#/$defs/com.example.v1.Tab"}


@pytest.mark.parametrize(("value", "text"), [
    (1, "1"), (1.0, "1"), (1.5, "1.5"), (0.0001, "0.0001"), (0.00001, "1e-05"), (1e20, "100000000000000000000"),
    (1e21, "1e+21"), (1.5e300, "1.5e+300"), (-2.5, "-2.5"), (float("inf"), "+Inf"), (0.1 + 0.2, "0.30000000000000004"),
])  # fmt: skip
def test_numbers_as_go_prints_them(value: float, text: str) -> None:
    assert golang.number(value) == text
