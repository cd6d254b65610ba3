from __future__ import annotations

import copy
from typing import Any

import pytest

from services.objects.errors import BadRequest
from services.objects.patching import merge_patch


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [  # the appendix of RFC 7386, where the result is an object
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ({"a": 1}, {"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 1}}}),
    ],
)
def test_rfc_7386(target: Any, patch: Any, result: Any) -> None:
    before = copy.deepcopy((target, patch))
    assert merge_patch(target, patch) == result
    assert (target, patch) == before


def test_sharing() -> None:
    obj = {"metadata": {"labels": {}}, "spec": {"a": 1}}
    assert merge_patch(obj, {"metadata": {"labels": {"a": "b"}}})["spec"] is obj["spec"]


def test_refusals() -> None:
    deep: Any = {}
    for _ in range(2000):
        deep = {"a": deep}
    for patch in ([], "x", None, 1, deep):
        with pytest.raises(BadRequest):
            merge_patch({}, patch)
