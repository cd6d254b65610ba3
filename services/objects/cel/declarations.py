"""Types of variables made from structural schemas.

The sizes, which bound the estimated cost of a rule, follow Kubernetes: a stated maximum counts (a string's four times,
for bytes), without one a request of three MiB is assumed to hold as many of the smallest elements as fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.objects.cel.escaping import escape
from services.objects.cel.types import (
    BOOL,
    INT,
    Field,
    Kind,
    Type,
    list_of,
    map_of,
    object_of,
    simple,
)

MAX_REQUEST = 3 * 1024 * 1024
LONGEST_STRING = MAX_REQUEST - 2  # its quotes
LONGEST_TIME = 32
_DATE = 12

# Kubernetes' estimates take keys to have no length, and so must ours: rules over all labels would cost too much.
_KEY = simple(Kind.STRING, 0, 2)
_META = {"type": "object", "properties": {"name": {"type": "string"}, "generateName": {"type": "string"}}}


def schema_type(schema: Mapping[str, Any], name: str = "selfType", *, resource: bool = False) -> Type | None:
    """The type of values of a structural schema, None when expressions cannot see them (no type, unknown fields).

    `resource` is for the root of a custom resource, whose kind, apiVersion and metadata.name rules may always read;
    embedded resources are recognised. Objects within are called after their place, `selfType.spec`.
    """
    if schema.get("x-kubernetes-int-or-string"):
        length = _stated(schema, "maxLength")
        return simple(Kind.DYN, size=LONGEST_STRING if length is None else 4 * length)
    match schema.get("type"):
        case "array":
            return _array(schema, name)
        case "object":
            return _object(schema, name, resource or bool(schema.get("x-kubernetes-embedded-resource")))
        case "string":
            return _string(schema)
        case "boolean":
            return BOOL
        case "number":
            return simple(Kind.DOUBLE, raw=False)
        case "integer":
            return INT
    return None


def _stated(schema: Mapping[str, Any], limit: str) -> int | None:
    stated = schema.get(limit)
    return max(int(stated), 0) if isinstance(stated, int | float) else None


def _array(schema: Mapping[str, Any], name: str) -> Type | None:
    items = schema.get("items")
    element = schema_type(items, f"{name}.@idx") if isinstance(items, Mapping) else None
    if element is None:
        return None
    most = _stated(schema, "maxItems")
    return list_of(element, most_items(element) if most is None else most,
                   str(schema.get("x-kubernetes-list-type") or ""),
                   tuple(schema.get("x-kubernetes-list-map-keys") or ()))  # fmt: skip


def most_items(element: Type) -> int:
    return (MAX_REQUEST - 2) // (element.serialized + 1)


def most_entries(value: Type) -> int:
    return (MAX_REQUEST - 2) // (value.serialized + 6)


def _object(schema: Mapping[str, Any], name: str, resource: bool) -> Type | None:
    additional = schema.get("additionalProperties")
    if isinstance(additional, Mapping) and additional and not resource:
        value = schema_type(additional, f"{name}.@elem")
        if value is None:
            return None
        most = _stated(schema, "maxProperties")
        return map_of(_KEY, value, most_entries(value) if most is None else most)
    properties: Mapping[str, Any] = schema.get("properties") or {}
    if resource:
        properties = _with_type_and_meta(properties)
    required = frozenset(schema.get("required") or ())
    fields: dict[str, Field] = {}
    serialized, raw = 2, True
    for key, inner in properties.items():
        declared = schema_type(inner, f"{name}.{key}")
        if declared is None:
            continue
        escaped = escape(key)
        if escaped is not None:
            fields[escaped] = Field(key, declared)
        raw = raw and declared.raw
        if key in required and "default" not in inner:
            serialized += len(key) + declared.serialized + 4
    return object_of(name, fields, serialized=serialized, raw=raw)


def _with_type_and_meta(properties: Mapping[str, Any]) -> dict[str, Any]:
    """As Kubernetes: what the schema says of metadata is kept only when it has both names."""
    text = {"type": "string"}
    meta = properties.get("metadata") or {}
    named = {"name", "generateName"} <= (meta.get("properties") or {}).keys()
    return {**properties, "kind": text, "apiVersion": text, "metadata": meta if named else _META}


def _string(schema: Mapping[str, Any]) -> Type:
    length = _stated(schema, "maxLength")
    match schema.get("format"):
        case "byte":
            return simple(Kind.BYTES, LONGEST_STRING if length is None else length, 2, raw=False)
        case "duration":
            return simple(Kind.DURATION, LONGEST_TIME, 3, raw=False)
        case "date":
            return simple(Kind.TIMESTAMP, _DATE, _DATE, raw=False)
        case "date-time":
            return simple(Kind.TIMESTAMP, LONGEST_TIME, 21, raw=False)
    if length is not None:
        return simple(Kind.STRING, 4 * length, 2)
    allowed = [value for value in schema.get("enum") or () if isinstance(value, str)]
    longest = max((len(value.encode("utf-8", "replace")) for value in allowed), default=LONGEST_STRING)
    return simple(Kind.STRING, longest, 2)
