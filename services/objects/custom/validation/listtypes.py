"""Lists that are sets or maps: no element, no key twice, and which element was which before."""

from __future__ import annotations

from typing import Any

from services.objects.custom.structural import Node, joined
from services.objects.errors import Cause
from services.objects.golang import shown


def duplicates(value: Any, node: Node) -> list[Cause]:
    """One cause per element that is there again, however often."""
    found: list[Cause] = []
    if node.lists:
        _walk(value, node, "", found)
    return found


def _walk(value: Any, node: Node, path: str, found: list[Cause]) -> None:
    if value.__class__ is list:
        if node.list_type == "set":
            found += [_duplicate(f"{path}[{index}]", value[index]) for index in _again(map(_key, value))]
        elif node.list_type == "map":
            found += _same_keys(value, node.map_keys, path)
        if node.items is not None and node.items.lists:
            for index, item in enumerate(value):
                _walk(item, node.items, f"{path}[{index}]", found)
    elif value.__class__ is dict:
        for name, item in value.items():
            inner = node.properties.get(name)
            if inner is not None:
                if inner.lists:
                    _walk(item, inner, joined(path, name), found)
            elif node.additional is not None and node.additional.lists:
                _walk(item, node.additional, f"{path}[{name}]", found)


def _same_keys(value: list[Any], keys: tuple[str, ...], path: str) -> list[Cause]:
    for index, item in enumerate(value):
        if item is not None and item.__class__ is not dict:
            why = f"Invalid value: {shown(item)}: must be an object for an array of list-type map"
            return [Cause("FieldValueInvalid", why, f"{path}[{index}]")]
    chosen = [{key: item[key] for key in keys if key in item} if item else {} for item in value]
    return [_duplicate(f"{path}[{index}]", chosen[index]) for index in _again(map(_key, chosen))]


def _key(value: Any) -> Any:
    return value.__class__, shown(value)


def _again(keys: Any) -> list[int]:
    """The places at which something appears for the second time."""
    times: dict[Any, int] = {}
    places = []
    for index, key in enumerate(keys):
        times[key] = times.get(key, 0) + 1
        if times[key] == 2:
            places.append(index)
    return places


def has_duplicates(value: list[Any]) -> bool:
    """Whether an element is there twice."""
    seen = set()
    for item in value:
        key = _key(item)
        if key in seen:
            return True
        seen.add(key)
    return False


def key_of(item: Any, keys: tuple[str, ...]) -> Any:
    """What identifies an element of a list of type map; a value that can be a key of a dict."""
    if item.__class__ is not dict:
        return None
    return tuple(_key(item.get(key)) for key in keys)


def correlated(old: Any, keys: tuple[str, ...]) -> dict[Any, Any]:
    """The elements that a list of type map had, by key."""
    return {key_of(item, keys): item for item in old} if old.__class__ is list else {}


def _duplicate(path: str, value: Any) -> Cause:
    return Cause("FieldValueDuplicate", f"Duplicate value: {shown(value)}", path)
