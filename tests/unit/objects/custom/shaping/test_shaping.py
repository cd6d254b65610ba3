"""Pruning, defaulting, lists that are sets or maps, embedded resources."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from services.objects.custom.shaping import defaulting, embedded, pruning
from services.objects.custom.shaping.embedded import MetaProblems
from services.objects.custom.structural import Node
from services.objects.custom.validation import listtypes
from services.objects.meta import Obj

HEAD = {"apiVersion": "a/v1", "kind": "K", "metadata": {"name": "x", "anything": 1}}
PRESERVE = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def of(**properties: Any) -> Obj:
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize(("schema", "value", "left", "unknown"), [
    (of(a={"type": "string"}), {"a": "x", "b": 1}, {"a": "x"}, ["b"]),
    (of(a=of(b={"type": "string"})), {"a": {"b": "x", "c": {"d": 1}}}, {"a": {"b": "x"}}, ["a.c"]),
    (of(a={"type": "array", "items": of(b={"type": "string"})}), {"a": [{"b": "x", "c": 1}, {}]},
     {"a": [{"b": "x"}, {}]}, ["a[0].c"]),
    (of(a={"type": "object", "additionalProperties": of(b={"type": "string"})}), {"a": {"k": {"b": "x", "c": 1}}},
     {"a": {"k": {"b": "x"}}}, ["a.k.c"]),
    (of(a=PRESERVE), {"a": {"b": {"c": [1]}}}, {"a": {"b": {"c": [1]}}}, []),
    # what is specified inside of a preserved value is pruned as usual
    (of(a={**PRESERVE, "properties": {"b": of()}}), {"a": {"b": {"c": 1}, "d": 1}}, {"a": {"b": {}, "d": 1}},
     ["a.b.c"]),
    ({**PRESERVE}, {"x": 1}, {"x": 1}, []),
    (of(a={"type": "object", "x-kubernetes-embedded-resource": True, "properties": {"spec": of()}}),
     {"a": {**HEAD, "spec": {"x": 1}, "status": {}}}, {"a": {**HEAD, "spec": {}}}, ["a.spec.x", "a.status"]),
    # apiVersion, kind and metadata mean nothing special elsewhere
    (of(a=of()), {"a": {"kind": "K"}}, {"a": {}}, ["a.kind"]),
    (of(a={"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}), {"a": [[1], [{"x": 1}]]},
     {"a": [[1], [{}]]}, ["a[1][0].x"]),
])  # fmt: skip
def test_pruning(schema: Obj, value: Obj, left: Obj, unknown: list[str]) -> None:
    obj = copy.deepcopy({**HEAD, **value})
    assert pruning.prune(obj, Node(schema)) == unknown
    assert obj == {**HEAD, **left}
    assert pruning.prune(obj, Node(schema)) == []


@pytest.mark.parametrize(("schema", "value", "expected"), [
    (of(a={"type": "string", "default": "x"}), {}, {"a": "x"}),
    (of(a={"type": "string", "default": "x"}), {"a": "y"}, {"a": "y"}),
    (of(a={"type": "string", "default": "x"}), {"a": None}, {"a": "x"}),
    (of(a={"type": "string", "default": "x", "nullable": True}), {"a": None}, {"a": None}),
    (of(a={"type": "string"}), {"a": None}, {}),
    (of(a={"type": "string", "nullable": True}), {"a": None}, {"a": None}),
    # defaults do not make their parents
    (of(a=of(b={"type": "integer", "default": 1})), {}, {}),
    (of(a=of(b={"type": "integer", "default": 1})), {"a": {}}, {"a": {"b": 1}}),
    (of(a={**of(b={"type": "integer", "default": 1}), "default": {}}), {}, {"a": {"b": 1}}),
    (of(a={"type": "array", "items": of(b={"type": "integer", "default": 1})}), {"a": [{}, {"b": 2}]},
     {"a": [{"b": 1}, {"b": 2}]}),
    (of(a={"type": "object", "additionalProperties": of(b={"type": "integer", "default": 1})}), {"a": {"k": {}}},
     {"a": {"k": {"b": 1}}}),
    (of(a={"type": "array", "items": {"type": "string", "default": "x"}}), {"a": [None]}, {"a": ["x"]}),
    (of(a={"type": "array", "items": {"type": "string"}}), {"a": [None]}, {"a": [None]}),
])  # fmt: skip
def test_defaulting(schema: Obj, value: Obj, expected: Obj) -> None:
    node, obj = Node(schema), copy.deepcopy(value)
    defaulting.default(obj, node)
    assert obj == expected
    defaulting.default(obj, node)
    assert obj == expected


def test_a_default_is_copied() -> None:
    node = Node(of(a={"type": "object", "default": {"b": [1]}}))
    one: Obj = {}
    defaulting.default(one, node)
    one["a"]["b"].append(2)
    other: Obj = {}
    defaulting.default(other, node)
    assert other == {"a": {"b": [1]}}


SET = {"type": "array", "x-kubernetes-list-type": "set", "items": {}}


def keyed(*keys: str) -> Obj:
    return {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(keys),
            "items": {"type": "object"}}  # fmt: skip


@pytest.mark.parametrize(("schema", "value", "expected"), [
    (SET, ["a", "b"], []),
    (SET, ["a", "b", "a", "a"], [("a[2]", 'Duplicate value: "a"')]),
    (SET, [1, True, 1.0, "1"], []),
    (SET, [{"x": 1, "y": 2}, {"y": 2, "x": 1}], [("a[1]", 'Duplicate value: {"x":1,"y":2}')]),
    (keyed("k"), [{"k": 1}, {"k": 2}], []),
    (keyed("k"), [{"k": 1, "v": 1}, {"k": 1, "v": 2}], [("a[1]", 'Duplicate value: {"k":1}')]),
    (keyed("k"), [{"v": 1}, {"v": 2}], [("a[1]", "Duplicate value: {}")]),
    (keyed("k", "l"), [{"k": 1, "l": 1}, {"k": 1, "l": 2}, {"l": 2, "k": 1}],
     [("a[2]", 'Duplicate value: {"k":1,"l":2}')]),
    (keyed("k"), [1], [("a[0]", "Invalid value: 1: must be an object for an array of list-type map")]),
    (SET, "no list", []),
])  # fmt: skip
def test_list_types(schema: Obj, value: Any, expected: list[Any]) -> None:
    found = listtypes.duplicates({"a": value}, Node(of(a=schema)))
    assert [(cause.field, cause.message) for cause in found] == expected


def test_list_types_below() -> None:
    node = Node(of(a={"type": "object", "additionalProperties": of(b=SET)}))
    (cause,) = listtypes.duplicates({"a": {"k": {"b": [1, 1]}}}, node)
    assert cause.field == "a[k].b[1]"


EMBEDDED = of(t={"type": "object", "x-kubernetes-embedded-resource": True,
                 "x-kubernetes-preserve-unknown-fields": True})


@pytest.mark.parametrize(("value", "expected"), [
    ({"apiVersion": "v1", "kind": "Pod"}, []),
    ({}, [("t.apiVersion", "Required value: must not be empty"), ("t.kind", "Required value: must not be empty")]),
    ({"apiVersion": "", "kind": "a_b"}, [
        ("t.apiVersion", 'Invalid value: "": must not be empty'),
        ("t.kind",
         'Invalid value: "a_b": may have mixed case, but should otherwise match: a DNS-1035 label must consist '
                   "of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an "
                   "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
                   "'[a-z]([-a-z0-9]*[a-z0-9])?')")]),
    ({"apiVersion": "a/b/c", "kind": 1}, [
        ("t.apiVersion", 'Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'),
        ("t.kind", "Invalid value: 1: must be a string")]),
    ({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a/b"}}, [
        ("t.metadata.name", "Invalid value: \"a/b\": may not contain '/'")]),
])  # fmt: skip
def test_embedded_resources(value: Obj, expected: list[Any]) -> None:
    found = embedded.validate({"t": value}, Node(EMBEDDED))
    assert [(cause.field, cause.message) for cause in found] == expected


def test_metadata_of_embedded_resources_is_typed() -> None:
    seen: list[str] = []

    def meta(value: Any, path: str) -> MetaProblems:
        seen.append(path)
        return MetaProblems([f"{path}.foo"], None if value.get("ok") else "json: wrong")

    node = Node(of(a={"type": "array", "items": EMBEDDED["properties"]["t"]}))
    obj = {"a": [{"metadata": {"ok": 1}}, {"kind": "K"}]}
    assert embedded.coerce(obj, node, meta) == MetaProblems(["a[0].metadata.foo"], None)
    assert seen == ["a[0].metadata"]
    assert embedded.coerce({"a": [{"metadata": {}}]}, node,
                           meta).wrong == "a[0].metadata: Invalid value: {}: json: wrong"
    assert embedded.coerce({"a": [{"kind": 1}]}, node, meta).wrong == "a[0].kind: Invalid value: 1: must be a string"
