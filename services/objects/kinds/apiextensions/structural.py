"""What makes a schema structural: types everywhere outside of junctors, nothing but value validation inside of them.

https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/ has the rules, under
"Specifying a structural schema".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.objects.custom.validation.patterns import pattern_problem
from services.objects.kinds.validation.field import Causes, forbidden, invalid, required
from services.objects.meta import Obj

ROOT, ITEM, FIELD = "root", "item", "field"

_MISSING_TYPE = {ROOT: "must not be empty at the root", ITEM: "must not be empty for specified array items",
                 FIELD: "must not be empty for specified object fields"}  # fmt: skip
# What may only stand in the structure, and how the refusal goes on.
_NOT_IN_JUNCTORS = {
    "type": "must be empty", "default": "must be undefined", "title": "must be empty", "description": "must be empty",
    "nullable": "must be false", "externalDocs": "must be undefined",
    "x-kubernetes-preserve-unknown-fields": "must be false", "x-kubernetes-embedded-resource": "must be false",
    "x-kubernetes-int-or-string": "must be false", "x-kubernetes-list-map-keys": "must be empty",
    "x-kubernetes-list-type": "must be undefined", "x-kubernetes-map-type": "must be undefined",
    "x-kubernetes-validations": "must be empty",
}  # fmt: skip
_INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]


def validate_structural(schema: Obj, path: str) -> Causes:
    """Sorted, as Kubernetes sorts them."""
    causes: Causes = []
    _invariants(causes, schema, ROOT, path)
    _complete(causes, schema, schema, path, path, root=True)
    return sorted(causes, key=lambda cause: f"{cause.field}: {cause.message}")


def _invariants(causes: Causes, schema: Obj, level: str, path: str) -> None:
    kind = schema.get("type") or ""
    items, additional = schema.get("items"), schema.get("additionalProperties")
    properties: Mapping[str, Obj] = schema.get("properties") or {}
    embedded = bool(schema.get("x-kubernetes-embedded-resource"))
    preserves = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    int_or_string = bool(schema.get("x-kubernetes-int-or-string"))
    if kind == "array" and items is None:
        causes.append(required(f"{path}.items", "must be specified"))
    if isinstance(items, Mapping):
        _invariants(causes, dict(items), ITEM, f"{path}.items")
    for name, inner in properties.items():
        _invariants(causes, inner, FIELD, f"{path}.properties[{name}]")
    if additional is not None:
        if level == ROOT:
            causes.append(forbidden(f"{path}.additionalProperties", "must not be used at the root"))
        if isinstance(additional, Mapping):
            _invariants(causes, dict(additional), FIELD, f"{path}.additionalProperties")
        if embedded:
            causes.append(forbidden(f"{path}.additionalProperties",
                                    "must not be used if x-kubernetes-embedded-resource is set"))
    if int_or_string and preserves:
        causes.append(invalid(f"{path}.x-kubernetes-preserve-unknown-fields", True,
                              "must be false if x-kubernetes-int-or-string is true"))
    if int_or_string and embedded:
        causes.append(invalid(f"{path}.x-kubernetes-embedded-resource", True,
                              "must be false if x-kubernetes-int-or-string is true"))
    _values(causes, schema, path, any_of=schema.get("anyOf") == _INT_OR_STRING,
            first_any_of=_first(schema.get("allOf")).get("anyOf") == _INT_OR_STRING)
    _type(causes, kind, level, path, embedded, int_or_string or preserves)
    if embedded and not preserves and not properties:
        causes.append(required(f"{path}.properties", "must not be empty if x-kubernetes-embedded-resource is true "
                                                     "without x-kubernetes-preserve-unknown-fields"))
    if level == ROOT or embedded:
        _meta(causes, properties, level, path)


def _type(causes: Causes, kind: str, level: str, path: str, embedded: bool, untyped: bool) -> None:
    place = f"{path}.type"
    if embedded and kind != "object":
        why = "must be object if x-kubernetes-embedded-resource is true"
        causes.append(invalid(place, kind, why) if kind else required(place, why))
    elif not kind and not untyped:
        causes.append(required(place, _MISSING_TYPE[level]))
    if level == ROOT and kind not in ("", "object"):
        causes.append(invalid(place, kind, "must be object at the root"))


def _meta(causes: Causes, properties: Mapping[str, Obj], level: str, path: str) -> None:
    """kind, apiVersion and metadata of a whole object are what they are; names may be restricted."""
    for name in ("kind", "apiVersion"):
        kind = properties.get(name, {"type": "string"}).get("type") or ""
        if kind != "string":
            causes.append(invalid(f"{path}.properties[{name}].type", kind, "must be string"))
    metadata = properties.get("metadata")
    if metadata is None:
        return
    place = f"{path}.properties[metadata]"
    if metadata.get("type") != "object":
        causes.append(invalid(f"{place}.type", metadata.get("type") or "", "must be object"))
    if level != ROOT:
        return
    known = set(metadata.get("properties") or {}) <= {"name", "generateName"}
    described = {key for key, value in metadata.items() if key not in ("type", "properties", "default") and value}
    if not known or described:
        causes.append(forbidden(place, "must not specify anything other than name and generateName, but metadata is "
                                       "implicitly specified"))


def _first(schemas: Sequence[Obj] | None) -> Obj:
    return schemas[0] if schemas else {}


def _values(causes: Causes, schema: Obj, path: str, *, any_of: bool, first_any_of: bool) -> None:
    """The junctors of a schema; `any_of`, `first_any_of` say where the two types of int-or-string may stand."""
    for word in ("anyOf", "allOf", "oneOf"):
        if word == "anyOf" and any_of:
            continue
        for index, inner in enumerate(schema.get(word) or ()):
            _nested(causes, inner, f"{path}.{word}[{index}]", word == "allOf" and index == 0 and first_any_of)
    if schema.get("not") is not None:
        _nested(causes, schema["not"], f"{path}.not", False)
    pattern = schema.get("pattern")
    if pattern and (problem := pattern_problem(pattern)):
        causes.append(invalid(f"{path}.pattern", pattern,
                              f"must be a valid regular expression, but isn't: {problem}"))


def _nested(causes: Causes, schema: Obj, path: str, any_of: bool) -> None:
    _values(causes, schema, path, any_of=any_of, first_any_of=False)
    if isinstance(schema.get("items"), Mapping):
        _nested(causes, schema["items"], f"{path}.items", False)
    properties: Mapping[str, Any] = schema.get("properties") or {}
    for name, inner in properties.items():
        _nested(causes, inner, f"{path}.properties[{name}]", False)
    if schema.get("additionalProperties") is not None:
        causes.append(forbidden(f"{path}.additionalProperties", "must be undefined to be structural"))
    for key, why in _NOT_IN_JUNCTORS.items():
        if schema.get(key) not in (None, False, "", []) or (key == "default" and schema.get(key) is not None):
            causes.append(forbidden(f"{path}.{key}", f"{why} to be structural"))
    if "metadata" in properties:
        causes.append(forbidden(f"{path}.properties[metadata]", "must not be specified in a nested context"))


def _complete(causes: Causes, values: Obj, schema: Obj | None, path: str, place: str, *, root: bool = False) -> None:
    """Everything that a junctor names is in the structure too; `place` is where it is named."""
    if schema is None:
        causes.append(required(path, f"because it is defined in {place}"))
        return
    for word in ("not", "allOf", "anyOf", "oneOf"):
        found = values.get(word)
        for index, inner in enumerate([found] if isinstance(found, Mapping) else found or ()):
            step = word if word == "not" else f"{word}[{index}]"
            _complete(causes, dict(inner), schema, path, f"{place}.{step}")
    if root:
        return
    if isinstance(values.get("items"), Mapping):
        _complete(causes, values["items"], _mapping(schema.get("items")), f"{path}.items", f"{place}.items")
    known: Mapping[str, Obj] = schema.get("properties") or {}
    for name, inner in (values.get("properties") or {}).items():
        _complete(causes, inner, known.get(name), f"{path}.properties[{name}]", f"{place}.properties[{name}]")


def _mapping(value: Any) -> Obj | None:
    return value if isinstance(value, dict) else None
