"""Lists in a strategic merge: sets of scalars, maps of objects by their merge key, and the order of both."""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable
from typing import Any

from services.objects import golang
from services.objects.errors import BadRequest
from services.objects.patching.refusal import unprocessable
from services.objects.patching.types import PatchType

DIRECTIVE = "$patch"
RETAIN_KEYS = "$retainKeys"
DELETE_FROM = "$deleteFromPrimitiveList/"
ORDER = "$setElementOrder/"

Map = dict[str, Any]
MergeMap = Callable[[Map, Map, PatchType | None], Map]


def identity(value: Any) -> Hashable:
    """What makes two JSON scalars the same; 1 and true are not."""
    if type(value) is str:
        return value
    if isinstance(value, dict | list):
        raise BadRequest(f"expected a scalar, found {value}")
    return type(value) is bool, value


def key_identity(item: Any, merge_key: str) -> Hashable:
    if not isinstance(item, dict) or merge_key not in item:
        raise BadRequest(f"map: {item} does not contain declared merge key: {merge_key}")
    return identity(item[merge_key])


def without_directives(value: Any) -> Any:
    """A value of the patch for which there is nothing to merge with: its directives and nulls have done their duty."""
    if isinstance(value, dict):
        if value.get(DIRECTIVE) == "delete":
            return {}
        return {key: without_directives(member) for key, member in value.items()
                if member is not None and key not in (DIRECTIVE, RETAIN_KEYS)
                and not key.startswith((DELETE_FROM, ORDER))}  # fmt: skip
    if isinstance(value, list):
        return [without_directives(item) for item in value if not (isinstance(item, dict) and _is_order(item))]
    return value


def _is_order(item: Map) -> bool:
    """An item that deletes, or one that is nothing but a directive."""
    return item.get(DIRECTIVE) == "delete" or (DIRECTIVE in item and len(item) == 1)


def merged(original: list[Any], patch: list[Any], field: PatchType, merge_map: MergeMap) -> list[Any]:
    """Items of the patch keep its order, the others theirs; where both meet, as the original had it."""
    if not original and not patch:
        return original
    if _are_maps(original, patch):
        merge_key = field.merge_key
        if merge_key is None:
            raise BadRequest("cannot merge lists without merge key")
        original, patch = _special_items(original, patch, merge_key)
        return in_order(_merged_maps(original, patch, merge_key, field.element, merge_map), patch, original, merge_key)
    both = list({identity(item): item for item in [*original, *patch]}.values())
    return in_order(both, patch, original, None)


def _are_maps(*sides: list[Any]) -> bool:
    items = [item for side in sides for item in side]
    if any(isinstance(item, list) for item in items):
        raise unprocessable()  # lists of lists
    maps = sum(isinstance(item, dict) for item in items)
    if maps not in (0, len(items)):
        raise BadRequest("list element types are not identical")
    return maps > 0


def _special_items(original: list[Map], patch: list[Map], merge_key: str) -> tuple[list[Map], list[Map]]:
    """Does what `$patch: delete` and `$patch: replace` items say; returns the list and the items left to merge."""
    plain: list[Map] = []
    gone: set[Hashable] = set()
    replace = False
    for item in patch:
        match item.get(DIRECTIVE):
            case None if DIRECTIVE not in item:
                plain.append(item)
            case "delete":
                gone.add(key_identity(item, merge_key))
            case "replace":
                replace = True
            case "merge":
                raise BadRequest("merging lists cannot yet be specified in the patch")
            case unknown:
                raise BadRequest(f"unknown patch type: {unknown}")
    if replace:
        return [], plain
    if gone:
        original = [item for item in original if key_identity(item, merge_key) not in gone]
    return original, plain


def _merged_maps(
    original: list[Map], patch: list[Map], merge_key: str, element: PatchType | None, merge_map: MergeMap
) -> list[Map]:
    result = list(original)
    places = _places(_keys(original, merge_key))
    for item in patch:
        key = key_identity(item, merge_key)
        if key in places:
            result[places[key]] = merge_map(result[places[key]], item, element)
        else:
            places[key] = len(result)
            result.append(without_directives(item))
    return result


def check_order(patch: list[Any], order: list[Any], merge_key: str | None) -> None:
    """Raises BadRequest unless the items of the patch are among those of `$setElementOrder`, and in its order."""
    kept = [item for item in patch if not (isinstance(item, dict) and DIRECTIVE in item)]
    wanted = iter(_keys(order, merge_key))
    if not all(key in wanted for key in _keys(kept, merge_key)):
        raise BadRequest(f"The order in patch list:\n{golang.printed(patch)}\n doesn't match $setElementOrder list:\n"
                         f"{golang.printed(order)}\n")  # fmt: skip


def in_order(items: list[Any], order: list[Any], live: list[Any], merge_key: str | None) -> list[Any]:
    """Items that `order` names come in its order; the others keep theirs and stand before the first item of the former
    that followed them in `live`."""
    wanted, before, nowhere = _places(_keys(order, merge_key)), _places(_keys(live, merge_key)), len(live)
    named: list[tuple[int, int, Any]] = []  # each with its place in `order` and in `live`
    others: list[tuple[int, Any]] = []  # each with its place in `live`
    for key, item in zip(_keys(items, merge_key), items, strict=True):
        if key in wanted:
            named.append((wanted[key], before.get(key, -1), item))
        else:
            others.append((before.get(key, nowhere), item))
    named.sort(key=_first)
    others.sort(key=_first)
    result: list[Any] = []
    position = 0
    for _, place, item in named:
        while position < len(others) and others[position][0] < place:
            result.append(others[position][1])
            position += 1
        result.append(item)
    return result + [item for _, item in others[position:]]


_first = operator.itemgetter(0)


def _keys(items: list[Any], merge_key: str | None) -> list[Hashable]:
    return [identity(item) if merge_key is None else key_identity(item, merge_key) for item in items]


def _places(keys: list[Hashable]) -> dict[Hashable, int]:
    places: dict[Hashable, int] = {}
    for index, key in enumerate(keys):
        places.setdefault(key, index)
    return places
