"""Paths: of rules and selectable fields, and JSONPath as printer columns have it."""

from __future__ import annotations

from typing import Any

import pytest

from services.objects.custom.paths import fieldpaths, jsonpath
from services.objects.custom.structural import Node

NODE = Node({"type": "object", "properties": {
    "spec": {"type": "object", "properties": {
        "a-b": {"type": "string"}, "it's": {"type": "string"}, "n": {"type": "integer"},
        "map": {"type": "object", "additionalProperties": {"type": "string"}},
        "list": {"type": "array", "items": {"type": "string"}}}}}})  # fmt: skip


@pytest.mark.parametrize(("text", "path", "names"), [
    (".spec.n", "spec.n", ("spec", "n")),
    (".spec['a-b']", "spec.a-b", ("spec", "a-b")),
    (".spec['it\\'s']", "spec.it's", ("spec", "it's")),
    ("['spec'].n", "spec.n", ("spec", "n")),
    (".spec.map.x", "spec.map[x]", ("spec", "map", "x")),
    (".spec.map['a.b']", "spec.map[a.b]", ("spec", "map", "a.b")),
])  # fmt: skip
def test_field_paths(text: str, path: str, names: tuple[str, ...]) -> None:
    found = fieldpaths.parse(text, NODE)
    assert (found.path, found.names) == (path, names)


@pytest.mark.parametrize(("text", "why"), [
    ("spec", "expected [ or . but got: spec"),
    (".spec.x", "does not refer to a valid field"),
    (".spec.n.x", "does not refer to a valid field"),
    (".spec.list[0]", "expected single quoted string but got 0"),
    (".spec.", "unexpected end of JSON path"),
    (".spec[", "unexpected end of JSON path"),
    (".spec['n'", "unexpected end of JSON path"),
    (".spec['n'.", "expected ] but got ."),
    (".spec['\\q']", "invalid string literal: invalid escape char \\q"),
])  # fmt: skip
def test_field_paths_that_are_none(text: str, why: str) -> None:
    with pytest.raises(fieldpaths.FieldPathError, match="^" + __import__("re").escape(why) + "$"):
        fieldpaths.parse(text, NODE)


def test_selectable_fields_have_no_brackets() -> None:
    with pytest.raises(fieldpaths.FieldPathError, match="array notation is not allowed"):
        fieldpaths.parse(".spec['n']", NODE, brackets=False)


OBJ: dict[str, Any] = {
    "metadata": {"labels": {"app.kubernetes.io/name": "web", "a": "b"}},
    "spec": {"n": 3, "list": [1, 2, 3], "null": None},
    "status": {"conditions": [{"type": "Ready", "status": "True", "n": 1},
                              {"type": "Done", "status": "False", "n": 2.5}],
               "map": {"x": {"v": 1}, "y": {"v": 2}}},
}  # fmt: skip


@pytest.mark.parametrize(("path", "found"), [
    (".", [OBJ]),
    (".spec.n", [3]),
    (".spec.missing.more", []),
    (".spec.null", [None]),
    (".spec.list", [[1, 2, 3]]),
    (".spec.list[*]", [1, 2, 3]),
    (".spec.list[0]", [1]),
    (".spec.list[-1]", [3]),
    (".spec.list[5]", []),
    (".spec.list[0:2]", [1, 2]),
    (".spec.list[::2]", [1, 3]),
    (".spec.list[0,2]", [1, 3]),
    (r".metadata.labels.app\.kubernetes\.io/name", ["web"]),
    (".metadata.labels['app.kubernetes.io/name']", ["web"]),
    ('.metadata.labels["a"]', ["b"]),
    ('.status.conditions[?(@.type=="Ready")].status', ["True"]),
    (".status.conditions[?(@.type=='Done')].n", [2.5]),
    (".status.conditions[?(@.n>1)].type", ["Done"]),
    (".status.conditions[?(@.n >= 1)].type", ["Ready", "Done"]),
    (".status.conditions[?(@.type!='Done')].n", [1]),
    (".status.conditions[?(@.missing=='x')].n", []),
    (".status.conditions[?(@.n=='1')].n", []),
    (".status.conditions[?(@.n)].n", [1, 2.5]),
    (".status.map.*.v", [1, 2]),
    ("..v", [1, 2]),
    ("$.spec.n", [3]),
])  # fmt: skip
def test_jsonpath(path: str, found: list[Any]) -> None:
    assert jsonpath.compile(path)(OBJ) == found


@pytest.mark.parametrize("path", [
    ".a b", ".a[", ".a[x]", ".a[?(@.b==)]", ".a[?(@.b", ".a[1:2:0]", ".a..", "a", ".a[1", ".a['b]", ".a]", ".{x}",
])  # fmt: skip
def test_what_is_no_jsonpath(path: str) -> None:
    with pytest.raises(jsonpath.JsonPathError):
        jsonpath.compile(path)
