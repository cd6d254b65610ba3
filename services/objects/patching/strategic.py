"""Strategic merge patch: merge patch that knows which lists are sets or maps, and takes orders.

The directives, all of which kubectl computes:

    $patch: replace | delete | merge        in a map, or in an item of a merged list
    $deleteFromPrimitiveList/FIELD: [..]    takes scalars out of a list
    $setElementOrder/FIELD: [..]            the order of a list that others may have added to
    $retainKeys: [..]                       of a union: every other field goes

They mean what k8s.io/apimachinery's strategicpatch makes of them, down to the order of merged lists, because kubectl
computes its patches against exactly that. Deriving it from server-side apply was rejected: the list orders differ.
"""

from __future__ import annotations

from typing import Any

from services.objects.errors import BadRequest
from services.objects.meta import Obj
from services.objects.nesting import is_too_deep
from services.objects.patching import lists
from services.objects.patching.lists import (
    DELETE_FROM,
    DIRECTIVE,
    ORDER,
    RETAIN_KEYS,
    without_directives,
)
from services.objects.patching.types import PatchType

Map = dict[str, Any]


def strategic_merge(obj: Obj, patch: Any, types: PatchType | None) -> Obj:
    """`types` is the type of the whole object; without it every list is replaced. Raises BadRequest or a 422."""
    if not isinstance(patch, dict):
        raise BadRequest("error decoding patch: a strategic merge patch is an object")
    if is_too_deep(patch):
        raise BadRequest("error decoding patch: nested too deeply")
    return merged(obj, patch, types)


def merged(original: Map, patch: Map, types: PatchType | None) -> Map:
    """One map with its patch."""
    if DIRECTIVE in patch and patch[DIRECTIVE] != "merge":
        return _directed(patch)
    result = _retained(original, patch)
    ordered = _ordered(result, patch, types)
    for key, value in patch.items():
        if key in ordered or key in (DIRECTIVE, RETAIN_KEYS) or key.startswith(ORDER):
            continue
        if key.startswith(DELETE_FROM):
            _take_out(result, key[len(DELETE_FROM):], value)
        elif value is None:
            result.pop(key, None)
        else:
            field = types.field(key) if types is not None else None
            result[key] = _value(result.get(key), value, field)
    return result


def _directed(patch: Map) -> Map:
    directive = patch[DIRECTIVE]
    if directive == "delete":
        return {}
    if directive != "replace":
        raise BadRequest(f"unknown patch type: {directive}")
    replacement: Map = without_directives(patch)
    return replacement


def _value(current: Any, value: Any, field: PatchType | None) -> Any:
    """What a field becomes that is `current` now and `value` in the patch."""
    replaced = field is not None and "replace" in field.strategy
    if isinstance(current, dict) and isinstance(value, dict) and not replaced:
        return merged(current, value, field)
    if isinstance(current, list) and isinstance(value, list) and field is not None and "merge" in field.strategy:
        return lists.merged(current, value, field, merged)
    return without_directives(value)


def _retained(original: Map, patch: Map) -> Map:
    """A copy with only the fields that `$retainKeys` names, if the patch has it."""
    if RETAIN_KEYS not in patch:
        return dict(original)
    retained = patch[RETAIN_KEYS]
    if not isinstance(retained, list) or not all(isinstance(key, str) for key in retained):
        raise BadRequest("invalid patch format of retainKeys")
    keep = set(retained)
    for key, value in patch.items():
        directive = key.startswith("$")
        if value is not None and not directive and key not in keep:
            raise BadRequest("invalid patch format of retainKeys")
    return {key: value for key, value in original.items() if key in keep}


def _take_out(result: Map, key: str, values: Any) -> None:
    if not isinstance(values, list):
        raise BadRequest("invalid patch format of primitive list")
    current = result.get(key)
    if isinstance(current, list):
        gone = {lists.identity(value) for value in values}
        result[key] = [value for value in current if lists.identity(value) not in gone]


def _ordered(result: Map, patch: Map, types: PatchType | None) -> set[str]:
    """Merges and orders, in `result`, the lists that have `$setElementOrder`; returns the fields it dealt with."""
    done: set[str] = set()
    for directive, order in patch.items():
        if not directive.startswith(ORDER):
            continue
        key = directive[len(ORDER):]
        current, items = result.get(key), patch.get(key)
        if not isinstance(order, list) or (items is not None and not isinstance(items, list)):
            raise BadRequest("invalid patch format of setElementOrder list")
        field = types.field(key) if types is not None else None
        merge_key = field.merge_key if field is not None else None
        if key in patch and items is None:
            continue  # null removes the list whatever its order
        if items:
            lists.check_order(items, order, merge_key)
        if isinstance(current, list):
            items = current if items is None else _value(current, items, field)
        elif items is not None:
            items = without_directives(items)
        else:
            continue
        result[key] = lists.in_order(items, order, current if isinstance(current, list) else [], merge_key)
        done.add(key)
    return done
