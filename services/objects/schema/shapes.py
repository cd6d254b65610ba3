"""What server-side apply must know of a type: what is owned whole, what item by item, and what names an item.

A Shape is a type as structured merges see it. It is an atom of Kubernetes' structured-merge-diff: a value may be a
scalar, a list and a map by turns (an untyped field takes all three), so each of the three has its part here.

Read from OpenAPI definitions or from the schema of a CustomResourceDefinition, which say the same in the same words;
`DEDUCED` is for objects of which nothing is known. Reusing `PatchType` was rejected: strategic merge knows neither
several merge keys nor what is atomic, and calls other lists sets than apply does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.objects.schema.types import FIELD_DEFAULTS, Definitions, Form, definition_of, type_of

__all__ = ["ATOMIC", "DEDUCED", "Shape", "Shapes"]

_SCALARS = {
    Form.STRING: "string", Form.BYTES: "string", Form.BOOLEAN: "boolean", Form.INT32: "numeric", Form.INT64: "numeric",
    Form.NUMBER: "numeric", Form.TIME: "untyped", Form.MICRO_TIME: "untyped", Form.QUANTITY: "untyped",
    Form.INT_OR_STRING: "untyped",
}  # fmt: skip


class Shape:
    """The type of one field, item or object.

    scalar        numeric, string, boolean, untyped, or "" where a scalar is an error
    list_type     atomic, set, map, or "" where a list is an error; `keys` name the items of a map, `key_defaults` are
                  the values of keys that an item leaves out; `items` is the type of the items
    map_type      granular, atomic, or "" where an object is an error
    fields        of a `struct`: what is not declared among them has the type `element` (None: it is an error), as has
                  every value of what is no struct. Subscribing makes a field's shape; `in` is true from then on
    always        a struct that is part of its parent even when nobody gave it (`spec`, a pod template's metadata): as
                  such it is never owned, only what is in it
    """

    __slots__ = ("always", "element", "fields", "items", "key_defaults", "keys", "list_type", "map_type", "scalar",
                 "struct")  # fmt: skip

    def __init__(self) -> None:
        self.scalar = ""
        self.list_type = ""
        self.keys: tuple[str, ...] = ()
        self.key_defaults: Mapping[str, Any] = {}
        self.items: Shape = self
        self.map_type = ""
        self.struct = False
        self.fields: Mapping[str, Shape | None] = {}
        self.element: Shape | None = None
        self.always = False


def _untyped() -> tuple[Shape, Shape]:
    """What takes any value whole, and what takes maps field by field because that is all that can be known."""
    atomic, deduced = Shape(), Shape()
    for shape in (atomic, deduced):
        shape.scalar, shape.list_type, shape.items = "untyped", "atomic", atomic
    atomic.map_type, atomic.element = "atomic", atomic
    deduced.map_type, deduced.element = "granular", deduced
    return atomic, deduced


ATOMIC, DEDUCED = _untyped()


class _Fields(dict[str, "Shape | None"]):
    """The fields of a struct, each made when it is first asked for: types refer to themselves."""

    def __init__(self, shapes: Shapes, schemas: Mapping[str, Any], element: Shape | None, preserve: bool) -> None:
        super().__init__()
        self._shapes = shapes
        self._schemas = schemas
        self._element = element
        self._preserve = preserve

    def __missing__(self, name: str) -> Shape | None:
        schema = self._schemas.get(name)
        if schema is None:
            return self._element
        shape = self[name] = self._shapes.of(schema, self._preserve)
        return shape


class Shapes:
    """Makes shapes from schemas; those of definitions once."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._known: dict[tuple[str, str], Shape] = {}

    def definition(self, name: str) -> Shape:
        """The shape of a definition's objects."""
        return self.of({"$ref": f"#/$defs/{name}"})

    def of(self, schema: Mapping[str, Any], preserve: bool = False) -> Shape:
        """The shape of a field's, an item's or an object's schema: a reference, or written out in place.

        `preserve`: what is not declared is kept, here and in everything below.
        """
        name = definition_of(schema)
        if not name:
            return self._written(schema, "", preserve)
        map_type = str(schema.get("x-kubernetes-map-type", ""))
        known = self._known.get((name, map_type))
        if known is None:
            written = dict(self._definitions[name])
            if map_type:
                written["x-kubernetes-map-type"] = map_type
            known = self._known[name, map_type] = self._written(written, name, False)
        return known

    def custom(self, schema: Mapping[str, Any]) -> Shape:
        """The shape of a custom resource: its structural schema, around the metadata that every object has."""
        text, metadata = {"type": "string"}, {"$ref": f"#/$defs/{_OBJECT_META}"}
        properties = {**(schema.get("properties") or {}), "apiVersion": text, "kind": text, "metadata": metadata}
        return self._written({**schema, "type": "object", "properties": properties}, "", False)

    def _written(self, schema: Mapping[str, Any], name: str, preserve: bool) -> Shape:
        preserve = preserve or schema.get("x-kubernetes-preserve-unknown-fields") is True
        kind = type_of({"$ref": f"#/$defs/{name}"} if name else schema, self._definitions)
        shape = Shape()
        if kind.form in _SCALARS:
            shape.scalar = _SCALARS[kind.form]
        elif schema.get("x-kubernetes-int-or-string") is True:
            shape.scalar = "untyped"
        elif isinstance(schema.get("properties"), Mapping):
            self._struct(shape, schema, name, preserve)
        elif kind.form is Form.MAP:
            shape.map_type = _map_type(schema)
            shape.element = self.of(schema["additionalProperties"], preserve)
        elif kind.form is Form.ARRAY:
            self._list(shape, schema, preserve)
        elif preserve:
            return DEDUCED
        elif schema.get("type") in ("object", ["object", "null"]) and not name:
            shape.map_type, shape.element = _map_type(schema), ATOMIC
        else:
            return ATOMIC
        return shape

    def _struct(self, shape: Shape, schema: Mapping[str, Any], name: str, preserve: bool) -> None:
        shape.struct = True
        shape.map_type = _map_type(schema)
        shape.always = name.endswith(_ALWAYS)
        if preserve:
            shape.element = DEDUCED
        elif isinstance(schema.get("additionalProperties"), Mapping):
            shape.element = self.of(schema["additionalProperties"])
        shape.fields = _Fields(self, schema["properties"], shape.element, preserve)

    def _list(self, shape: Shape, schema: Mapping[str, Any], preserve: bool) -> None:
        items = schema.get("items") or {}
        shape.items = self.of(items, preserve)
        shape.list_type, shape.keys = _list_type(schema)
        if shape.list_type != "map":
            return
        name = definition_of(items)
        properties = (self._definitions[name] if name else items).get("properties") or {}
        known = {key: FIELD_DEFAULTS.get((name, key), (properties.get(key) or {}).get("default")) for key in shape.keys}
        shape.key_defaults = {key: value for key, value in known.items() if value is not None}


_OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
# Kubernetes' own types hold these by value: an empty one is there from the start.
_ALWAYS = ("ObjectMeta", "Spec", "Status", "Strategy")


def _map_type(schema: Mapping[str, Any]) -> str:
    return "atomic" if schema.get("x-kubernetes-map-type") == "atomic" else "granular"


def _list_type(schema: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """The list type and its keys; a list that says nothing of apply is what strategic merge makes of it."""
    declared = schema.get("x-kubernetes-list-type")
    if declared == "map":
        return "map", tuple(schema.get("x-kubernetes-list-map-keys") or ())
    if declared is not None:
        return "set" if declared == "set" else "atomic", ()
    if "merge" in str(schema.get("x-kubernetes-patch-strategy", "")).split(","):
        key = schema.get("x-kubernetes-patch-merge-key")
        return ("map", (key,)) if key else ("set", ())
    return "atomic", ()
