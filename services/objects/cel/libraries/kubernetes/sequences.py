"""Kubernetes' own list library: isSorted, sum, min, max, indexOf, lastIndexOf."""

from __future__ import annotations

import itertools
from typing import Any

from services.objects.cel.checking.overloads import Overload
from services.objects.cel.costs.metering import Frame, work
from services.objects.cel.errors import EvaluationError
from services.objects.cel.libraries.extensions.lists import COMPARABLE
from services.objects.cel.libraries.language.standard import as_int, as_uint
from services.objects.cel.running.values import NO_SUCH_OVERLOAD, Duration, UInt, equal

_ZEROS: dict[str, Any] = {"int": 0, "uint": UInt(0), "double": 0.0, "duration": Duration(0)}


def _is_sorted(elements: list[Any]) -> bool:
    try:
        return all(before <= after for before, after in itertools.pairwise(elements))
    except TypeError:
        raise EvaluationError(NO_SUCH_OVERLOAD) from None


def _sum_of(summable: str) -> Any:
    zero = _ZEROS[summable]

    def total(elements: list[Any]) -> Any:
        if summable == "duration":
            return Duration(sum(each.nanos for each in elements))
        if summable == "double":
            return sum(elements, zero)
        whole = sum(map(int, elements))
        return as_int(whole) if summable == "int" else as_uint(whole)

    return total


def _extreme(name: str, of: Any) -> Any:
    def found(elements: list[Any]) -> Any:
        if not elements:
            raise EvaluationError(f"{name} called on empty list")
        try:
            return of(elements)
        except TypeError:
            raise EvaluationError(NO_SUCH_OVERLOAD) from None

    return found


def _index_of(elements: list[Any], value: Any, frame: Frame) -> int:
    work(frame, len(elements))
    return next((place for place, each in enumerate(elements) if equal(each, value, frame)), -1)


def _last_index_of(elements: list[Any], value: Any, frame: Frame) -> int:
    work(frame, len(elements))
    places = range(len(elements) - 1, -1, -1)
    return next((place for place in places if equal(elements[place], value, frame)), -1)


OVERLOADS = (
    *(Overload(f"list_{each}_is_sorted_bool", f"list({each}).isSorted() -> bool", _is_sorted) for each in COMPARABLE),
    *(Overload(f"list_{each}_sum_{each}", f"list({each}).sum() -> {each}", _sum_of(each)) for each in _ZEROS),
    *(Overload(f"list_{each}_{name}_{each}", f"list({each}).{name}() -> {each}", _extreme(name, of))
      for name, of in (("max", max), ("min", min)) for each in COMPARABLE),
    Overload("list_a_index_of_int", "list(T).indexOf(T) -> int", _index_of, metered=True),
    Overload("list_a_last_index_of_int", "list(T).lastIndexOf(T) -> int", _last_index_of, metered=True),
)  # fmt: skip
