"""What a configuration owns: every field it names, checked against its type on the way.

An applied configuration is checked by apply's own rules and in its own words, as in Kubernetes: an unknown field is an
error whatever `fieldValidation` says, and a list of items must not name one twice.
"""

from __future__ import annotations

from typing import Any

from services.objects import golang
from services.objects.apply.fieldpath.elements import ElementError, item_element, spelled
from services.objects.apply.fieldpath.fieldset import LEAF, FieldSet
from services.objects.schema.shapes import Shape

__all__ = ["Errors", "owned", "owned_in"]

# (path, message)
Errors = list[tuple[str, str]]
# Of many errors the first tell the story; all of them could be made to fill memory.
_MOST_ERRORS, _MOST_TEXT = 100, 1 << 20

# A path is spelled out only when there is something to say: (what it is in, the element).
_Path = tuple[Any, str] | None


def owned(config: dict[str, Any], shape: Shape) -> tuple[FieldSet, Errors]:
    """The set of the fields that `config` names, and what is wrong with it."""
    errors: Errors = []
    fields = _owned(config, shape, None, errors) or {}
    return fields, errors


def owned_in(value: Any, shape: Shape) -> FieldSet:
    """What there is to own in a value, right or wrong."""
    return _owned(value, shape, None, []) or {}


def _owned(value: Any, shape: Shape, path: _Path, errors: Errors) -> FieldSet | None:
    """The node of one value: LEAF where it is owned whole, None where nothing is."""
    form = value.__class__
    if form is dict and shape.map_type:
        fields = _map_fields(value, shape, path, errors)
        return LEAF if shape.map_type == "atomic" else fields
    if form is list and shape.list_type:
        if shape.list_type == "atomic":
            if shape.items.struct or shape.items.scalar != "untyped":
                for index, item in enumerate(value):
                    _owned(item, shape.items, (path, f"i:{index}"), errors)
            return LEAF
        return _items(value, shape, path, errors)
    if value is None:
        return LEAF if shape.scalar or shape.map_type == "atomic" or shape.list_type == "atomic" else None
    wrong = _SCALARS.get(form) != shape.scalar and _misfit(value, shape)
    if wrong:
        _fail(errors, path, wrong)
    return LEAF


def _map_fields(value: dict[str, Any], shape: Shape, path: _Path, errors: Errors) -> FieldSet | None:
    result: FieldSet = {}
    declared, struct = shape.fields, shape.struct
    for key, item in value.items():
        child = declared[key] if struct else shape.element
        if child is None:
            _fail(errors, (path, f"f:{key}"), "field not declared in schema")
            continue
        node = _owned(item, child, (path, f"f:{key}"), errors)
        # Kubernetes does not count empty lists; then applying one twice is not the same as applying it once.
        if item is None or item == {} or item == [] or not (struct and key in declared):
            node = LEAF if not node else {".": LEAF, **node}
        if node is not None:
            result[f"f:{key}"] = node
    return result or None


def _items(value: list[Any], shape: Shape, path: _Path, errors: Errors) -> FieldSet | None:
    result: FieldSet = {}
    items = shape.items
    for index, item in enumerate(value):
        try:
            element = item_element(shape, item)
        except ElementError as error:
            _fail(errors, path, f"element {index}: {error}")
            return result or None
        if element in result:
            _fail(errors, path, f"duplicate entries for key {spelled(element)}")
            continue
        node = _owned(item, items, (path, element), errors)
        result[element] = LEAF if not node else {".": LEAF, **node}
    return result or None


def _fail(errors: Errors, path: _Path, why: str) -> None:
    if len(errors) < _MOST_ERRORS and sum(len(place) + len(text) for place, text in errors) < _MOST_TEXT:
        steps: list[str] = []
        while path is not None:
            path, step = path
            steps.append(spelled(step))
        errors.append(("".join(reversed(steps)), why))


_SCALARS = {str: "string", bool: "boolean", int: "numeric", float: "numeric"}


def _misfit(value: Any, shape: Shape) -> str:
    """Why a value does not fit its type, "" if it does."""
    plain = not isinstance(value, dict | list)
    if plain and shape.scalar == "untyped":
        return ""
    if shape.map_type:
        return f"expected map, got &{{{golang.printed(value)}}}"
    if shape.list_type:
        return f"expected list, got &{{{golang.printed(value)}}}"
    if shape.scalar == "numeric":
        return f"expected numeric (int or float), got {golang.type_name(value)}"
    if shape.scalar == "string":
        return f"expected string, got &value.valueUnstructured{{Value:{golang.syntax(value)}}}"
    return f"expected {'boolean' if shape.scalar == 'boolean' else 'any scalar'}, got &{{{golang.printed(value)}}}"
