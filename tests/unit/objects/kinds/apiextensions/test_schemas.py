"""What a definition's schema may say: Kubernetes' texts and places."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from services.objects.kinds.apiextensions.schemas import validate_schema
from services.objects.meta import Obj

P = "spec.validation.openAPIV3Schema"
STRING = {"type": "string"}


def root(**properties: Any) -> Obj:
    return {"type": "object", "properties": properties}


def found(schema: Obj, *, status: bool = False) -> list[tuple[str, str]]:
    kept = copy.deepcopy(schema)
    causes = validate_schema(schema, P, status=status)
    assert schema == kept
    return [(cause.field.removeprefix(P).removeprefix("."), cause.message) for cause in causes]


@pytest.mark.parametrize("schema", [
    root(),
    {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    root(metadata={"type": "object", "properties": {"name": {"type": "string", "maxLength": 10}}}),
    root(spec={"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}),
    root(spec={"x-kubernetes-int-or-string": True, "allOf": [{"anyOf": [{"type": "integer"}, {"type": "string"}]},
                                                             {"minimum": 1}]}),
    root(spec={"x-kubernetes-preserve-unknown-fields": True}),
    root(spec={"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True}),
    root(spec={"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
               "items": {"type": "object", "required": ["k"], "properties": {"k": STRING}}}),
    root(spec={"type": "object", "properties": {"a": STRING}, "oneOf": [{"required": ["a"]}], "default": {"a": "x"}}),
])  # fmt: skip
def test_what_is_allowed(schema: Obj) -> None:
    assert found(schema, status=True) == []


@pytest.mark.parametrize(("schema", "expected"), [
    # structure
    ({}, [("type", "Required value: must not be empty at the root")]),
    ({"type": "string"}, [("type", 'Invalid value: "string": must be object at the root')]),
    (root(a={}), [("properties[a].type", "Required value: must not be empty for specified object fields")]),
    (root(a={"type": "array", "items": {}}),
     [("properties[a].items.type", "Required value: must not be empty for specified array items")]),
    (root(a={"type": "array"}), [("properties[a].items", "Required value: must be specified")]),
    ({"type": "object", "additionalProperties": STRING},
     [("additionalProperties", "Forbidden: must not be used at the root")]),
    (root(a={"type": "object", "anyOf": [{"type": "string", "description": "x", "default": 1, "nullable": True}]}), [
        ("properties[a].anyOf[0].default", "Forbidden: must be undefined to be structural"),
        ("properties[a].anyOf[0].description", "Forbidden: must be empty to be structural"),
        ("properties[a].anyOf[0].nullable", "Forbidden: must be false to be structural"),
        ("properties[a].anyOf[0].type", "Forbidden: must be empty to be structural")]),
    (root(a={"type": "object", "not": {"additionalProperties": {}, "x-kubernetes-validations": [{"rule": "true"}]}}), [
        ("properties[a].not.additionalProperties", "Forbidden: must be undefined to be structural"),
        ("properties[a].not.x-kubernetes-validations", "Forbidden: must be empty to be structural")]),
    ({**root(a=STRING), "anyOf": [{"properties": {"b": {"minLength": 1}, "a": {"minLength": 1}}}]},
     [("properties[b]", f"Required value: because it is defined in {P}.anyOf[0].properties[b]")]),
    (root(a={"type": "object", "allOf": [{"properties": {"metadata": {}}}]}),
     [("properties[a].allOf[0].properties[metadata]", "Forbidden: must not be specified in a nested context")]),
    (root(kind={"type": "integer"}), [("properties[kind].type", 'Invalid value: "integer": must be string')]),
    (root(metadata={"type": "object", "properties": {"labels": {"type": "object"}}}),
     [("properties[metadata]", "Forbidden: must not specify anything other than name and generateName, but metadata is "
                               "implicitly specified")]),
    (root(metadata=STRING), [("properties[metadata].type", 'Invalid value: "string": must be object')]),
    (root(a={"type": "string", "pattern": "("}),
     [("properties[a].pattern", 'Invalid value: "(": must be a valid regular expression, but isn\'t: error parsing '
                                "regexp: missing ): (")]),
    (root(a={"x-kubernetes-int-or-string": True, "x-kubernetes-preserve-unknown-fields": True}),
     [("properties[a].x-kubernetes-preserve-unknown-fields",
       "Invalid value: true: must be false if x-kubernetes-int-or-string is true")]),
    (root(a={"type": "string", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True}),
     [("properties[a].type", 'Invalid value: "string": must be object if x-kubernetes-embedded-resource is true')]),
    (root(a={"type": "object", "x-kubernetes-embedded-resource": True}),
     [("properties[a].properties",
       "Required value: must not be empty if x-kubernetes-embedded-resource is true without "
                                   "x-kubernetes-preserve-unknown-fields")]),
    # keywords
    (root(a={"type": "text"}), [("properties[a].type",
                                 'Unsupported value: "text": supported values: "array", "boolean", '
                                                       '"integer", "number", "object", "string"')]),
    (root(a={"type": "array", "items": STRING, "uniqueItems": True}),
     [("properties[a].uniqueItems",
       "Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic")]),
    (root(a={"type": "object", "properties": {"b": STRING}, "additionalProperties": STRING}),
     [("properties[a].additionalProperties", "Forbidden: additionalProperties and properties are mutual exclusive")]),
    (root(a={"type": "string", "$ref": "#/x"}), [("properties[a].$ref", "Forbidden: $ref is not supported")]),
    (root(a={"type": "object", "patternProperties": {"x": STRING}}),
     [("properties[a].patternProperties", "Forbidden: patternProperties is not supported")]),
    ({**root(), "$schema": "x"}, [("", "Invalid value: \"\": OpenAPIV3Schema 'schema' is not supported")]),
    ({**root(), "nullable": True}, [("nullable", "Forbidden: nullable cannot be true at the root")]),
    (root(a={"type": "object", "x-kubernetes-preserve-unknown-fields": False}),
     [("properties[a].x-kubernetes-preserve-unknown-fields", "Invalid value: false: must be true or undefined")]),
    # list and map types
    (root(a={"type": "string", "x-kubernetes-list-type": "set"}),
     [("properties[a].type", 'Invalid value: "string": must be array if x-kubernetes-list-type is specified')]),
    (root(a={"type": "array", "items": STRING, "x-kubernetes-list-type": "bag"}),
     [("properties[a].x-kubernetes-list-type", 'Unsupported value: "bag": supported values: "atomic", "set", "map"')]),
    (root(a={"type": "object", "x-kubernetes-map-type": "loose"}),
     [("properties[a].x-kubernetes-map-type", 'Unsupported value: "loose": supported values: "atomic", "granular"')]),
    (root(a={"type": "array", "items": {"type": "object"}, "x-kubernetes-list-type": "set"}),
     [("properties[a].items.x-kubernetes-map-type",
       'Invalid value: "null": must be atomic as item of a list with x-kubernetes-list-type=set')]),
    (root(a={"type": "array", "items": STRING, "x-kubernetes-list-map-keys": ["k"]}),
     [("properties[a].x-kubernetes-list-type",
       "Required value: must be map if x-kubernetes-list-map-keys is non-empty")]),
    (root(a={"type": "array", "items": {"type": "object"}, "x-kubernetes-list-type": "map"}),
     [("properties[a].x-kubernetes-list-map-keys",
       "Required value: must not be empty if x-kubernetes-list-type is map")]),
    (root(a={"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k", "l", "k"],
             "items": {"type": "object", "properties": {"k": STRING}}}), [
        ("properties[a].items.properties[k].default",
         "Required value: this property is in x-kubernetes-list-map-keys, so "
                                                      "it must have a default or be a required property"),
        ("properties[a].x-kubernetes-list-map-keys",
         'Invalid value: ["k","l","k"]: entries must all be names of item properties'),
        ("properties[a].x-kubernetes-list-map-keys",
         'Invalid value: ["k","l","k"]: must not contain duplicate entries')]),
    (root(a={"type": "array", "items": {"type": "string", "nullable": True}, "x-kubernetes-list-type": "set"}),
     [("properties[a].items.nullable", "Forbidden: cannot be nullable when x-kubernetes-list-type is set")]),
    # defaults
    (root(a={"type": "integer", "default": "x"}),
     [("properties[a].default", 'Invalid value: "string":  in body must be of type integer: "string"')]),
    (root(a={"type": "object", "default": {"b": 1}}),
     [("properties[a].default", 'Invalid value: {"b":1}: must not have unknown fields')]),
    (root(a={"type": "object", "properties": {"b": {"type": "integer"}}, "default": {"b": "x"}}),
     [("properties[a].default.b", 'Invalid value: "string": b in body must be of type integer: "string"')]),
    (root(a={"type": "integer", "default": 1, "x-kubernetes-validations": [{"rule": "self > 1"}]}),
     [("properties[a].default", 'Invalid value: "integer": failed rule: self > 1')]),
    (root(metadata={"type": "object", "properties": {"name": {"type": "string", "default": "x"}}}),
     [("properties[metadata].properties[name].default", "Forbidden: must not be set in top-level metadata")]),
])  # fmt: skip
def test_what_is_not(schema: Obj, expected: list[tuple[str, str]]) -> None:
    assert found(schema) == expected


def test_the_root_of_what_has_a_status() -> None:
    message = ("only [Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength "
               "MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs "
               "Example "
               "XPreserveUnknownFields XValidations] fields are allowed at the root of the schema if the status "
               "subresource is enabled")  # fmt: skip
    schema = {**root(), "anyOf": [{"required": ["spec"]}]}
    ((_, text),) = found(schema, status=True)
    assert text.endswith(message)
    assert found(schema) == []
    assert found({**root(), "description": "x", "x-kubernetes-preserve-unknown-fields": True}, status=True) == []


def ruled(rule: Obj, **more: Any) -> Obj:
    return root(a={"type": "object", "properties": {"s": STRING, "l": {"type": "array", "items": STRING}},
                   "x-kubernetes-validations": [rule], **more})  # fmt: skip


R = "properties[a].x-kubernetes-validations[0]"


@pytest.mark.parametrize(("rule", "expected"), [
    ({"rule": "has(self.s)"}, []),
    ({"rule": "self.s == oldSelf.s"}, []),
    ({"rule": "true", "fieldPath": ".s", "reason": "FieldValueForbidden", "message": "x"}, []),
    ({"rule": " "}, [(f"{R}.rule", "Required value: rule is not specified")]),
    ({"rule": "true", "message": " "}, [(f"{R}.message",
                                         'Invalid value: " ": message must be non-empty if specified')]),
    ({"rule": "true", "message": "a\nb"},
     [(f"{R}.message", 'Invalid value: "a\\nb": message must not contain line breaks')]),
    ({"rule": "true &&\ntrue"}, [(f"{R}.message",
                                  "Required value: message must be specified if rule contains line breaks")]),
    ({"rule": "true", "reason": "Because"},
     [(f"{R}.reason", 'Unsupported value: "Because": supported values: "FieldValueDuplicate", "FieldValueForbidden", '
                      '"FieldValueInvalid", "FieldValueRequired"')]),
    ({"rule": "true", "fieldPath": ".x"}, [(f"{R}.fieldPath", 'Invalid value: ".x": fieldPath must be a valid path')]),
    ({"rule": "true", "optionalOldSelf": True},
     [(f"{R}.optionalOldSelf", "Invalid value: true: may not be set if oldSelf is not used in rule")]),
])  # fmt: skip
def test_rules_as_stated(rule: Obj, expected: list[tuple[str, str]]) -> None:
    assert found(ruled(rule)) == expected


@pytest.mark.parametrize(("rule", "place", "text"), [
    ({"rule": "self.x"}, "rule", "compilation failed: ERROR: <input>:1:5: undefined field 'x'"),
    ({"rule": "self.s"}, "rule", "must evaluate to a bool"),
    ({"rule": "self.s =="}, "rule", "compilation failed: ERROR: <input>:1:"),
    ({"rule": "true", "messageExpression": "self.x"}, "messageExpression", "undefined field 'x'"),
    ({"rule": "true", "messageExpression": "1"}, "messageExpression", "messageExpression must evaluate to a string"),
])  # fmt: skip
def test_rules_are_compiled(rule: Obj, place: str, text: str) -> None:
    ((field, message),) = found(ruled(rule))
    assert field == f"{R}.{place}"
    assert message.startswith('Invalid value: {"Rule":"')
    assert text in message


def test_oldself_needs_something_to_compare_with() -> None:
    rule = {"rule": "self == oldSelf"}
    listed = {"type": "array", "items": {"type": "string", "x-kubernetes-validations": [rule]}, "maxItems": 5}
    assert found(root(a=listed)) == [
        ("properties[a].items.x-kubernetes-validations[0].rule", 'Invalid value: "self == oldSelf": oldSelf cannot be '
         f"used on the uncorrelatable portion of the schema within {P}.properties[a]")]  # fmt: skip
    atomic = {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {
        "b": {"type": "string", "x-kubernetes-validations": [rule]}}}  # fmt: skip
    assert "within" in found(root(a=atomic))[0][1]


def test_rules_cost() -> None:
    each = {"rule": "self.l.all(x, self.l.exists_one(y, x == y))"}
    assert found(ruled(each))[0] == (
        f"{R}.rule", "Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the "
        "rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)")
    bounded = {"type": "array", "items": {"type": "string", "maxLength": 10}, "maxItems": 10}
    assert found(ruled(each, properties={"l": bounded})) == []
    # The same rule in as many elements as there may be costs as many times as much.
    inner = {"type": "object", "properties": {"l": bounded}, "x-kubernetes-validations": [each]}
    outer = {"type": "array", "items": inner}
    assert "estimated rule cost exceeds budget" in found(root(a=outer))[0][1]
    assert found(root(a={**outer, "maxItems": 10})) == []


def test_rules_need_a_type() -> None:
    free = {"x-kubernetes-preserve-unknown-fields": True, "x-kubernetes-validations": [{"rule": "true"}]}
    ((field, message),) = found(root(a=free))
    assert field == "properties[a].x-kubernetes-validations"
    assert message.endswith("rule declared on schema that does not support validation rules type: '' "
                            "x-kubernetes-preserve-unknown-fields: 'true'")  # fmt: skip


def test_depth_ends_somewhere() -> None:
    schema: Obj = {"type": "string"}
    for _ in range(900):
        schema = {"type": "object", "properties": {"a": schema}}
    causes = validate_schema(schema, P, status=False)
    assert [cause.message for cause in causes] == ['Invalid value: "": the schema is nested too deeply']
