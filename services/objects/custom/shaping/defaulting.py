"""Defaults: what the schema says of absent fields, and of nulls where none may be.

A null in a field that is not nullable is the same as no field: it gives way to the default, or goes.
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting-and-nullable
"""

from __future__ import annotations

from typing import Any

from services.objects.custom.structural import ABSENT, Node


def default(value: Any, node: Node) -> None:
    """Fills in place, and removes nulls that may not be and have no default; idempotent."""
    if value.__class__ is dict:
        _drop_nulls(value, node)
        _default_map(value, node)
    elif value.__class__ is list and node.items is not None:
        _default_list(value, node.items)


def _drop_nulls(value: dict[str, Any], node: Node) -> None:
    gone = [name for name, item in value.items() if item is None and (inner := node.properties.get(name)) is not None
            and not inner.nullable and inner.default is ABSENT]  # fmt: skip
    for name in gone:
        del value[name]


def _default_map(value: dict[str, Any], node: Node) -> None:
    if node.defaults:
        for name, inner in node.properties.items():
            if inner.default is not ABSENT and (name not in value or (value[name] is None and not inner.nullable)):
                value[name] = copied(inner.default)
    for name, item in value.items():
        known = node.child(name)
        if known is None:
            continue
        if item is None and not known.nullable and name not in node.properties and known.default is not ABSENT:
            item = value[name] = copied(known.default)
        if item.__class__ in (dict, list):
            default(item, known)


def _default_list(value: list[Any], items: Node) -> None:
    for index, item in enumerate(value):
        if item is None and not items.nullable and items.default is not ABSENT:
            item = value[index] = copied(items.default)
        if item.__class__ in (dict, list):
            default(item, items)


def copied(value: Any) -> Any:
    """A deep copy of a JSON value."""
    if value.__class__ is dict:
        return {name: copied(item) for name, item in value.items()}
    return [copied(item) for item in value] if value.__class__ is list else value
