"""Removes what a manager applied last time, does not apply now, and nobody else owns.

A struct counts as owned by who owns something in it; an item of a list, or a key of a map, only by who owns the item
itself: taking an item away takes what others set in it.
"""

from __future__ import annotations

from typing import Any

from services.objects.apply.fieldpath.elements import known_element
from services.objects.apply.fieldpath.fieldset import FieldSet, is_member
from services.objects.schema.shapes import Shape

__all__ = ["prune"]


def prune(merged: dict[str, Any], last: FieldSet, managed: FieldSet, shape: Shape) -> dict[str, Any]:
    """`merged` without what only `last` has: `managed` is all that anybody owns now. Shares what stays."""
    if not last:
        return merged
    return _maps(merged, last, managed, shape)


def _prune(value: Any, last: FieldSet, managed: FieldSet | None, shape: Shape) -> Any:
    if not last:
        return value
    if value.__class__ is dict and shape.map_type == "granular":
        return _maps(value, last, managed or {}, shape)
    if value.__class__ is list and shape.list_type in ("set", "map"):
        return _lists(value, last, managed or {}, shape)
    return value


def _maps(value: dict[str, Any], last: FieldSet, managed: FieldSet, shape: Shape) -> dict[str, Any]:
    result = value
    for element, before in last.items():
        key = element[2:]
        if element[:2] != "f:" or key not in value:
            continue
        child = shape.fields[key] if shape.struct else shape.element
        now = managed.get(element)
        struct = shape.struct and key in shape.fields
        item = value[key]
        if (struct or is_member(before)) and (now is None or not (struct or is_member(now))):
            after = None
        elif child is None:
            continue
        else:
            after = _prune(item, before, now, child)
            if after is item:
                continue
        if result is value:
            result = dict(value)
        if after or (now is not None and is_member(now)):
            result[key] = after  # what is owned stays, even empty
        else:
            del result[key]
    return result


def _lists(value: list[Any], last: FieldSet, managed: FieldSet, shape: Shape) -> list[Any]:
    result: list[Any] = []
    changed = False
    for item in value:
        element = known_element(shape, item)
        before, now = (None, None) if element is None else (last.get(element), managed.get(element))
        if before is None:
            result.append(item)
        elif is_member(before) and (now is None or not is_member(now)):
            changed = True
        else:
            after = _prune(item, before, now, shape.items)
            changed = changed or after is not item
            result.append(after)
    return result if changed else value
