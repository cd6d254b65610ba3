"""What a configuration owns, and how Kubernetes says what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from services.objects.apply.applying import shown
from services.objects.apply.typed.owning import owned
from services.objects.schema.shapes import DEDUCED, Shape, Shapes


def fields(config: Any, shape: Shape) -> Any:
    found, errors = owned(config, shape)
    assert errors == []
    return found


def wrong(config: Any, shape: Shape) -> str:
    return shown(owned(config, shape)[1])


def test_leaves_and_structs(deployment: Shape) -> None:
    assert fields({"spec": {"replicas": 1, "paused": True}}, deployment) == {
        "f:spec": {"f:replicas": {}, "f:paused": {}}}  # fmt: skip


def test_atomic_structs_maps_and_lists_are_owned_whole(deployment: Shape, service: Shape, pod: Shape) -> None:
    assert fields({"spec": {"selector": {"matchLabels": {"a": "b"}}}}, deployment) == {"f:spec": {"f:selector": {}}}
    assert fields({"spec": {"selector": {"a": "b"}}}, service) == {"f:spec": {"f:selector": {}}}
    container = {"name": "c", "command": ["a", "b"]}
    assert fields({"spec": {"containers": [container]}}, pod) == {
        "f:spec": {"f:containers": {'k:{"name":"c"}': {".": {}, "f:name": {}, "f:command": {}}}}}  # fmt: skip


def test_keys_of_maps_are_owned_one_by_one(pod: Shape) -> None:
    assert fields({"metadata": {"labels": {"a": "b"}}}, pod) == {"f:metadata": {"f:labels": {"f:a": {}}}}


def test_empty_and_null_are_owned(pod: Shape) -> None:
    config = {"metadata": {"labels": {}, "annotations": None}, "spec": {"containers": []}}
    assert fields(config, pod) == {"f:metadata": {"f:labels": {}, "f:annotations": {}},
                                    "f:spec": {"f:containers": {}}}  # fmt: skip
    volume = {"name": "v", "emptyDir": {}}
    assert fields({"spec": {"volumes": [volume]}}, pod) == {
        "f:spec": {"f:volumes": {'k:{"name":"v"}': {".": {}, "f:name": {}, "f:emptyDir": {}}}}}  # fmt: skip


def test_sets(pod: Shape) -> None:
    assert fields({"metadata": {"finalizers": ["b", "a"]}}, pod) == {
        "f:metadata": {"f:finalizers": {'v:"b"': {}, 'v:"a"': {}}}}  # fmt: skip


def test_deduced_objects() -> None:
    config = {"spec": {"list": [{"a": 1}], "map": {"deep": {"x": 1}}, "none": None}}
    assert fields(config, DEDUCED) == {"f:spec": {
        ".": {}, "f:list": {}, "f:map": {".": {}, "f:deep": {".": {}, "f:x": {}}}, "f:none": {}}}  # fmt: skip


@pytest.mark.parametrize(("config", "text"), [
    ({"spec": {"replica": 1}}, ".spec.replica: field not declared in schema"),
    ({"spec": {"replicas": "1"}}, ".spec.replicas: expected numeric (int or float), got string"),
    ({"spec": {"replicas": True}}, ".spec.replicas: expected numeric (int or float), got bool"),
    ({"spec": {"replicas": {}}}, ".spec.replicas: expected numeric (int or float), got map[string]interface {}"),
    ({"spec": {"paused": "yes"}}, ".spec.paused: expected boolean, got &{yes}"),
    ({"metadata": {"name": 1}}, ".metadata.name: expected string, got &value.valueUnstructured{Value:1}"),
    ({"spec": []}, ".spec: expected map, got &{[]}"),
    ({"spec": {"template": "x"}}, ".spec.template: expected map, got &{x}"),
    ({"spec": {"template": {"spec": {"containers": {"a": 1}}}}},
     ".spec.template.spec.containers: expected list, got &{map[a:1]}"),
    ({"spec": {"template": {"spec": {"containers": [{"image": "x"}]}}}},
     ".spec.template.spec.containers: element 0: associative list with keys has an element that omits all key fields "
     '["name"] (and doesn\'t have default values for any key fields)'),
    ({"spec": {"template": {"spec": {"containers": [{"name": "a"}, {"name": "a"}]}}}},
     '.spec.template.spec.containers: duplicate entries for key [name="a"]'),
    ({"spec": {"template": {"spec": {"containers": [{"name": "a", "env": [{"name": "x", "value": 1}]}]}}}},
     '.spec.template.spec.containers[name="a"].env[name="x"].value: expected string, '
     "got &value.valueUnstructured{Value:1}"),
    ({"spec": {"selector": {"matchLabel": {}}}}, ".spec.selector.matchLabel: field not declared in schema"),
    ({"spec": {"selector": {"matchExpressions": [{"key": 1}]}}},
     ".spec.selector.matchExpressions[0].key: expected string, got &value.valueUnstructured{Value:1}"),
    ({"spec": {"replicas": "x", "foo": 1}},
     "errors:\n  .spec.replicas: expected numeric (int or float), got string\n"
     "  .spec.foo: field not declared in schema"),
])  # fmt: skip
def test_what_is_wrong(deployment: Shape, config: Any, text: str) -> None:
    assert wrong(config, deployment) == text


def test_quantities_and_times_take_any_scalar(pod: Shape) -> None:
    container = {"name": "c", "resources": {"limits": {"cpu": 1, "memory": "1Gi"}},
                 "livenessProbe": {"httpGet": {"port": "web"}}}  # fmt: skip
    assert owned({"spec": {"containers": [container]}}, pod)[1] == []
    container["resources"] = {"limits": {"cpu": []}}
    assert "limits.cpu: expected any scalar, got &{[]}" in wrong({"spec": {"containers": [container]}}, pod)


def test_structural_schemas_of_custom_resources(shapes: Shapes) -> None:
    shape = shapes.custom({"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "size": {"type": "integer"}, "either": {"x-kubernetes-int-or-string": True},
        "atomic": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"a": {"type": "string"}}},
        "parts": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id", "zone"],
                  "items": {"type": "object", "properties": {
                      "id": {"type": "string"}, "zone": {"type": "string", "default": "here"}}}},
        "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "words": {"type": "array", "items": {"type": "string"}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    }}}})  # fmt: skip
    config = {"apiVersion": "a/v1", "kind": "X", "metadata": {"labels": {"l": "1"}}, "spec": {
        "size": 1, "either": "50%", "atomic": {"a": "x"}, "parts": [{"id": "p"}], "tags": ["t"], "words": ["w"],
        "labels": {"k": "v"}, "free": {"any": {"thing": [1]}}}}  # fmt: skip
    assert fields(config, shape)["f:spec"] == {
        "f:size": {}, "f:either": {}, "f:atomic": {}, "f:parts": {'k:{"id":"p","zone":"here"}': {".": {}, "f:id": {}}},
        "f:tags": {'v:"t"': {}}, "f:words": {}, "f:labels": {"f:k": {}},
        "f:free": {"f:any": {".": {}, "f:thing": {}}},
    }  # fmt: skip
    assert wrong({"spec": {"sizes": 1}}, shape) == ".spec.sizes: field not declared in schema"
    assert wrong({"spec": {"size": "1"}}, shape) == ".spec.size: expected numeric (int or float), got string"
