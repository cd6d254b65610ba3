"""Sets of fields, against the meaning of members and children in Kubernetes' structured-merge-diff."""

from __future__ import annotations

from typing import Any

import pytest

from services.objects.apply.fieldpath.elements import ElementError
from services.objects.apply.fieldpath.fieldset import (
    difference,
    has,
    intersection,
    ordered,
    parse,
    paths,
    union,
    without,
)

A: dict[str, Any] = {"f:a": {}}
A_B: dict[str, Any] = {"f:a": {"f:b": {}}}
A_AND_B: dict[str, Any] = {"f:a": {".": {}, "f:b": {}}}


@pytest.mark.parametrize(("left", "right", "both"), [
    ({}, A, A), (A, {}, A), (A, A_B, A_AND_B), (A_B, A, A_AND_B), (A_AND_B, A_B, A_AND_B), (A_AND_B, A, A_AND_B),
    (A_B, {"f:a": {"f:c": {}}}, {"f:a": {"f:b": {}, "f:c": {}}}), (A, {"f:c": {}}, {"f:a": {}, "f:c": {}}),
])  # fmt: skip
def test_union(left: Any, right: Any, both: Any) -> None:
    assert union(left, right) == both


@pytest.mark.parametrize(("left", "right", "rest"), [
    (A, A, {}), (A_B, A, A_B), (A_AND_B, A, A_B), (A_AND_B, A_B, A), (A_AND_B, A_AND_B, {}), (A, A_B, A),
    ({"f:a": {"f:b": {}, "f:c": {}}}, A_B, {"f:a": {"f:c": {}}}), (A, {}, A), ({}, A, {}),
])  # fmt: skip
def test_difference_takes_members_not_what_is_below(left: Any, right: Any, rest: Any) -> None:
    assert difference(left, right) == rest


@pytest.mark.parametrize(("left", "right", "common"), [
    (A, A_B, {}), (A, A_AND_B, A), (A_B, A_AND_B, A_B), (A_AND_B, A_AND_B, A_AND_B), ({}, A, {}), (A, {"f:c": {}}, {}),
])  # fmt: skip
def test_intersection(left: Any, right: Any, common: Any) -> None:
    assert intersection(left, right) == common
    assert intersection(right, left) == common


@pytest.mark.parametrize(("left", "gone", "rest"), [
    (A_AND_B, A, {}), (A_B, A, {}), (A_AND_B, A_B, A), (A, A_B, A), (A_B, {"f:c": {}}, A_B),
    ({"f:a": {"f:b": {"f:c": {}}, "f:d": {}}}, A_B, {"f:a": {"f:d": {}}}),
])  # fmt: skip
def test_without_takes_what_is_below_too(left: Any, gone: Any, rest: Any) -> None:
    assert without(left, gone) == rest


def test_paths_and_order() -> None:
    fields = {"f:z": {}, "f:a": {'k:{"name":"x"}': {"f:i": {}, ".": {}}}}
    assert list(paths(fields)) == ['.a[name="x"]', '.a[name="x"].i', ".z"]
    assert list(ordered(fields)) == ["f:a", "f:z"]
    assert list(ordered(fields)["f:a"]['k:{"name":"x"}']) == [".", "f:i"]
    assert has(fields, "f:a", 'k:{"name":"x"}')
    assert not has(fields, "f:a")
    assert not has(fields, "f:z", "f:y")


def test_parsing_tidies() -> None:
    given = {"f:a": {".": {}}, 'k:{"b":1, "a":2}': {}, 'k:{"a":2,"b":1}': {"f:x": {}}, "z:new": {}, ".": {}}
    assert parse(given) == {"f:a": {}, 'k:{"a":2,"b":1}': {".": {}, "f:x": {}}}
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"f:a": deep}
    for nonsense in ([], {"f:a": 1}, {"f:a": None}, {"a": {}}, deep):
        with pytest.raises(ElementError):
            parse(nonsense)
