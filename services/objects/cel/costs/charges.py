"""What a call costs when it runs, in Kubernetes' units; one unit where nothing is said here.

The numbers are those of cel-go and of Kubernetes' libraries: a tenth of a unit for each character, a quarter for each
of a pattern. Estimates of the same functions are in `estimates`; a change in one needs the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from services.objects.cel.running.values import size_of

TRAVERSAL = 0.1
PATTERN = 0.25
LIST, MAP, MESSAGE = 10, 30, 40  # to make one
BEYOND = 1 << 62  # more than any budget
_MOST_SEEN = 2_000_000

Charge = Callable[[Sequence[Any], Any], int]


def characters(count: float) -> int:
    return math.ceil(count * TRAVERSAL)


def search(text: int, pattern: int) -> int:
    return math.ceil((1.0 + text) * TRAVERSAL) * math.ceil(pattern * PATTERN)


def traversal(value: Any) -> int:
    """Of a value and all within it."""
    total, seen, pending = 0, 0, [value]
    while pending:
        each = pending.pop()
        seen += 1
        if seen > _MOST_SEEN:
            return BEYOND
        if isinstance(each, str | bytes):
            total += int(len(each) * TRAVERSAL)
        elif isinstance(each, list):
            pending.extend(each)
        elif isinstance(each, dict):
            pending.extend(each)
            pending.extend(each.values())
        else:
            total += 1
    return total


def _first(arguments: Sequence[Any], result: Any) -> int:
    return characters(size_of(arguments[0]))


def _twice(arguments: Sequence[Any], result: Any) -> int:
    return math.ceil(size_of(arguments[0]) * 2 * TRAVERSAL)


def _result_twice(arguments: Sequence[Any], result: Any) -> int:
    return math.ceil(size_of(result) * 2 * TRAVERSAL)


def _search(arguments: Sequence[Any], result: Any) -> int:
    return search(size_of(arguments[0]), size_of(arguments[1]))


def _sequence(arguments: Sequence[Any], result: Any) -> int:
    return traversal(arguments[0])


def smaller(arguments: Sequence[Any], result: Any) -> int:
    """Of comparing two values."""
    return characters(min(size_of(arguments[0]), size_of(arguments[1])))


def _both(arguments: Sequence[Any], result: Any) -> int:
    return characters(size_of(arguments[0]) + size_of(arguments[1]))


def _contained(arguments: Sequence[Any], result: Any) -> int:
    return characters(size_of(arguments[0])) * characters(size_of(arguments[1]))


def _selector(arguments: Sequence[Any], result: Any) -> int:
    length = size_of(arguments[1])
    return LIST + characters(length) + math.ceil(length * 0.5) * (LIST + MESSAGE)


def _contains_ip(arguments: Sequence[Any], result: Any) -> int:
    text = characters(len(arguments[1])) if isinstance(arguments[1], str) else 0
    return characters(2 * arguments[0].octets) + text


def _contains_cidr(arguments: Sequence[Any], result: Any) -> int:
    return _contains_ip(arguments, result) + characters(arguments[0].octets) + 1


def _validate(arguments: Sequence[Any], result: Any) -> int:
    return search(size_of(arguments[1]), arguments[0].pattern)


def _sized(arguments: Sequence[Any], result: Any) -> int:
    return 1 + LIST + size_of(result)


def _flatten(arguments: Sequence[Any], result: Any) -> int:
    return 1 + LIST + size_of(arguments[0]) * (arguments[1] if len(arguments) == 2 else 1)


def _compared(elements: Sequence[Any]) -> int:
    """Every element with every other."""
    text = bool(elements) and isinstance(elements[0], str | bytes)
    return 1 + LIST + int(len(elements) * len(elements) * (2 + TRAVERSAL if text else 2))


def _sort(arguments: Sequence[Any], result: Any) -> int:
    return _compared(arguments[0])


def _sort_by(arguments: Sequence[Any], result: Any) -> int:
    return _compared(arguments[1])


def _product(arguments: Sequence[Any], result: Any) -> int:
    return 1 + size_of(arguments[0]) * size_of(arguments[1])


def _product_twice(arguments: Sequence[Any], result: Any) -> int:
    return 1 + 2 * size_of(arguments[0]) * size_of(arguments[1])


def _elements(arguments: Sequence[Any], result: Any) -> int:
    return size_of(arguments[1])


_ORDERS = [f"{name}_{kind}" for name in ("less", "less_equals", "greater", "greater_equals")
           for kind in ("string", "bytes")]  # fmt: skip

BY_FUNCTION: dict[str, Charge] = {
    **dict.fromkeys(("isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"), _sequence),
    **dict.fromkeys(("url", "lowerAscii", "upperAscii", "substring", "trim", "jsonpatch.escapeKey"), _first),
    **dict.fromkeys(("replace", "split"), _twice),
    "join": _result_twice,
    **dict.fromkeys(("find", "findAll", "matches"), _search),
    **dict.fromkeys(("cidr", "isIP", "isCIDR", "quantity", "isQuantity", "semver", "isSemver"), _first),
    "ip.isCanonical": _twice,
    "containsIP": _contains_ip,
    "containsCIDR": _contains_cidr,
    "validate": _validate,
    "check": lambda arguments, result: 350_000,
    **dict.fromkeys(("fieldSelector", "labelSelector"), _selector),
}

BY_OVERLOAD: dict[str, Charge] = {
    "starts_with_string": _first,
    "ends_with_string": _first,
    "string_to_bytes": _first,
    "bytes_to_string": _first,
    "string_to_ip": _first,
    "string_format": _first,
    "strings_quote": _first,
    "in_list": _elements,
    **dict.fromkeys((*_ORDERS, "equals", "not_equals"), smaller),
    "add_string": _both,
    "add_bytes": _both,
    "contains_string": _contained,
    "list_slice": _sized,
    "lists_range": _sized,
    "list_reverse": _sized,
    "list_flatten": _flatten,
    "list_flatten_int": _flatten,
    "list_distinct": _sort,
    "list_sets_contains_list": _product,
    "list_sets_intersects_list": _product,
    "list_sets_equivalent_list": _product_twice,
}


def charge_of(function: str, overload: str) -> Charge | None:
    """None for one unit."""
    if overload.endswith("_sort"):
        return _sort
    if overload.endswith("_sortByAssociatedKeys"):
        return _sort_by
    if overload in ("cidr_ip",):
        return None
    return BY_OVERLOAD.get(overload) or BY_FUNCTION.get(function)
