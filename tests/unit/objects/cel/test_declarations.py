"""Types from schemas and definitions, and the values that are read through them."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from services.objects.cel import (
    NONE,
    Environment,
    EvaluationError,
    Optional,
    Type,
    compile,
    optional_of,
    schema_type,
)
from services.objects.cel.definitions import definition_type
from services.objects.cel.escaping import escape

SCHEMA: dict[str, Any] = {"type": "object", "required": ["n"], "properties": {
    "n": {"type": "number"}, "t": {"type": "string", "format": "date-time"},
    "day": {"type": "string", "format": "date"},
    "wait": {"type": "string", "format": "duration"}, "bytes": {"type": "string", "format": "byte"},
    "times": {"type": "array", "items": {"type": "string", "format": "date-time"}},
    "ratios": {"type": "object", "additionalProperties": {"type": "number"}},
    "parts": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "items": {
        "type": "object",
        "properties": {"k": {"type": "string"}, "at": {"type": "string", "format": "date-time"}}}},
    "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
    "if": {"type": "boolean"}, "a-b": {"type": "string"}, "a.b/c": {"type": "string"}, "x__y": {"type": "string"},
    "1bad": {"type": "string"}, "nothing": {},
}}  # fmt: skip
VALUE: dict[str, Any] = {
    "n": 1, "t": "2024-01-02T03:04:05.5Z", "day": "2024-01-02", "wait": "1h30m", "bytes": "aGk=",
    "times": ["2024-01-02T00:00:00Z", "2023-01-02T00:00:00Z"], "ratios": {"x": 1, "y": 0.5},
    "parts": [{"k": "a", "at": "2024-01-02T00:00:00Z"}, {"k": "b"}], "set": ["b", "a"], "if": True, "a-b": "dash",
    "a.b/c": "slash", "x__y": "under",
}  # fmt: skip
SELF = schema_type(SCHEMA)
assert SELF is not None
ENVIRONMENT = Environment({"self": SELF, "oldSelf": SELF})


@pytest.mark.parametrize(("expression", "wanted"), [
    ("self.n / 2.0", 0.5), ("type(self.n) == double", True), ("string(self.n)", "1"), ("self.t.getFullYear()", 2024),
    ("self.t.getMilliseconds()", 500), ("self.day == timestamp('2024-01-02T00:00:00Z')", True),
    ("self.wait == duration('90m')", True), ("self.bytes == b'hi'", True),
    ("self.times.map(t, t.getFullYear())", [2024, 2023]),
    ("self.times[1] < self.times[0]", True), ("timestamp('2024-01-02T00:00:00.0Z') in self.times", True),
    ("self.ratios.x / 2.0", 0.5), ("self.ratios['x'] / self.ratios.y", 2.0),
    ("self.ratios.all(k, type(self.ratios[k]) == double)", True),
    ("self.parts[0].at.getMonth()", 0),
    ("self.parts.exists(p, has(p.at) && p.at > timestamp('2023-01-01T00:00:00Z'))", True),
    ("self.parts == [self.parts[1], self.parts[0]]", True), ("self.set == ['a', 'b']", True),
    ("(self.set + ['a', 'c']).size()", 3),
    ("self.__if__ && self.if", True),
    ("self.a__dash__b + self.a__dot__b__slash__c + self.x__underscores__y", "dashslashunder"),
    ("self == oldSelf", True), ("dyn(self).t == oldSelf.t", True), ("dyn(self).n / 2.0", 0.5),
    ("[self].all(s, s.t == self.t)", True),
    ("[self.parts[0]][0].at == self.parts[0].at", True), ("{'a': self}.a.wait == self.wait", True),
    ("dyn(self.parts).all(p, !has(p.at) || p.at.getFullYear() == 2024)", True),
    ("self.?t.optMap(t, t.getDate())", Optional.of(2)),
    ("self.?parts[?0].?at.value() == self.parts[0].at", True), ("self.parts[?7].hasValue()", False),
    ("true ? self.t == oldSelf.t : false", True), ("(true ? self : oldSelf).t.getDate()", 2),
    ("self.parts.map(p, p).filter(p, has(p.at))[0].at.getDate()", 2),
    ("self.parts.all(i, p, i == 1 || p.at.getDate() == 2)", True),
])  # fmt: skip
def test_values_are_read_through_their_types(expression: str, wanted: Any) -> None:
    before = copy.deepcopy(VALUE)
    other = {**VALUE, "t": "2024-01-02T04:04:05.500+01:00", "n": 1.0}
    assert compile(expression, ENVIRONMENT).evaluate({"self": VALUE, "oldSelf": other}) == wanted
    assert before == VALUE


@pytest.mark.parametrize(("name", "escaped"), [
    ("plain", "plain"), ("if", "__if__"), ("namespace", "__namespace__"), ("a-b", "a__dash__b"), ("a.b", "a__dot__b"),
    ("a/b", "a__slash__b"), ("a__b", "a__underscores__b"), ("_a", "_a"), ("a_b", "a_b"), ("1a", None), ("a b", None),
    ("", None), ("é", None), ("a$", None), ("__", "__underscores__"),
])  # fmt: skip
def test_names_of_properties(name: str, escaped: str | None) -> None:
    assert escape(name) == escaped


def test_what_expressions_cannot_see() -> None:
    assert SELF is not None
    assert "nothing" not in SELF.fields
    assert "1bad" not in {field.property for field in SELF.fields.values()}
    assert schema_type({}) is None
    assert schema_type({"type": "array", "items": {}}) is None
    unknown = {"x-kubernetes-preserve-unknown-fields": True}
    assert schema_type({"type": "object", "additionalProperties": unknown}) is None
    assert schema_type({"type": "array"}) is None


def test_resources_have_names() -> None:
    declared = schema_type({"type": "object", "properties": {"metadata": {"type": "object"}}}, resource=True)
    assert declared is not None
    value = {"apiVersion": "v1", "kind": "K", "metadata": {"name": "n"}}
    assert compile("self.kind + self.metadata.name", Environment({"self": declared})).evaluate({"self": value}) == "Kn"
    text = {"type": "string"}
    names = {"name": {**text, "maxLength": 5}, "generateName": text}
    strict = {"type": "object", "properties": {**names, "labels": {"type": "object", "additionalProperties": text}}}
    kept = schema_type({"type": "object", "properties": {"metadata": strict}}, resource=True)
    assert kept is not None
    assert kept.fields["metadata"].type.fields["name"].type.size == 20
    assert "labels" in kept.fields["metadata"].type.fields


def test_an_old_object_that_may_be_missing() -> None:
    assert SELF is not None
    program = compile("oldSelf.hasValue() ? self.t >= oldSelf.value().t : true",
                      Environment({"self": SELF, "oldSelf": optional_of(SELF)}))  # fmt: skip
    assert program.evaluate({"self": VALUE, "oldSelf": NONE}) is True
    later = {**VALUE, "t": "2025-01-01T00:00:00Z"}
    assert program.evaluate({"self": VALUE, "oldSelf": Optional.of(later)}) is False
    both = "oldSelf == optional.of(self) && oldSelf.value().times == self.times && [oldSelf][0] == optional.of(self)"
    same = compile(both, Environment({"self": SELF, "oldSelf": optional_of(SELF)}))
    assert same.evaluate({"self": VALUE, "oldSelf": Optional.of({**VALUE, "n": 1.0})}) is True


@pytest.mark.parametrize(("field", "wrong", "expression", "why"), [
    ("t", "yesterday", "self.t.getDate()", "cannot parse"),
    ("day", "2024-02-30", "self.day.getDate()", "Invalid date formatted string 2024-02-30"),
    ("wait", "soon", "self.wait.getHours()", "Invalid duration soon"),
    ("bytes", "%", "self.bytes.size()", "illegal base64 data"),
])  # fmt: skip
def test_text_that_is_not_of_its_format(field: str, wrong: str, expression: str, why: str) -> None:
    with pytest.raises(EvaluationError, match=why):
        compile(expression, ENVIRONMENT).evaluate({"self": {**VALUE, field: wrong}})


@pytest.mark.parametrize(("text", "seconds"), [("3 days", 259200), ("1w", 604800), ("2 hrs", 7200), ("90m", 5400)])
def test_durations_in_words(text: str, seconds: int) -> None:
    found = compile("self.wait.getSeconds()", ENVIRONMENT).evaluate({"self": {**VALUE, "wait": text}})
    assert found == seconds


DEFINITIONS = {
    "v1.Pod": {"properties": {
        "metadata": {"$ref": "#/$defs/v1.Meta"}, "spec": {"$ref": "#/$defs/v1.Spec"},
        "cpu": {"$ref": "#/$defs/io.k8s.apimachinery.pkg.api.resource.Quantity"},
        "port": {"$ref": "#/$defs/io.k8s.apimachinery.pkg.util.intstr.IntOrString"}}},
    "v1.Meta": {"properties": {
        "name": {"type": ["string", "null"]}, "at": {"$ref": "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.Time"},
        "labels": {"type": ["object", "null"], "additionalProperties": {"type": ["string", "null"]}}}},
    "v1.Spec": {"properties": {
        "inner": {"$ref": "#/$defs/v1.Spec"}, "size": {"type": "integer", "format": "int32"}, "raw": {"type": "object"},
        "data": {"type": "string", "format": "byte"}, "list": {"type": "array", "items": {"$ref": "#/$defs/v1.Meta"}}}},
}  # fmt: skip


def test_built_in_definitions() -> None:
    declared = definition_type("v1.Pod", DEFINITIONS)
    environment = Environment({"object": declared, "old": declared})
    meta = {"name": "n", "at": "2024-01-02T00:00:00Z", "labels": {"a": "b"}}
    pod = {"metadata": meta, "spec": {"inner": {"inner": {"size": 3}}, "data": "aGk=", "list": [meta], "raw": {"x": 1}},
           "cpu": "100m", "port": "http"}  # fmt: skip

    def value(expression: str) -> Any:
        return compile(expression, environment).evaluate({"object": pod, "old": copy.deepcopy(pod)})

    assert value("object.metadata.at.getFullYear()") == 2024
    assert value("object.spec.inner.inner.size + 1") == 4
    assert value("quantity(object.cpu).isLessThan(quantity('1')) && object.port == 'http'") is True
    assert value("object.spec.list[0].labels['a'] + string(object.spec.data) + string(object.spec.raw.x)") == "bhi1"
    assert value("object == old && dyn(object).spec.list[0].at == old.metadata.at") is True
    assert isinstance(declared, Type)
    assert str(declared) == "v1.Pod"
