"""Indexes of an Indexed Job as texts: `1,3-5,7`, which stays short when a hundred thousand pods are done."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_is_integer = re.compile("[+-]?[0-9]{1,18}", re.ASCII).fullmatch


class IndexesError(ValueError):
    """What is wrong with such a text, in Kubernetes' words."""


def count(text: str, completions: int) -> int:
    """How many indexes `text` names, all below `completions` and rising. Raises IndexesError."""
    total, last = 0, None
    for interval in text.split(",") if text else ():
        first, final = _interval(interval, completions)
        if last is not None and last >= first:
            raise _not_rising(last, first)
        total += final - first + 1
        last = final
    return total


def common(some: str, others: str, completions: int) -> int | None:
    """The first index that both name; intervals that cannot be read are passed over."""
    left, right = (_readable(text, completions) for text in (some, others))
    one, other = next(left, None), next(right, None)
    while one is not None and other is not None:
        if one[0] <= other[1] and other[0] <= one[1]:
            return max(one[0], other[0])
        if one[0] <= other[0]:
            one = next(left, None)
        else:
            other = next(right, None)
    return None


def _readable(text: str, completions: int) -> Iterator[tuple[int, int]]:
    for interval in text.split(",") if text else ():
        try:
            yield _interval(interval, completions)
        except IndexesError:
            continue


def _interval(text: str, completions: int) -> tuple[int, int]:
    limits = text.split("-")
    if len(limits) > 2:
        raise IndexesError(f"the fragment {_quoted(text)} violates the requirement that an index interval can have at "
                           "most two parts separated by '-'")  # fmt: skip
    first = _index(limits[0], completions)
    if len(limits) == 1:
        return first, first
    final = _index(limits[1], completions)
    if first >= final:
        raise _not_rising(first, final)
    return first, final


def _index(text: str, completions: int) -> int:
    if not _is_integer(text):
        raise IndexesError(f"cannot convert string to integer for index: {_quoted(text)}")
    index = int(text)
    if index >= completions:
        raise IndexesError(f"too large index: {_quoted(text)}")
    return index


def _not_rising(previous: int, current: int) -> IndexesError:
    return IndexesError(f"non-increasing order, previous: {previous}, current: {current}")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
