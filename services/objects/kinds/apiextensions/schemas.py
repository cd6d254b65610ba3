"""The rules of a version's schema, with Kubernetes' texts: what JSON Schema has and Kubernetes does not, list and map
types, defaults, rules in CEL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.objects.kinds.apiextensions.defaults import validate_defaults
from services.objects.kinds.apiextensions.expressions import Expressions, Scope, validate_rules
from services.objects.kinds.apiextensions.structural import validate_structural
from services.objects.kinds.validation.field import Causes, forbidden, invalid, required, unsupported
from services.objects.meta import Obj

_META_FIELDS = ("metadata", "kind", "apiVersion")
_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_NOT_SUPPORTED = ("id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref")
_AT_ROOT = (
    "Description", "Type", "Format", "Title", "Maximum", "ExclusiveMaximum", "Minimum", "ExclusiveMinimum", "MaxLength",
    "MinLength", "Pattern", "MaxItems", "MinItems", "UniqueItems", "MultipleOf", "Required", "Items", "Properties",
    "ExternalDocs", "Example", "XPreserveUnknownFields", "XValidations",
)  # fmt: skip
_GO_NAMES = {"x-kubernetes-preserve-unknown-fields": "XPreserveUnknownFields",
             "x-kubernetes-validations": "XValidations"}  # fmt: skip
_TOO_DEEP = "the schema is nested too deeply"


def validate_schema(schema: Obj, path: str, *, status: bool) -> Causes:
    """Of `path`, a version's openAPIV3Schema; `status`: whether the version has the status subresource."""
    causes: Causes = []
    try:
        _validate(causes, schema, path, status)
    except RecursionError:
        return [invalid(path, "", _TOO_DEEP)]
    return causes


def _validate(causes: Causes, schema: Obj, path: str, status: bool) -> None:
    if status:
        _root_fields(causes, schema, path)
    if schema.get("nullable"):
        causes.append(forbidden(f"{path}.nullable", "nullable cannot be true at the root"))
    unsupported_word = _unsupported(schema)
    structural = [] if unsupported_word else validate_structural(schema, path)
    causes += structural
    expressions: Expressions | None = None
    if not unsupported_word and not structural:
        wrong_defaults = validate_defaults(schema, path)
        causes += wrong_defaults
        expressions = None if wrong_defaults else Expressions()
    found = _Found([], [])
    scope = None if expressions is None else Scope(expressions, 1)
    _walk(found, schema, path, _Place(root=True), scope)
    causes += found.schema + found.rules
    if not causes and unsupported_word:
        causes.append(invalid(path, "", f"OpenAPIV3Schema '{unsupported_word}' is not supported"))
    if expressions is not None:
        causes += expressions.total_causes(path)


def _root_fields(causes: Causes, schema: Obj, path: str) -> None:
    for key, value in schema.items():
        if key == "type":
            if value != "object":
                causes.append(invalid(f"{path}.type", value, 'only "object" is allowed as the type at the root of the '
                                                             "schema if the status subresource is enabled"))
                return
        elif value not in (None, False, "", [], {}) and _GO_NAMES.get(key, key[:1].upper() + key[1:]) not in _AT_ROOT:
            causes.append(invalid(path, schema, f"only [{' '.join(_AT_ROOT)}] fields are allowed at the root of the "
                                                "schema if the status subresource is enabled"))
            return


def _unsupported(schema: Obj) -> str:
    """A keyword, here or below, because of which the schema has no structure."""
    for key in (*_NOT_SUPPORTED, "$schema"):
        if schema.get(key) not in (None, "", {}, []):
            return "schema" if key == "$schema" else key
    if isinstance(schema.get("items"), list):
        return "items"
    return next((found for inner in _inner(schema) if (found := _unsupported(inner))), "")


def _inner(schema: Obj) -> Iterable[Obj]:
    yield from (schema.get("properties") or {}).values()
    for key in ("items", "additionalProperties", "not"):
        if isinstance(schema.get(key), dict):
            yield schema[key]
    for key in ("allOf", "anyOf", "oneOf"):
        yield from schema.get(key) or ()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a schema: `no_defaults` says why there may be none; `uncorrelated` is the path from which on an object
    cannot be compared with what it was."""

    root: bool = False
    in_meta: bool = False
    no_defaults: str = ""
    uncorrelated: str = ""

    def inner(self) -> _Place:
        return replace(self, root=False)

    def apart_from(self, path: str) -> _Place:
        return self if self.uncorrelated else replace(self, uncorrelated=path)


@dataclass(frozen=True, slots=True)
class _Found:
    schema: Causes
    rules: Causes


def _walk(found: _Found, schema: Obj, path: str, place: _Place, scope: Scope | None) -> None:
    before = len(found.schema)
    causes = found.schema
    _keywords(causes, schema, path, place)
    _additional(found, schema, path, place, scope)
    for name, inner in (schema.get("properties") or {}).items():
        below = place.inner()
        if schema.get("x-kubernetes-map-type") == "atomic":
            below = below.apart_from(path)
        if (place.root or schema.get("x-kubernetes-embedded-resource")) and name in _META_FIELDS:
            below = replace(below, in_meta=True)
            if place.root:
                below = replace(below, no_defaults=f"in top-level {name}")
        _walk(found, inner, f"{path}.properties[{name}]", below, scope and scope.field(schema))
    for word in ("not", "allOf", "oneOf", "anyOf"):
        junctor = schema.get(word)
        for index, inner in enumerate([junctor] if isinstance(junctor, dict) else junctor or ()):
            step = word if word == "not" else f"{word}[{index}]"
            _walk(found, inner, f"{path}.{step}", place.inner(), None)
    items = schema.get("items")
    if isinstance(items, dict):
        below = place.inner()
        if schema.get("x-kubernetes-list-type") != "map":
            below = below.apart_from(path)
        _walk(found, items, f"{path}.items", below, scope and scope.item(schema))
    _extensions(causes, schema, path)
    validate_rules(causes, found.rules, schema, path, place.uncorrelated,
                   None if len(causes) > before else scope, root=place.root)


def _keywords(causes: Causes, schema: Obj, path: str, place: _Place) -> None:
    kind = schema.get("type")
    if kind and kind not in _TYPES:
        causes.append(unsupported(f"{path}.type", kind, _TYPES))
    if schema.get("default") is not None and place.no_defaults:
        causes.append(forbidden(f"{path}.default", f"must not be set {place.no_defaults}"))
    for key in _NOT_SUPPORTED:
        if schema.get(key) not in (None, "", {}, []):
            causes.append(forbidden(f"{path}.{key}", f"{key} is not supported"))
    if kind == "null":
        causes.append(forbidden(f"{path}.type", "type cannot be set to null, use nullable as an alternative"))
    if isinstance(schema.get("items"), list):
        causes.append(forbidden(f"{path}.items", "items must be a schema object and not an array"))
    if place.in_meta and schema.get("x-kubernetes-embedded-resource"):
        causes.append(forbidden(f"{path}.x-kubernetes-embedded-resource", "must not be used inside of resource meta"))
    if schema.get("uniqueItems"):
        causes.append(forbidden(f"{path}.uniqueItems",
                                "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"))


def _additional(found: _Found, schema: Obj, path: str, place: _Place, scope: Scope | None) -> None:
    additional = schema.get("additionalProperties")
    if additional is None:
        return
    if schema.get("properties") and additional is not True:
        found.schema.append(forbidden(f"{path}.additionalProperties",
                                      "additionalProperties and properties are mutual exclusive"))
    if isinstance(additional, dict):
        below = place.inner()
        if place.in_meta:
            below = replace(below, no_defaults="inside additionalProperties applying to object metadata")
        _walk(found, additional, f"{path}.additionalProperties", below, scope and scope.value(schema))


def _extensions(causes: Causes, schema: Obj, path: str) -> None:
    kind = schema.get("type") or ""
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        causes.append(invalid(f"{path}.x-kubernetes-preserve-unknown-fields", False, "must be true or undefined"))
    for word, wanted, choices in (("map", "object", ("atomic", "granular")),
                                  ("list", "array", ("atomic", "set", "map"))):  # fmt: skip
        key = f"x-kubernetes-{word}-type"
        chosen = schema.get(key)
        if chosen is None:
            continue
        if kind != wanted:
            why = f"must be {wanted} if {key} is specified"
            causes.append(invalid(f"{path}.type", kind, why) if kind else required(f"{path}.type", why))
        elif chosen == "set":
            _set_items(causes, schema, path)
        if chosen not in choices:
            causes.append(unsupported(f"{path}.{key}", chosen, choices))
    _map_keys(causes, schema, path)


def _set_items(causes: Causes, schema: Obj, path: str) -> None:
    items = schema.get("items")
    if not isinstance(items, dict):
        return
    why = "must be atomic as item of a list with x-kubernetes-list-type=set"
    if items.get("type") == "array" and items.get("x-kubernetes-list-type") not in (None, "atomic"):
        causes.append(invalid(f"{path}.items.x-kubernetes-list-type", items["x-kubernetes-list-type"], why))
    elif items.get("type") == "object" and items.get("x-kubernetes-map-type") != "atomic":
        causes.append(invalid(f"{path}.items.x-kubernetes-map-type", items.get("x-kubernetes-map-type"), why))


def _map_keys(causes: Causes, schema: Obj, path: str) -> None:
    keys, chosen, items = schema.get("x-kubernetes-list-map-keys") or [], schema.get("x-kubernetes-list-type"), \
        schema.get("items")  # fmt: skip
    type_path, keys_path = f"{path}.x-kubernetes-list-type", f"{path}.x-kubernetes-list-map-keys"
    if keys and chosen != "map":
        why = "must be map if x-kubernetes-list-map-keys is non-empty"
        causes.append(required(type_path, why) if chosen is None else invalid(type_path, chosen, why))
    if isinstance(items, dict) and chosen in ("set", "map") and items.get("nullable"):
        causes.append(forbidden(f"{path}.items.nullable",
                                f"cannot be nullable when x-kubernetes-list-type is {chosen}"))
    if chosen != "map":
        return
    if not keys:
        causes.append(required(keys_path, "must not be empty if x-kubernetes-list-type is map"))
    if items is None:
        causes.append(required(f"{path}.items", "must have a schema if x-kubernetes-list-type is map"))
    if not isinstance(items, dict):
        return
    if items.get("type") != "object":
        causes.append(invalid(f"{path}.items.type", items.get("type") or "",
                              "must be object if parent array's x-kubernetes-list-type is map"))
        return
    _key_fields(causes, keys, items, path)
    if len(set(keys)) < len(keys):
        causes.append(invalid(keys_path, keys, "must not contain duplicate entries"))


def _key_fields(causes: Causes, keys: list[str], items: Obj, path: str) -> None:
    properties: Mapping[str, Any] = items.get("properties") or {}
    for key in dict.fromkeys(keys):
        field, place = properties.get(key), f"{path}.items.properties[{key}]"
        if field is None:
            causes.append(invalid(f"{path}.x-kubernetes-list-map-keys", keys,
                                  "entries must all be names of item properties"))
            continue
        if field.get("type") in ("array", "object"):
            causes.append(invalid(f"{place}.type", items["type"],
                                  "must be a scalar type if parent array's x-kubernetes-list-type is map"))
        if key not in (items.get("required") or ()) and field.get("default") is None:
            causes.append(required(f"{place}.default", "this property is in x-kubernetes-list-map-keys, so it must "
                                                       "have a default or be a required property"))
        if field.get("nullable"):
            causes.append(forbidden(f"{place}.nullable", "this property is in x-kubernetes-list-map-keys, so it cannot "
                                                         "be nullable"))
