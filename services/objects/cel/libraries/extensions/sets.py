"""Lists taken as sets."""

from __future__ import annotations

from typing import Any

from services.objects.cel.checking.overloads import Overload
from services.objects.cel.costs.metering import Frame
from services.objects.cel.running.values import contains


def _contains(elements: list[Any], wanted: list[Any], frame: Frame) -> bool:
    return all(contains(elements, each, frame) for each in wanted)


def _equivalent(left: list[Any], right: list[Any], frame: Frame) -> bool:
    return _contains(left, right, frame) and _contains(right, left, frame)


def _intersects(left: list[Any], right: list[Any], frame: Frame) -> bool:
    return any(contains(right, each, frame) for each in left)


OVERLOADS = (
    Overload("list_sets_contains_list", "sets.contains(list(T), list(T)) -> bool", _contains, metered=True),
    Overload("list_sets_equivalent_list", "sets.equivalent(list(T), list(T)) -> bool", _equivalent, metered=True),
    Overload("list_sets_intersects_list", "sets.intersects(list(T), list(T)) -> bool", _intersects, metered=True),
)
