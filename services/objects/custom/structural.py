"""A structural schema as a tree: what shapes an object, read once from the JSON of a CustomResourceDefinition.

Pruning, defaulting, list types, embedded resources and rules walk this tree; what a schema says of values (limits,
patterns, junctors) is compiled by `values` from the same JSON. A node knows which of these walks have anything to do
below it, so that an object pays only for what its schema uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

ABSENT: Any = type("Absent", (), {"__repr__": lambda self: "ABSENT"})()


class Node:
    """One place of a schema. `additional` is None without additionalProperties; `open_ended` with `true` or a schema.

    `defaults`, `embeds`, `lists`: whether this node or one below has a default, an embedded resource, a set or a map.
    """

    __slots__ = ("additional", "default", "defaults", "embedded", "embeds", "int_or_string", "items", "list_type",
                 "lists", "map_keys", "map_type", "nullable", "open_ended", "preserve", "properties", "schema",
                 "type")  # fmt: skip

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.type: str = schema.get("type") or ""
        self.nullable = bool(schema.get("nullable"))
        self.preserve = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
        self.embedded = bool(schema.get("x-kubernetes-embedded-resource"))
        self.int_or_string = bool(schema.get("x-kubernetes-int-or-string"))
        self.list_type: str = schema.get("x-kubernetes-list-type") or ""
        self.map_keys: tuple[str, ...] = tuple(schema.get("x-kubernetes-list-map-keys") or ())
        self.map_type: str = schema.get("x-kubernetes-map-type") or ""
        found = schema.get("default")
        self.default: Any = ABSENT if found is None else found
        self.properties: dict[str, Node] = {
            name: Node(inner) for name, inner in (schema.get("properties") or {}).items()
        }
        additional = schema.get("additionalProperties")
        self.open_ended = additional is not None
        self.additional = Node(additional) if isinstance(additional, Mapping) else None
        items = schema.get("items")
        self.items = Node(items) if isinstance(items, Mapping) else None
        inner: list[Node] = [*self.properties.values()]
        inner += [node for node in (self.additional, self.items) if node is not None]
        self.defaults: bool = self.default is not ABSENT or any(node.defaults for node in inner)
        self.embeds: bool = self.embedded or any(node.embeds for node in inner)
        self.lists: bool = self.list_type in ("set", "map") or any(node.lists for node in inner)

    def child(self, name: str) -> Node | None:
        """The schema of a field."""
        found = self.properties.get(name)
        return self.additional if found is None else found


def joined(path: str, name: str) -> str:
    """The path of a field."""
    return f"{path}.{name}" if path else name
