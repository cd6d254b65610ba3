"""Schema validation: Kubernetes' texts, paths and reasons, one row per rule."""

from __future__ import annotations

from typing import Any

import pytest

from services.objects.custom.structural import ABSENT
from services.objects.custom.validation.patterns import pattern_problem
from services.objects.custom.validation.values import Values
from services.objects.meta import Obj


def schema(**field: Any) -> Obj:
    return {"type": "object", "properties": {"spec": {"type": "object", "properties": {"a": field}}}}


def causes(field: Obj, value: Any, old: Any = ABSENT) -> list[tuple[str, str, str]]:
    before = ABSENT if old is ABSENT else {"spec": {"a": old}}
    return [tuple(cause) for cause in Values(schema(**field)).causes({"spec": {"a": value}},
                                                                     before)]  # type: ignore[misc]


TYPE, INVALID = "FieldValueTypeInvalid", "FieldValueInvalid"


def typed(wanted: str, got: str) -> list[tuple[str, str, str]]:
    return [(TYPE, f'Invalid value: "{got}": spec.a in body must be of type {wanted}: "{got}"', "spec.a")]


def invalid(shown: str, why: str) -> list[tuple[str, str, str]]:
    return [(INVALID, f"Invalid value: {shown}: spec.a in body {why}", "spec.a")]


@pytest.mark.parametrize(("field", "value", "expected"), [
    ({"type": "integer"}, 1, []),
    ({"type": "integer"}, 1.0, []),
    ({"type": "integer"}, 1.5, typed("integer", "number")),
    ({"type": "integer"}, True, typed("integer", "boolean")),
    ({"type": "integer"}, None, typed("integer", "null")),
    ({"type": "integer", "nullable": True}, None, []),
    ({"type": "number"}, 1, []),
    ({"type": "number"}, "1", typed("number", "string")),
    ({"type": "string"}, 1, typed("string", "integer")),
    ({"type": "string"}, ["x"], typed("string", "array")),
    ({"type": "boolean"}, 0, typed("boolean", "integer")),
    ({"type": "object"}, [], typed("object", "array")),
    ({"type": "array", "items": {"type": "string"}}, {}, typed("array", "object")),
    ({"x-kubernetes-int-or-string": True}, 1, []),
    ({"x-kubernetes-int-or-string": True}, "1", []),
    ({"x-kubernetes-int-or-string": True}, False, typed("integer,string", "boolean")),
    ({"x-kubernetes-int-or-string": True}, 1.5, typed("integer,string", "number")),
    ({"x-kubernetes-preserve-unknown-fields": True}, [{"any": None}], []),
    # formats stand for types in texts
    ({"type": "string", "format": "date"}, 5, [
        (TYPE, 'Invalid value: "int64": spec.a in body must be of type date: "int64"', "spec.a")]),
    ({"type": "string", "format": "date"}, "x", [
        (TYPE, 'Invalid value: "x": spec.a in body must be of type date: "x"', "spec.a")]),
    ({"type": "string", "format": "no-such-format"}, "x", []),
    ({"type": "integer", "format": "int32"}, 2**40, []),
])  # fmt: skip
def test_types(field: Obj, value: Any, expected: list[Any]) -> None:
    assert causes(field, value) == expected


@pytest.mark.parametrize(("field", "value", "expected"), [
    ({"type": "integer", "maximum": 10}, 10, []),
    ({"type": "integer", "maximum": 10}, 11, invalid("11", "should be less than or equal to 10")),
    ({"type": "integer", "maximum": 10, "exclusiveMaximum": True}, 10, invalid("10", "should be less than 10")),
    ({"type": "integer", "minimum": 1}, 0, invalid("0", "should be greater than or equal to 1")),
    ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, 1, invalid("1", "should be greater than 1")),
    ({"type": "number", "minimum": 0.5}, 0.25, invalid("0.25", "should be greater than or equal to 0.5")),
    ({"type": "integer", "multipleOf": 5}, 7, invalid("7", "should be a multiple of 5")),
    ({"type": "number", "multipleOf": 0.1}, 0.3, []),
    ({"type": "number", "multipleOf": 0.1}, 0.35, invalid("0.35", "should be a multiple of 0.1")),
    ({"type": "string", "maxLength": 2}, "äöü", [
        ("FieldValueTooLong", "Too long: may not be more than 2 bytes", "spec.a")]),
    ({"type": "string", "maxLength": 3}, "äöü", []),
    ({"type": "string", "minLength": 2}, "a", invalid('"a"', "should be at least 2 chars long")),
    ({"type": "string", "pattern": "^a+$"}, "ab", invalid('"ab"', "should match '^a+$'")),
    ({"type": "string", "pattern": "a"}, "bab", []),
    ({"type": "string", "pattern": "a"}, "\ud800", invalid('"\ud800"', "should match 'a'")),
    ({"type": "string", "enum": ["x", "y"]}, "z", [
        ("FieldValueNotSupported", 'Unsupported value: "z": supported values: "x", "y"', "spec.a")]),
    ({"type": "integer", "enum": [1, 2]}, 3, [
        ("FieldValueNotSupported", 'Unsupported value: 3: supported values: "1", "2"', "spec.a")]),
    ({"type": "boolean", "enum": [True]}, True, []),
    ({"type": "string", "enum": [None, "x"]}, "y", [
        ("FieldValueNotSupported", 'Unsupported value: "y": supported values: "null", "x"', "spec.a")]),
    ({"type": "integer", "enum": [1]}, True, [
        *typed("integer", "boolean"),
        ("FieldValueNotSupported", 'Unsupported value: true: supported values: "1"', "spec.a")]),
    ({"type": "array", "items": {"type": "string"}, "maxItems": 1}, ["a", "b"], [
        ("FieldValueTooMany", "Too many: 2: must have at most 1 items", "spec.a")]),
    ({"type": "array", "items": {"type": "string"}, "minItems": 1}, [], invalid("0", "should have at least 1 items")),
    ({"type": "array", "items": {"type": "string"}}, ["a", 1], [
        (TYPE, 'Invalid value: "integer": spec.a[1] in body must be of type string: "integer"', "spec.a[1]")]),
    ({"type": "object", "maxProperties": 1}, {"a": 1, "b": 2}, [
        ("FieldValueTooMany", "Too many: 2: must have at most 1 items", "spec.a")]),
    ({"type": "object", "minProperties": 1}, {}, invalid("0", "should have at least 1 properties")),
    ({"type": "object", "required": ["b", "c"]}, {"b": 1}, [("FieldValueRequired", "Required value", "spec.a.c")]),
    ({"type": "object", "additionalProperties": {"type": "integer"}}, {"k": "v"}, [
        (TYPE, 'Invalid value: "string": spec.a.k in body must be of type integer: "string"', "spec.a.k")]),
])  # fmt: skip
def test_limits(field: Obj, value: Any, expected: list[Any]) -> None:
    assert causes(field, value) == expected


ONE_OF = [{"required": ["x"]}, {"required": ["y"]}]


@pytest.mark.parametrize(("field", "value", "expected"), [
    ({"oneOf": ONE_OF}, {"x": 1}, []),
    ({"oneOf": ONE_OF}, {}, ['"spec.a" must validate one and only one schema (oneOf). Found none valid',
                             "Required value"]),
    ({"oneOf": ONE_OF}, {"x": 1, "y": 1}, ['"spec.a" must validate one and only one schema (oneOf). Found 2 valid '
                                           "alternatives"]),
    ({"anyOf": ONE_OF}, {"x": 1, "y": 1}, []),
    ({"anyOf": ONE_OF}, {}, ['"spec.a" must validate at least one schema (anyOf)', "Required value"]),
    ({"allOf": ONE_OF}, {}, ["Required value", "Required value",
                             '"spec.a" must validate all the schemas (allOf). None validated']),
    ({"allOf": ONE_OF}, {"x": 1}, ["Required value", '"spec.a" must validate all the schemas (allOf)']),
    ({"not": {"required": ["x"]}}, {"x": 1}, ['"spec.a" must not validate the schema (not)']),
    ({"not": {"required": ["x"]}}, {}, []),
])  # fmt: skip
def test_junctors(field: Obj, value: Any, expected: list[str]) -> None:
    field = {"type": "object", "x-kubernetes-preserve-unknown-fields": True, **field}
    found = [(path, message) for _, message, path in causes(field, value)]
    assert [message.removeprefix('Invalid value: "": ') for _, message in found] == expected
    assert {path for path, message in found if "must" in message} <= {"<nil>"}


LIST = {"type": "array", "items": {"type": "object", "properties": {"k": {"type": "string"}, "v": {"type": "integer"}}}}


@pytest.mark.parametrize(("field", "old", "new", "refused"), [
    ({"type": "integer", "maximum": 1}, 5, 5, False),
    ({"type": "integer", "maximum": 1}, 5, 6, True),
    ({"type": "integer", "maximum": 1}, 5, 5.0, True),
    ({"type": "integer", "maximum": 1}, ABSENT, 5, True),
    ({"type": "object", "required": ["x"]}, {}, {}, False),
    ({"type": "object", "required": ["x"]}, {}, {"y": 1}, True),
    # elements of a list have no counterpart, those of a map have one by key
    (LIST, [{"k": "a", "v": "x"}], [{"k": "a", "v": "x"}], False),
    (LIST, [{"k": "a", "v": "x"}], [{"k": "a", "v": "x"}, {"k": "b"}], True),
    ({**LIST, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"]},
     [{"k": "a", "v": "x"}], [{"k": "b"}, {"k": "a", "v": "x"}], False),
    ({**LIST, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"]},
     [{"k": "a", "v": "x"}], [{"k": "a", "v": "y"}], True),
    # what is below a junctor is judged as a whole
    ({"type": "object", "properties": {"x": {"type": "string"}, "y": {"type": "string"}},
      "anyOf": [{"properties": {"x": {"enum": ["a"]}}}]}, {"x": "b"}, {"x": "b", "y": "c"}, True),
])  # fmt: skip
def test_what_was_wrong_before_is_not_held_against_a_change(field: Obj, old: Any, new: Any, refused: bool) -> None:
    assert bool(causes(field, new, old)) is refused


def test_apiversion_and_kind_are_always_judged() -> None:
    values = Values({"type": "object", "properties": {"kind": {"type": "string", "maxLength": 1}}})
    assert len(values.causes({"kind": "abc", "x": 1}, {"kind": "abc"})) == 1


def test_patterns_that_are_none() -> None:
    assert pattern_problem("^a$") == ""
    assert pattern_problem("(a").startswith("error parsing regexp: missing")
    assert pattern_problem(r"(?=a)") != "", "what RE2 has not cannot be had"
