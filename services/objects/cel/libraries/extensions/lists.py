"""cel-go's list library: slices, sorting, flattening."""

from __future__ import annotations

from typing import Any

from services.objects.cel.checking.overloads import Overload
from services.objects.cel.costs.metering import Frame, work
from services.objects.cel.errors import EvaluationError
from services.objects.cel.running.values import contains

COMPARABLE = ("int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes")
_TYPE_NAMES = {"duration": "google.protobuf.Duration", "timestamp": "google.protobuf.Timestamp"}
LONGEST = 1_000_000  # a range beyond it exceeds every budget


def _slice(elements: list[Any], start: int, end: int) -> list[Any]:
    if start < 0 or end < 0:
        raise EvaluationError(f"cannot slice({start}, {end}), negative indexes not supported")
    if start > end:
        raise EvaluationError(f"cannot slice({start}, {end}), start index must be less than or equal to end index")
    if end > len(elements):
        raise EvaluationError(f"cannot slice({start}, {end}), list is length {len(elements)}")
    return elements[start:end]


def _flatten(elements: list[Any], frame: Frame) -> list[Any]:
    return _flatten_to(elements, 1, frame)


def _flatten_to(elements: list[Any], depth: int, frame: Frame) -> list[Any]:
    if depth < 0:
        raise EvaluationError("level must be non-negative")
    flat: list[Any] = []
    pending: list[tuple[Any, int]] = [(each, depth) for each in reversed(elements)]
    while pending:
        each, left = pending.pop()
        work(frame, 1)
        if isinstance(each, list) and left > 0:
            work(frame, len(each))
            pending.extend((inner, left - 1) for inner in reversed(each))
        else:
            flat.append(each)
    return flat


def _sort(elements: list[Any]) -> list[Any]:
    return _sort_by_keys(elements, elements)


def _sort_by_keys(elements: list[Any], keys: list[Any]) -> list[Any]:
    if len(elements) != len(keys):
        raise EvaluationError("@sortByAssociatedKeys() expected a list of the same size as the associated keys list, "
                              f"but got {len(elements)} and {len(keys)} elements respectively")  # fmt: skip
    if not keys:
        return elements
    if not hasattr(type(keys[0]), "__lt__") or isinstance(keys[0], list | dict):
        raise EvaluationError("list elements must be comparable")
    if any(type(key) is not type(keys[0]) for key in keys):
        raise EvaluationError("list elements must have the same type")
    places = sorted(range(len(keys)), key=keys.__getitem__)
    return [elements[place] for place in places]


def _range(size: int) -> list[int]:
    if size < 0:
        raise EvaluationError(f"lists.range: size must be non-negative, got {size}")
    if size > LONGEST:
        raise EvaluationError(f"lists.range: size {size} exceeds maximum allowed ({LONGEST})")
    return list(range(size))


def _distinct(elements: list[Any], frame: Frame) -> list[Any]:
    unique: list[Any] = []
    seen: set[str] = set()
    for each in elements:
        if type(each) is str:
            if each not in seen:
                seen.add(each)
                unique.append(each)
        elif not contains(unique, each, frame):
            unique.append(each)
    return unique


def _sorts(comparable: str) -> list[Overload]:
    name = _TYPE_NAMES.get(comparable, comparable)
    return [
        Overload(f"list_{name}_sort", f"list({comparable}).sort() -> list({comparable})", _sort),
        Overload(f"list_{name}_sortByAssociatedKeys",
                 f"list(T).@sortByAssociatedKeys(list({comparable})) -> list(T)", _sort_by_keys),
    ]  # fmt: skip


OVERLOADS = (
    Overload("list_slice", "list(T).slice(int, int) -> list(T)", _slice),
    Overload("list_flatten", "list(list(T)).flatten() -> list(T)", _flatten, metered=True),
    Overload("list_flatten_int", "list(dyn).flatten(int) -> list(dyn)", _flatten_to, metered=True),
    Overload("lists_range", "lists.range(int) -> list(int)", _range),
    Overload("list_reverse", "list(T).reverse() -> list(T)", lambda elements: elements[::-1]),
    Overload("list_distinct", "list(T).distinct() -> list(T)", _distinct, metered=True),
    *(overload for comparable in COMPARABLE for overload in _sorts(comparable)),
)
