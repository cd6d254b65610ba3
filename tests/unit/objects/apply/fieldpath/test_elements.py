"""Path elements: what Kubernetes writes, reads and says."""

from __future__ import annotations

from typing import Any

import pytest

from services.objects.apply.fieldpath.elements import ElementError, canonical, item_element, order, spelled
from services.objects.schema.shapes import Shape


def ports(shape: Shape) -> Any:
    spec = shape.fields["spec"]
    assert spec is not None
    return spec.fields["ports"]


def finalizers(shape: Shape) -> Any:
    metadata = shape.fields["metadata"]
    assert metadata is not None
    return metadata.fields["finalizers"]


def test_items_of_maps_are_named_by_their_keys_and_defaults(service: Shape) -> None:
    assert item_element(ports(service), {"port": 80, "name": "x"}) == 'k:{"port":80,"protocol":"TCP"}'
    assert item_element(ports(service), {"protocol": "UDP", "port": 53}) == 'k:{"port":53,"protocol":"UDP"}'


def test_items_of_sets_are_named_by_themselves(service: Shape) -> None:
    assert item_element(finalizers(service), "a<b>&c") == r'v:"a\u003cb\u003e\u0026c"'


@pytest.mark.parametrize(("item", "why"), [
    (None, "associative list with keys may not have a null element"),
    ("x", "associative list with keys may not have non-map elements"),
])  # fmt: skip
def test_items_without_a_name(service: Shape, item: Any, why: str) -> None:
    with pytest.raises(ElementError, match=why):
        item_element(ports(service), item)


def test_items_without_any_key(pod: Shape) -> None:
    spec = pod.fields["spec"]
    assert spec is not None
    containers = spec.fields["containers"]
    assert containers is not None
    with pytest.raises(ElementError, match=r'that omits all key fields \["name"\] \(and'):
        item_element(containers, {"image": "x"})


@pytest.mark.parametrize(("item", "why"), [
    ({}, "associative list without keys has an element that's a map type"),
    ([], "not supported: associative list with lists as elements"),
    (None, "associative list without keys has an element that's an explicit null"),
])  # fmt: skip
def test_what_cannot_be_in_a_set(service: Shape, item: Any, why: str) -> None:
    with pytest.raises(ElementError, match=why):
        item_element(finalizers(service), item)


@pytest.mark.parametrize(("element", "text"), [
    ("f:replicas", ".replicas"), ('k:{"name":"a"}', '[name="a"]'), ('v:"x"', '[="x"]'), ("v:1", "[=1]"), ("i:3", "[3]"),
    ('k:{"port":80,"protocol":"TCP"}', '[port=80,protocol="TCP"]'), ("v:true", "[=true]"),
    ('k:{"a":null,"b":[1,{"c":"d"}]}', '[a=null,b=[1,{c="d"}]]'),
])  # fmt: skip
def test_spelling(element: str, text: str) -> None:
    assert spelled(element) == text


def test_order() -> None:
    elements = ['v:"b"', 'k:{"port":443}', "f:b", "i:1", 'k:{"port":80}', ".", "v:7", "f:a", "i:0"]
    assert sorted(elements, key=order) == [
        ".", "f:a", "f:b", 'k:{"port":80}', 'k:{"port":443}', "v:7", 'v:"b"', "i:0", "i:1"]  # fmt: skip


def test_what_users_send_is_made_canonical() -> None:
    assert canonical('k:{"b": 1, "a": "x"}') == 'k:{"a":"x","b":1}'
    assert canonical("f:anything: goes") == "f:anything: goes"
    assert canonical("z:unknown") is None
    for nonsense in ("", "f", "name", "k:[]", "k:{}", "k:{", "i:x", 'i:"1"', "kk:{}"):
        with pytest.raises(ElementError):
            canonical(nonsense)
