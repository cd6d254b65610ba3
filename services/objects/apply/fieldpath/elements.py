"""Path elements in the words of managedFields: what names a field or an item, and how that is said to people.

    f:replicas                          a field of a struct, a key of a map
    k:{"containerPort":80,...}          an item of a list of maps, by its keys
    v:"finalizer"                       an item of a set
    i:0                                 an item by its place (never written by this server, read all the same)

The texts themselves are the elements: sets of fields are nested dicts of them, in the very form in which they are
stored, so that reading and writing managedFields costs nothing.
"""

from __future__ import annotations

import functools
from typing import Any

import orjson

from services.objects.memo import remembered
from services.objects.schema.shapes import Shape

__all__ = ["ElementError", "canonical", "item_element", "known_element", "order", "spelled"]


_LONG = 256  # characters: names of that many are not kept


class ElementError(Exception):
    """An item that has no name, in Kubernetes' words; or a path element that is none."""


def item_element(shape: Shape, item: Any) -> str:
    """The element of an item in a list of the type `shape`, a set or a map. Raises ElementError."""
    if shape.list_type == "map":
        return _keyed(shape, item)
    if isinstance(item, dict):
        raise ElementError("associative list without keys has an element that's a map type")
    if isinstance(item, list):
        raise ElementError("not supported: associative list with lists as elements")
    if item is None:
        raise ElementError("associative list without keys has an element that's an explicit null")
    return "v:" + _json(item)


def known_element(shape: Shape, item: Any) -> str | None:
    """The same; None for an item without a name, which cannot be owned."""
    try:
        return item_element(shape, item)
    except ElementError:
        return None


def _keyed(shape: Shape, item: Any) -> str:
    if item.__class__ is not dict:
        if item is None:
            raise ElementError("associative list with keys may not have a null element")
        raise ElementError("associative list with keys may not have non-map elements")
    keys = shape.keys
    if len(keys) == 1:
        value = item.get(keys[0])
        if value.__class__ is str and len(value) <= _LONG:
            return _named(keys[0], value)
    found = {}
    for key in keys:
        if key in item:
            found[key] = item[key]
        elif key in shape.key_defaults:
            found[key] = shape.key_defaults[key]
    if not found:
        shown = " ".join(f'"{key}"' for key in keys)
        raise ElementError(f"associative list with keys has an element that omits all key fields [{shown}] "
                           "(and doesn't have default values for any key fields)")  # fmt: skip
    return "k:" + _json(found)


@functools.lru_cache(maxsize=4096)
def _named(key: str, value: str) -> str:
    return "k:" + _json({key: value})


def _json(value: Any) -> str:
    """As Kubernetes writes it: keys in order, and safe inside of HTML."""
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    if "<" in text or ">" in text or "&" in text:
        text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return text


@remembered()
def canonical(element: str) -> str | None:
    """The element as this server would write it; None for a kind of element that is not known, which Kubernetes drops.
    Raises ElementError for what is no element at all."""
    if element == "." or element.startswith("f:"):
        return element
    sort, colon, text = element.partition(":")
    if not colon or len(sort) != 1:
        raise ElementError(f"missing colon: {element!r}")
    if sort not in "kvi":
        return None
    try:
        value = orjson.loads(text)
        tidy = _json(value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:  # the latter of what is nested too deeply
        raise ElementError(f"{element!r}: {error}") from None
    if (sort == "k" and not (isinstance(value, dict) and value)) or (sort == "i" and type(value) is not int):
        raise ElementError(f"{element!r} is no path element")
    return f"{sort}:{tidy}"


@remembered()
def order(element: str) -> tuple[Any, ...]:
    """Sorts elements as Kubernetes does: the thing itself, fields, keys, values, indices."""
    if element == ".":
        return (0,)
    sort, text = element[0], element[2:]
    if sort == "f":
        return 1, text
    value = orjson.loads(text)
    if sort == "k":
        return 2, [(name, _rank(field)) for name, field in sorted(value.items())]
    return (3, _rank(value)) if sort == "v" else (4, value)


def _rank(value: Any) -> tuple[int, Any]:
    """Values of one kind by themselves, kinds among each other as Kubernetes has them."""
    if isinstance(value, bool):
        return 2, value
    if isinstance(value, int | float):
        return 0, value
    if isinstance(value, str):
        return 1, value
    return 3, _json(value)


@remembered()
def spelled(element: str) -> str:
    """As it stands in a conflict: `.replicas`, `[name="app"]`, `[="finalizer"]`, `[0]`."""
    sort, text = element[0], element[2:]
    if sort == "f":
        return f".{text}"
    value = orjson.loads(text)
    if sort == "k":
        return "[" + ",".join(f"{name}={_shown(field)}" for name, field in sorted(value.items())) + "]"
    return f"[={_shown(value)}]" if sort == "v" else f"[{value}]"


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return orjson.dumps(value).decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, list):
        return "[" + ",".join(_shown(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ";".join(f"{name}={_shown(item)}" for name, item in sorted(value.items())) + "}"
    return str(value)
