"""What strategic merge patch must know of a type: which lists are merged, by which key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.objects.schema.types import Definitions, Form, type_of


class PatchType:
    """A type as strategic merge sees it, unfolded on demand since types refer to themselves.

    `merge_key` and `strategy` belong to the field that has this type; `element` is the type of a list's items or of a
    map's values.
    """

    __slots__ = ("_definition", "_definitions", "_fields", "element", "merge_key", "strategy")

    def __init__(self, schema: Mapping[str, Any], definitions: Definitions) -> None:
        kind = type_of(schema, definitions)
        self._definitions = definitions
        self._definition = kind.definition if kind.form is Form.OBJECT else ""
        self._fields: dict[str, PatchType | None] = {}
        self.merge_key: str | None = schema.get("x-kubernetes-patch-merge-key")
        self.strategy: tuple[str, ...] = tuple(filter(None, schema.get("x-kubernetes-patch-strategy", "").split(",")))
        nested = schema.get("items") if kind.form is Form.ARRAY else schema.get("additionalProperties")
        self.element: PatchType | None = PatchType(nested, definitions) if isinstance(nested, Mapping) else None

    def field(self, name: str) -> PatchType | None:
        """The type of a field; of a map's value under any key; None when there is no such field."""
        if not self._definition:
            return self.element
        if name not in self._fields:
            schema = self._definitions[self._definition].get("properties", {}).get(name)
            self._fields[name] = None if schema is None else PatchType(schema, self._definitions)
        return self._fields[name]
