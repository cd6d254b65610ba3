"""What changed between two states, and what is gone."""

from __future__ import annotations

from typing import Any

import pytest

from services.objects.apply.typed.comparing import compare
from services.objects.schema.shapes import DEDUCED, Shape


def labels(**values: str) -> Any:
    return {"metadata": {"labels": values}}


def test_leaves(deployment: Shape) -> None:
    old, new = {"spec": {"replicas": 1, "paused": True}}, {"spec": {"replicas": 2, "minReadySeconds": 1}}
    found = compare(old, new, deployment)
    assert found.changed == {"f:spec": {"f:replicas": {}, "f:minReadySeconds": {}}}
    assert found.removed == {"f:spec": {"f:paused": {}}}


def test_keys_of_maps(pod: Shape) -> None:
    found = compare(labels(a="1", b="2"), labels(a="1", b="3", c="4"), pod)
    assert found == ({"f:metadata": {"f:labels": {"f:b": {}, "f:c": {}}}}, {})
    assert compare(labels(a="1"), {"metadata": {}}, pod) == (
        {}, {"f:metadata": {"f:labels": {".": {}, "f:a": {}}}})  # fmt: skip
    assert compare({"metadata": {}}, labels(a="1"), pod).changed == {
        "f:metadata": {"f:labels": {".": {}, "f:a": {}}}}  # fmt: skip


def test_structs_that_are_part_of_their_parent_are_not_owned(deployment: Shape) -> None:
    new = {"spec": {"template": {"metadata": {"labels": {"a": "b"}}}, "strategy": {"rollingUpdate": {"maxSurge": 1}}}}
    assert compare({}, new, deployment).changed == {"f:spec": {
        "f:template": {"f:metadata": {"f:labels": {".": {}, "f:a": {}}}},
        "f:strategy": {"f:rollingUpdate": {".": {}, "f:maxSurge": {}}},
    }}  # fmt: skip


def test_in_what_is_new_everything_is_new(pod: Shape, deployment: Shape) -> None:
    container = {"name": "c", "resources": {"limits": {"cpu": "1"}}}
    found = compare({}, {"spec": {"containers": [container]}}, pod).changed
    assert found["f:spec"]["f:containers"]['k:{"name":"c"}']["f:resources"] == {
        ".": {}, "f:limits": {".": {}, "f:cpu": {}}}  # fmt: skip
    assert compare({"status": {"replicas": 1}}, {"spec": {}}, deployment).removed == {
        "f:status": {".": {}, "f:replicas": {}}}  # fmt: skip
    # What is there before anybody gives it is nobody's when it is empty.
    assert not compare({}, {"spec": {"template": {"metadata": {}}}}, deployment)


def test_items(service: Shape) -> None:
    old = {"spec": {"ports": [{"port": 80, "name": "a"}, {"port": 81}]}}
    new = {"spec": {"ports": [{"port": 82}, {"port": 80, "name": "b", "protocol": "TCP"}]}}
    found = compare(old, new, service)
    assert found.changed == {"f:spec": {"f:ports": {
        'k:{"port":80,"protocol":"TCP"}': {"f:name": {}, "f:protocol": {}},
        'k:{"port":82,"protocol":"TCP"}': {".": {}, "f:port": {}}}}}  # fmt: skip
    assert found.removed == {"f:spec": {"f:ports": {'k:{"port":81,"protocol":"TCP"}': {".": {}, "f:port": {}}}}}


def test_order_of_items_is_nobodys(pod: Shape) -> None:
    one, other = ({"metadata": {"finalizers": list(names)}} for names in ("abc", "cab"))
    assert not compare(one, other, pod)


def test_items_that_are_there_twice_are_owned_whole(service: Shape) -> None:
    twice = {"spec": {"ports": [{"port": 80, "name": "a"}, {"port": 80, "name": "b"}]}}
    once = {"spec": {"ports": [{"port": 80, "name": "a"}]}}
    element = 'k:{"port":80,"protocol":"TCP"}'
    assert compare({"spec": {}}, twice, service).changed["f:spec"]["f:ports"][element] == {}
    assert compare(once, twice, service).changed == {"f:spec": {"f:ports": {element: {}}}}
    assert compare(twice, {"spec": {"ports": []}}, service).removed == {"f:spec": {"f:ports": {element: {}}}}
    assert not compare(twice, {"spec": {"ports": [dict(port) for port in twice["spec"]["ports"]]}}, service)


@pytest.mark.parametrize(("old", "new", "changed", "removed"), [
    ({"a": 1}, {"a": True}, {"f:a": {}}, {}),
    ({"a": 1}, {"a": 1.0}, {}, {}),
    ({"a": {}}, {"a": {}}, {}, {}),
    ({"a": {}}, {"a": None}, {"f:a": {}}, {}),
    ({"a": None}, {"a": {"b": 1}}, {"f:a": {"f:b": {}}}, {}),
    ({"a": {"b": 1}}, {"a": None}, {}, {"f:a": {"f:b": {}}}),
    ({"a": {"b": 1}}, {"a": 1}, {"f:a": {}}, {"f:a": {"f:b": {}}}),
    ({"a": 1}, {"a": {"b": 1}}, {"f:a": {}}, {}),
    ({"a": [1]}, {"a": [1, 2]}, {"f:a": {}}, {}),
    ({"a": [1]}, {}, {}, {"f:a": {}}),
])  # fmt: skip
def test_deduced(old: Any, new: Any, changed: Any, removed: Any) -> None:
    assert compare(old, new, DEDUCED) == (changed, removed)


@pytest.mark.parametrize("number", [1, 1.0])
def test_a_boolean_is_no_number_however_deep(number: float) -> None:
    old, new = {"a": [{"b": number}], "c": [[number]]}, {"a": [{"b": True}], "c": [[True]]}
    assert compare(old, new, DEDUCED).changed == {"f:a": {}, "f:c": {}}
    assert not compare({"a": [{"b": 1}]}, {"a": [{"b": number}]}, DEDUCED)
