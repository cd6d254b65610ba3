from __future__ import annotations

import copy
from typing import Any

import pytest

from services.objects.errors import BadRequest, Invalid, RequestEntityTooLarge, StatusError
from services.objects.patching import json_patch

POD = {"metadata": {"name": "a", "labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}}


@pytest.mark.parametrize(
    ("operations", "path", "value"),
    [
        ([], "metadata/name", "a"),
        ([{"op": "replace", "path": "/spec/containers/0/image", "value": "i:2"}], "spec/containers/0/image", "i:2"),
        ([{"op": "add", "path": "/spec/containers/-", "value": {"name": "d"}}], "spec/containers/1", {"name": "d"}),
        ([{"op": "add", "path": "/spec/containers/0", "value": {"name": "d"}}], "spec/containers/0", {"name": "d"}),
        ([{"op": "add", "path": "/metadata/labels/a~1b~0c", "value": "x"}], "metadata/labels",
         {"app": "web", "a/b~c": "x"}),
        ([{"op": "remove", "path": "/metadata/labels/app"}], "metadata/labels", {}),
        ([{"op": "move", "from": "/metadata/labels", "path": "/spec/labels"},
          {"op": "add", "path": "/spec/labels/x", "value": "y"}], "spec/labels", {"app": "web", "x": "y"}),
        ([{"op": "copy", "from": "/metadata/labels", "path": "/spec/labels"},
          {"op": "remove", "path": "/spec/labels/app"}], "metadata/labels", {"app": "web"}),
        ([{"op": "test", "path": "/metadata/name", "value": "a"}], "metadata/name", "a"),
        ([{"op": "test", "path": "/metadata/uid", "value": None}], "metadata/name", "a"),
    ],
)  # fmt: skip
def test_operations(operations: list[Any], path: str, value: Any) -> None:
    before, patch_before = copy.deepcopy(POD), copy.deepcopy(operations)
    result: Any = json_patch(POD, operations)
    for part in path.split("/"):
        result = result[int(part)] if isinstance(result, list) else result[part]
    assert result == value
    assert before == POD
    assert patch_before == operations


def test_later_operations_do_not_reach_into_the_patch() -> None:
    operations = [{"op": "add", "path": "/spec/new", "value": {"list": []}},
                  {"op": "add", "path": "/spec/new/list/-", "value": 1}]  # fmt: skip
    assert json_patch(POD, operations)["spec"]["new"] == {"list": [1]}
    assert operations[0]["value"] == {"list": []}


def test_what_does_not_change_is_shared() -> None:
    result = json_patch(POD, [{"op": "add", "path": "/metadata/labels/x", "value": "y"}])
    assert result["spec"] is POD["spec"]
    assert result["metadata"] is not POD["metadata"]


@pytest.mark.parametrize("patch", [None, {}, "x", [1], [None]])
def test_what_is_no_patch(patch: Any) -> None:
    with pytest.raises(BadRequest, match="error decoding patch"):
        json_patch(POD, patch)


@pytest.mark.parametrize(
    "operation",
    [
        {},
        {"op": "add"},
        {"op": "add", "path": "/metadata/x"},
        {"op": "add", "path": 5, "value": 1},
        {"op": "add", "path": "metadata", "value": 1},
        {"op": "dance", "path": "/metadata", "value": 1},
        {"op": "remove", "path": "/metadata/gone"},
        {"op": "replace", "path": "/metadata/gone", "value": 1},
        {"op": "add", "path": "/gone/deeper", "value": 1},
        {"op": "add", "path": "/spec/containers/7", "value": 1},
        {"op": "add", "path": "/spec/containers/x", "value": 1},
        {"op": "add", "path": "/metadata/name/deeper", "value": 1},
        {"op": "test", "path": "/metadata/name", "value": "b"},
        {"op": "test", "path": "/metadata/name", "value": None},
        {"op": "test", "path": "/metadata/~2", "value": None},
        {"op": "move", "from": "/metadata", "path": "/metadata/name/x"},
        {"op": "copy", "from": "/nowhere", "path": "/x"},
    ],
)
def test_what_cannot_be_applied(operation: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        json_patch(POD, [operation])
    assert caught.value.code == 422
    assert caught.value.message == "the server rejected our request due to an error in our request"


def test_bounds() -> None:
    deep: Any = 1
    for _ in range(2000):
        deep = [deep]
    for patch, error in (
        ([{"op": "test", "path": "/x", "value": 1}] * 10_001, RequestEntityTooLarge),
        ([{"op": "add", "path": "/x", "value": deep}], BadRequest),
        ([{"op": "add", "path": "", "value": 1}], BadRequest),
        ([{"op": "add", "path": "/a" * 5000, "value": 1}], StatusError),
    ):
        with pytest.raises(error):
            json_patch(POD, patch)
