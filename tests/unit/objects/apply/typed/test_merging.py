"""A configuration laid over an object: values, and the order of lists."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from services.objects.apply.typed.merging import merge
from services.objects.schema.shapes import DEDUCED, Shape


def merged(live: Any, config: Any, shape: Shape) -> Any:
    before = copy.deepcopy((live, config))
    result = merge(live, config, shape)
    assert (live, config) == before
    return result


@pytest.mark.parametrize(("live", "config", "result"), [
    # Facts of structured-merge-diff: the configuration's order, others before what they preceded.
    ("abc", "ca", "bca"),
    ("abc", "d", "abcd"),
    ("ab", "cab", "cab"),
    ("ab", "acb", "acb"),
    ("axb", "ba", "xba"),
    ("axbyc", "cab", "xycab"),
    ("", "ab", "ab"),
    ("ab", "", "ab"),
    ("abcd", "bd", "abcd"),
    ("abcd", "db", "acdb"),
    ("xaybz", "bca", "xybzca"),
])  # fmt: skip
def test_order_of_lists(pod: Shape, live: str, config: str, result: str) -> None:
    def finalizers(names: str) -> Any:
        return {"metadata": {"finalizers": list(names)}}

    found = merged(finalizers(live), finalizers(config), pod)
    assert "".join(found["metadata"]["finalizers"]) == result


def test_items_are_merged_by_key(service: Shape) -> None:
    live = {"spec": {"ports": [{"name": "a", "port": 80, "protocol": "TCP", "nodePort": 30000}, {"port": 81}]}}
    config = {"spec": {"ports": [{"name": "b", "port": 80}]}}
    assert merged(live, config, service) == {"spec": {"ports": [
        {"name": "b", "port": 80, "protocol": "TCP", "nodePort": 30000}, {"port": 81}]}}  # fmt: skip


def test_items_that_are_there_twice_give_way_to_one(service: Shape) -> None:
    live = {"spec": {"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 80}, {"name": "c", "port": 81}]}}
    config = {"spec": {"ports": [{"name": "d", "port": 80}]}}
    names = [port["name"] for port in merged(live, config, service)["spec"]["ports"]]
    assert names == ["d", "c"]


def test_atomic_things_are_replaced(deployment: Shape) -> None:
    live = {"spec": {"selector": {"matchLabels": {"a": "b", "c": "d"}}, "replicas": 1}}
    assert merged(live, {"spec": {"selector": {"matchLabels": {"a": "b"}}}}, deployment) == {
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "replicas": 1}}  # fmt: skip


def test_nulls_replace_leaves_and_leave_maps(pod: Shape) -> None:
    live = {"metadata": {"labels": {"a": "b"}, "generateName": "x"}}
    config = {"metadata": {"labels": None, "generateName": None}}
    assert merged(live, config, pod) == {"metadata": {"labels": {"a": "b"}, "generateName": None}}


def test_what_is_the_same_is_shared(deployment: Shape) -> None:
    live = {"spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "a", "image": "x"}]}}}}
    again = {"spec": {"template": {"spec": {"containers": [{"name": "a"}]}}}}
    assert merged(live, again, deployment) is live
    changed = merged(live, {"spec": {"replicas": 2}}, deployment)
    assert changed["spec"]["template"] is live["spec"]["template"]


def test_another_type_replaces() -> None:
    assert merged({"spec": {"a": {"b": 1}}}, {"spec": {"a": [1]}}, DEDUCED) == {"spec": {"a": [1]}}
    assert merged({"spec": {"a": 1}}, {"spec": {"a": True}}, DEDUCED)["spec"]["a"] is True


def test_a_boolean_takes_the_place_of_a_number_however_deep() -> None:
    result = merged({"a": [{"b": 1}]}, {"a": [{"b": True}]}, DEDUCED)
    assert result["a"][0]["b"] is True
