"""Facts of Kubernetes' strategic merge, most of them as kubectl sends them."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from services.objects.errors import BadRequest, Invalid
from services.objects.patching import strategic_merge
from services.objects.schema.patch_types import PatchType


def patched(obj: Any, patch: Any, types: PatchType | None) -> Any:
    before = copy.deepcopy((obj, patch))
    result = strategic_merge(obj, patch, types)
    assert (obj, patch) == before, "the input was changed"
    return result


def spec(*names: str, **more: Any) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": name, "image": f"{name}:1", **more} for name in names]}}


def names(obj: Any) -> list[str]:
    return [container["name"] for container in obj["spec"]["containers"]]


def test_a_container_is_merged_by_name(pod_type: PatchType) -> None:
    result = patched(spec("a", "b"), {"spec": {"containers": [{"name": "b", "image": "b:2"}]}}, pod_type)
    assert result == {"spec": {"containers": [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:2"}]}}


def test_new_containers_stand_where_the_patch_has_them(pod_type: PatchType) -> None:
    result = patched(spec("a", "b"), {"spec": {"containers": [{"name": "a"}, {"name": "c"}]}}, pod_type)
    assert names(result) == ["a", "c", "b"]
    assert names(patched(spec("a", "b"), {"spec": {"containers": [{"name": "c"}]}}, pod_type)) == ["c", "a", "b"]


def test_deleting_items(pod_type: PatchType) -> None:
    patch = {"spec": {"$setElementOrder/containers": [{"name": "a"}],
                      "containers": [{"$patch": "delete", "name": "b"}]}}  # fmt: skip
    assert names(patched(spec("a", "b"), patch, pod_type)) == ["a"]
    assert names(patched(spec("a"), patch, pod_type)) == ["a"]


def test_replacing_a_list_or_a_map(pod_type: PatchType) -> None:
    patch = {"spec": {"containers": [{"name": "c", "image": "c:1"}, {"$patch": "replace"}]}}
    assert patched(spec("a", "b"), patch, pod_type) == spec("c")
    obj = {"metadata": {"labels": {"a": "1", "b": "2"}}}
    replaced = patched(obj, {"metadata": {"labels": {"$patch": "replace", "c": "3"}}}, pod_type)
    assert replaced == {"metadata": {"labels": {"c": "3"}}}
    assert patched(obj, {"metadata": {"labels": {"$patch": "delete"}}}, pod_type) == {"metadata": {"labels": {}}}
    assert patched(obj, {"metadata": {"labels": {"$patch": "merge", "c": "3"}}}, pod_type) == {
        "metadata": {"labels": {"a": "1", "b": "2", "c": "3"}}}  # fmt: skip


def test_null_removes(pod_type: PatchType) -> None:
    obj = {"metadata": {"labels": {"a": "1"}, "annotations": {"x": "y"}}}
    assert patched(obj, {"metadata": {"labels": None, "annotations": {"x": None, "z": None}}}, pod_type) == {
        "metadata": {"annotations": {}}}  # fmt: skip
    assert patched({}, {"spec": {"nodeSelector": {"a": None, "b": "c"}}}, pod_type) == {
        "spec": {"nodeSelector": {"b": "c"}}}  # fmt: skip


def test_scalar_sets(pod_type: PatchType) -> None:
    obj = {"metadata": {"finalizers": ["a", "b", "c"]}}
    assert patched(obj, {"metadata": {"finalizers": ["d", "b"]}}, pod_type)["metadata"]["finalizers"] == [
        "d", "a", "b", "c"]  # fmt: skip
    removed = patched(obj, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["b", "z"]}}, pod_type)
    assert removed["metadata"]["finalizers"] == ["a", "c"]
    both = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["b"], "$setElementOrder/finalizers": ["d", "a"],
                         "finalizers": ["d"]}}  # fmt: skip
    assert patched(obj, both, pod_type)["metadata"]["finalizers"] == ["d", "a", "c"]


def test_atomic_lists_are_replaced(pod_type: PatchType) -> None:
    obj = spec("a", command=["x", "y"])
    patch = {"spec": {"containers": [{"name": "a", "command": ["z"]}]}}
    assert patched(obj, patch, pod_type)["spec"]["containers"][0]["command"] == ["z"]


def test_element_order(pod_type: PatchType) -> None:
    order = {"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}]}
    assert names(patched(spec("a", "b", "c"), {"spec": order}, pod_type)) == ["b", "c", "a"]
    added = {"spec": {**order, "containers": [{"name": "c", "image": "c:1"}]}}
    assert names(patched(spec("a", "injected"), added, pod_type)) == ["c", "a", "injected"]
    assert names(patched({"spec": {}}, added, pod_type)) == ["c"]
    assert patched({"spec": {}}, {"spec": order}, pod_type) == {"spec": {}}
    assert patched(spec("a"), {"spec": {**order, "containers": None}}, pod_type) == {"spec": {}}


def test_retained_keys_of_unions(deployment_type: PatchType, pod_type: PatchType) -> None:
    live = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}
    patch = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    assert patched(live, patch, deployment_type) == {"spec": {"strategy": {"type": "Recreate"}}}
    volumes = {"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}}
    change = {"spec": {"volumes": [{"$retainKeys": ["name", "hostPath"], "name": "v", "hostPath": {"path": "/"}}]}}
    assert patched(volumes, change, pod_type) == {"spec": {"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}}
    assert patched({}, change, pod_type) == {"spec": {"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}}


def test_service_ports_merge_by_port(service_type: PatchType) -> None:
    service = {"spec": {"ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}, {"port": 443}]}}
    patch = {"spec": {"$setElementOrder/ports": [{"port": 80}, {"port": 443}],
                      "ports": [{"port": 80, "targetPort": 8080}]}}  # fmt: skip
    assert patched(service, patch, service_type)["spec"]["ports"] == [
        {"port": 80, "protocol": "TCP", "targetPort": 8080}, {"port": 443}]  # fmt: skip


def test_a_new_list_is_taken_as_it_is(service_type: PatchType) -> None:
    ports = [{"port": 53, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]
    assert patched({"spec": {}}, {"spec": {"ports": ports}}, service_type) == {"spec": {"ports": ports}}


def test_directives_never_reach_the_object(pod_type: PatchType) -> None:
    patch = {"spec": {"$setElementOrder/volumes": [{"name": "v"}], "$retainKeys": ["volumes", "nodeSelector"],
                      "volumes": [{"name": "v", "emptyDir": {"$patch": "replace"}}, {"name": "w", "$patch": "delete"}],
                      "nodeSelector": {"$patch": "delete"}}}  # fmt: skip
    assert patched({}, patch, pod_type) == {"spec": {"volumes": [{"name": "v", "emptyDir": {}}], "nodeSelector": {}}}


def test_a_status_patch_of_an_agent(pod_type: PatchType) -> None:
    live = {"status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "True"}]}}
    patch = {"status": {"$setElementOrder/conditions": [{"type": "Ready"}, {"type": "PodScheduled"}],
                        "conditions": [{"type": "Ready", "status": "True"}], "phase": "Running",
                        "containerStatuses": [{"name": "a"}]}}  # fmt: skip
    assert patched(live, patch, pod_type) == {"status": {
        "phase": "Running", "containerStatuses": [{"name": "a"}],
        "conditions": [{"type": "Ready", "status": "True"}, {"type": "PodScheduled", "status": "True"}]}}  # fmt: skip


def test_owner_references_by_uid(pod_type: PatchType) -> None:
    live = {"metadata": {"ownerReferences": [{"uid": "1", "name": "a"}, {"uid": "2", "name": "b"}]}}
    patch = {"metadata": {"uid": "x", "ownerReferences": [{"$patch": "delete", "uid": "1"}]}}
    assert patched(live, patch, pod_type)["metadata"]["ownerReferences"] == [{"uid": "2", "name": "b"}]


def test_without_types_lists_are_replaced() -> None:
    assert patched(spec("a", "b"), spec("c"), None) == spec("c")
    assert patched({"data": {"a": "1"}}, {"data": {"b": "2"}}, None) == {"data": {"a": "1", "b": "2"}}


def test_true_and_one_are_different_keys(service_type: PatchType) -> None:
    service = {"spec": {"ports": [{"port": 1}]}}
    assert len(patched(service, {"spec": {"ports": [{"port": True}]}}, service_type)["spec"]["ports"]) == 2


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ([], "error decoding patch"),
        ({"spec": {"containers": [{"image": "x"}]}}, "does not contain declared merge key: name"),
        ({"spec": {"containers": [{"name": {}}]}}, "expected a scalar"),
        ({"spec": {"containers": ["x"]}}, "list element types are not identical"),
        ({"spec": {"containers": [{"name": "a", "$patch": "merge"}]}}, "merging lists cannot yet be specified"),
        ({"spec": {"containers": [{"name": "a", "$patch": "burn"}]}}, "unknown patch type: burn"),
        ({"spec": {"$patch": ["x"]}}, "unknown patch type"),
        ({"spec": {"$retainKeys": "x"}}, "invalid patch format of retainKeys"),
        ({"spec": {"$retainKeys": ["x"], "nodeName": "y"}}, "invalid patch format of retainKeys"),
        ({"spec": {"$setElementOrder/containers": "x"}}, "invalid patch format of setElementOrder list"),
        ({"spec": {"$setElementOrder/containers": ["x"]}}, "does not contain declared merge key"),
        ({"metadata": {"$deleteFromPrimitiveList/finalizers": "x"}}, "invalid patch format of primitive list"),
        ({"metadata": {"$deleteFromPrimitiveList/finalizers": [{}]}}, "expected a scalar"),
    ],
)
def test_refusals(patch: Any, message: str, pod_type: PatchType) -> None:
    obj = {"metadata": {"finalizers": ["a"]}, **spec("a")}
    with pytest.raises(BadRequest, match="(?i)" + message):
        patched(obj, patch, pod_type)


def test_lists_of_lists_and_depth(pod_type: PatchType) -> None:
    with pytest.raises(Invalid):
        patched(spec("a"), {"spec": {"containers": [["x"]]}}, pod_type)
    deep: Any = {}
    for _ in range(2000):
        deep = {"a": deep}
    with pytest.raises(BadRequest, match="nested too deeply"):
        strategic_merge({}, deep, pod_type)


def test_a_patch_keeps_to_the_order_it_names(pod_type: PatchType) -> None:
    order = [{"name": "a"}, {"name": "b"}]
    fits = {"spec": {"$setElementOrder/containers": order, "containers": [
        {"name": "b", "image": "b:2"}, {"name": "x", "$patch": "delete"}]}}  # fmt: skip
    assert names(patched(spec("b", "a", "x"), fits, pod_type)) == ["a", "b"]
    for items in ([{"name": "b"}, {"name": "a"}], [{"name": "c"}]):
        patch = {"spec": {"$setElementOrder/containers": order, "containers": items}}
        with pytest.raises(BadRequest) as refused:
            patched(spec("a", "b"), patch, pod_type)
        shown = " ".join(f"map[name:{item['name']}]" for item in items)
        assert refused.value.message == (
            f"The order in patch list:\n[{shown}]\n doesn't match $setElementOrder list:\n"
            "[map[name:a] map[name:b]]\n"
        )
    patch = {"metadata": {"$setElementOrder/finalizers": ["a", "b"], "finalizers": ["b", "a"]}}
    with pytest.raises(BadRequest, match=r"The order in patch list:\n\[b a\]"):
        patched({"metadata": {}}, patch, pod_type)
