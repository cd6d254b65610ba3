"""Sets of fields brought in line with a type that changed since they were written.

The schema of a custom resource may make atomic what was granular, or the other way round. Who owned something in it
then owns the whole. Who owned the whole and applies again, now item by item, is taken to have owned all the items.
Kubernetes gives them to every owner of the whole at once; but who owns an empty map looks just the same, and would take
away what others put into it by applying it twice. Types that are built in do not change.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.objects.apply.fieldpath.elements import known_element
from services.objects.apply.fieldpath.fieldset import LEAF, FieldSet
from services.objects.apply.typed.owning import owned_in
from services.objects.schema.shapes import DEDUCED, Shape

__all__ = ["reconciled"]


def reconciled(fields: FieldSet, obj: dict[str, Any], shape: Shape, wanted: FieldSet | None = None) -> FieldSet:
    """The very same where nothing is to be changed; `obj` is the object as it is, and `wanted` what the owner is about
    to own."""
    return _below(fields, obj, shape, wanted or {})


def _below(fields: FieldSet, value: Any, shape: Shape, wanted: FieldSet) -> FieldSet:
    result = fields
    for element, item, inner in _inside(fields, value, shape):
        node = fields[element]
        after = _node(node, item, inner, wanted.get(element) or {})
        if after is not node:
            if result is fields:
                result = dict(fields)
            result[element] = after
    return result


def _inside(fields: FieldSet, value: Any, shape: Shape) -> Iterator[tuple[str, Any, Shape]]:
    """What is owned in a value: elements, the values there (None: there is none), and their types."""
    if shape.map_type:
        for element in fields:
            inner = (shape.fields[element[2:]] if shape.struct else shape.element) if element[:2] == "f:" else None
            if inner is not None:
                yield element, value.get(element[2:]) if isinstance(value, dict) else None, inner
    elif shape.list_type:
        items = _by_element(value, shape) if isinstance(value, list) else {}
        for element in fields:
            if element[:2] in ("k:", "v:"):
                yield element, items.get(element), shape.items


def _by_element(items: list[Any], shape: Shape) -> dict[str | None, Any]:
    return {known_element(shape, item): item for item in items}


def _node(node: FieldSet, value: Any, shape: Shape, wanted: FieldSet) -> FieldSet:
    if shape is DEDUCED or not (shape.map_type or shape.list_type):
        return node
    if "atomic" in (shape.map_type, shape.list_type):
        return LEAF if node else node
    if node:
        return _below(node, value, shape, wanted)
    inside = owned_in(value, shape) if wanted else None
    return {".": LEAF, **inside} if inside else node
