"""An applied configuration laid over the object: what it names is as it says, all else as it was.

What does not change is shared with the object, the very same dicts and lists, so that comparing the two afterwards
costs only what did.
"""

from __future__ import annotations

from typing import Any

from services.objects.apply.fieldpath.elements import item_element, known_element
from services.objects.apply.typed.comparing import same
from services.objects.schema.shapes import Shape

__all__ = ["merge"]


def merge(live: dict[str, Any], config: dict[str, Any], shape: Shape) -> dict[str, Any]:
    """Neither is changed; the result shares with both. `config` is of the type `shape`."""
    return _maps(live, config, shape)


def _merge(live: Any, config: Any, shape: Shape) -> Any:
    form = config.__class__
    if form is dict:
        if live.__class__ is dict and shape.map_type == "granular":
            return _maps(live, config, shape) if config else live
    elif form is list:
        if live.__class__ is list and shape.list_type in ("set", "map"):
            return _lists(live, config, shape) if config else live
    elif config is None and live and ((live.__class__ is dict and shape.map_type == "granular")
                                      or (live.__class__ is list and shape.list_type in ("set", "map"))):  # fmt: skip
        return live
    return live if same(live, config) else config


def _maps(live: dict[str, Any], config: dict[str, Any], shape: Shape) -> dict[str, Any]:
    result = live
    fields, struct, element = shape.fields, shape.struct, shape.element
    for key, value in config.items():
        if key in live:
            before = live[key]
            child = fields[key] if struct else element
            after = _merge(before, value, child) if child is not None else value
            if after is before:
                continue
        else:
            after = value
        if result is live:
            result = dict(live)
        result[key] = after
    return result


def _lists(live: list[Any], config: list[Any], shape: Shape) -> list[Any]:
    """Items of the configuration stand in its order; the others keep their place before what followed them."""
    names = [item_element(shape, item) for item in config]
    wanted = dict(zip(names, config, strict=True))
    present = [known_element(shape, item) for item in live]
    known: dict[str | None, Any] = {}
    twice: set[str | None] = set()
    for name, item in zip(present, live, strict=True):
        if name in known:
            twice.add(name)
        known[name] = item
    items = shape.items

    def merged(name: str) -> Any:
        if name in known and name not in twice:
            return _merge(known[name], wanted[name], items)
        return wanted[name]

    shared = [name for name in names if name in known]
    shared.reverse()
    done: set[str] = set()
    result: list[Any] = []
    left = right = 0
    while left < len(live) or right < len(names):
        if left < len(live):
            name = present[left]
            if name is None or name not in wanted:
                result.append(live[left])
                left += 1
                continue
            if right < len(names) and name != names[right] and shared and shared[-1] != name:
                left += 1  # it is placed where the configuration has it
                continue
            if name in done:
                left += 1
        if right < len(names):
            name = names[right]
            right += 1
            done.add(name)
            result.append(merged(name))
            if shared and shared[-1] == name:
                shared.pop()
            if left < len(live) and present[left] == name:
                left += 1
    if len(result) == len(live) and all(map(_is, result, live)):
        return live
    return result


def _is(left: Any, right: Any) -> bool:
    return left is right
