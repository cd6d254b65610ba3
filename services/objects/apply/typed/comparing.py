"""What changed between two states of an object, as sets of fields: changed (or new), and gone."""

from __future__ import annotations

from typing import Any, NamedTuple

from services.objects.apply.fieldpath.elements import known_element
from services.objects.apply.fieldpath.fieldset import LEAF, FieldSet
from services.objects.schema.shapes import Shape

__all__ = ["Difference", "compare", "same"]

_Node = FieldSet | None


class Difference(NamedTuple):
    """`changed`: what is new or has another value; `removed`: what is gone."""

    changed: FieldSet
    removed: FieldSet

    def __bool__(self) -> bool:
        return bool(self.changed or self.removed)


def compare(old: dict[str, Any], new: dict[str, Any], shape: Shape) -> Difference:
    changed, removed = _maps(old, new, shape)
    return Difference(changed or {}, removed or {})


def same(left: Any, right: Any) -> bool:
    """Equal as JSON: 1 is 1.0, and true is neither, though Python says so."""
    return bool(left == right) and _alike(left, right)


def _alike(left: Any, right: Any) -> bool:
    """Whether of two values that are equal to Python none is a boolean where the other is a number."""
    if left is right:
        return True
    if left.__class__ is dict:
        return all(_alike(item, right[key]) for key, item in left.items())
    if left.__class__ is list:
        return all(map(_alike, left, right))
    return left.__class__ is right.__class__ or (left.__class__ is not bool and right.__class__ is not bool)


def _compare(old: Any, new: Any, shape: Shape) -> tuple[_Node, _Node]:
    if old is new:
        return None, None
    form, before = new.__class__, old.__class__
    if form is dict and shape.map_type == "granular" and (before is dict or old is None) and (new or old):
        return _maps(old or {}, new, shape)
    if form is list and shape.list_type in _NAMED and (before is list or old is None) and (new or old):
        return _lists(old or [], new, shape)
    if new is None and old and ((before is dict and shape.map_type == "granular")
                                or (before is list and shape.list_type in _NAMED)):  # fmt: skip
        return _maps(old, {}, shape) if before is dict else _lists(old, [], shape)
    if same(old, new):
        return None, None
    # A value of another form: what was below it is gone.
    return LEAF, _below(old, shape) if form is not before else None


_NAMED = frozenset(("set", "map"))


def _maps(old: dict[str, Any], new: dict[str, Any], shape: Shape, *, made: bool = False) -> tuple[_Node, _Node]:
    """`made`: all of it is new, so nothing in it was there before it was given."""
    changed: FieldSet = {}
    removed: FieldSet = {}
    fields, struct, element = shape.fields, shape.struct, shape.element
    for key, value in new.items():
        if key in old:
            before = old[key]
            if before is value or (value.__class__ is str and value == before):
                continue
            child = fields[key] if struct else element
            more, less = _compare(before, value, child) if child is not None else (LEAF, None)
            if more is not None:
                changed[f"f:{key}"] = more
            if less is not None:
                removed[f"f:{key}"] = less
        else:
            child = fields[key] if struct else element
            if child is None:
                changed[f"f:{key}"] = LEAF
            elif made or not child.always:
                changed[f"f:{key}"] = _whole(value, child)
            else:
                inside = _below(value, child, made=False)
                if inside is not None:
                    changed[f"f:{key}"] = inside
    if not old.keys() <= new.keys():
        for key, value in old.items():
            if key not in new:
                child = fields[key] if struct else element
                removed[f"f:{key}"] = _whole(value, child) if child is not None else LEAF
    return changed or None, removed or None


def _whole(value: Any, shape: Shape) -> FieldSet:
    """Everything there is in a value that is new, or gone: itself and what is below it."""
    below = _below(value, shape)
    return LEAF if below is None else {".": LEAF, **below}


def _below(value: Any, shape: Shape, *, made: bool = True) -> _Node:
    """What is in a value, without itself."""
    result: FieldSet = {}
    if value.__class__ is dict and shape.map_type == "granular":
        return _maps({}, value, shape, made=made)[0]
    if value.__class__ is list and shape.list_type in _NAMED:
        items = shape.items
        for item in value:
            element = known_element(shape, item)
            if element is not None:
                # Owned once, and only as a whole, when there are several of it.
                result[element] = _whole(item, items) if element not in result else LEAF
    return result or None


def _indexed(values: list[Any], shape: Shape) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for item in values:
        element = known_element(shape, item)
        if element is not None:
            found.setdefault(element, []).append(item)
    return found


def _lists(old: list[Any], new: list[Any], shape: Shape) -> tuple[_Node, _Node]:
    changed: FieldSet = {}
    removed: FieldSet = {}
    before, after, items = _indexed(old, shape), _indexed(new, shape), shape.items
    for element, values in after.items():
        had = before.get(element, ())
        if len(values) > 1 or len(had) > 1:
            if not (len(had) == len(values) and all(map(same, had, values))):
                changed[element] = LEAF if len(values) > 1 else _whole(values[0], items)
        elif not had:
            changed[element] = _whole(values[0], items)
        else:
            more, less = _compare(had[0], values[0], items)
            if more is not None:
                changed[element] = more
            if less is not None:
                removed[element] = less
    for element, values in before.items():
        if element not in after:
            removed[element] = _whole(values[0], items) if len(values) == 1 else LEAF
    return changed or None, removed or None
