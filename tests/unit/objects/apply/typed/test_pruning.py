"""What goes when a manager leaves it out."""

from __future__ import annotations

import copy
from typing import Any

from services.objects.apply.typed.pruning import prune
from services.objects.schema.shapes import Shape

C = 'k:{"name":"c"}'


def pruned(obj: Any, last: Any, managed: Any, shape: Shape) -> Any:
    before = copy.deepcopy((obj, last, managed))
    result = prune(obj, last, managed, shape)
    assert (obj, last, managed) == before
    return result


def test_what_nobody_owns_any_more_goes(deployment: Shape) -> None:
    obj = {"spec": {"replicas": 1, "paused": True, "minReadySeconds": 5}}
    last = {"f:spec": {"f:replicas": {}, "f:paused": {}}}
    assert pruned(obj, last, {"f:spec": {"f:replicas": {}}}, deployment) == {
        "spec": {"replicas": 1, "minReadySeconds": 5}}  # fmt: skip


def test_a_struct_stays_with_what_others_own_in_it(deployment: Shape) -> None:
    obj = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}}}
    last = {"f:spec": {"f:strategy": {"f:rollingUpdate": {"f:maxSurge": {}}}}}
    kept = {"f:spec": {"f:strategy": {"f:rollingUpdate": {"f:maxUnavailable": {}}}}}
    assert pruned(obj, last, kept, deployment)["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0}
    # Nobody owns anything in it: its defaults go as well, and are made anew.
    obj["spec"]["replicas"] = 1  # type: ignore[assignment]
    assert pruned(obj, last, {"f:spec": {"f:replicas": {}}}, deployment) == {"spec": {"replicas": 1}}


def test_items_go_whole(pod: Shape) -> None:
    obj = {"spec": {"containers": [{"name": "c", "image": "x"}, {"name": "d"}]}}
    last = {"f:spec": {"f:containers": {C: {".": {}, "f:name": {}}}}}
    # Somebody owns the image of the container, but not the container.
    others = {"f:spec": {"f:containers": {C: {"f:image": {}}, 'k:{"name":"d"}': {".": {}}}}}
    assert pruned(obj, last, others, pod) == {"spec": {"containers": [{"name": "d"}]}}
    both = {"f:spec": {"f:containers": {C: {".": {}, "f:image": {}}}}}
    assert pruned(obj, last, both, pod) == {"spec": {"containers": [{"image": "x"}, {"name": "d"}]}}


def test_keys_of_maps(pod: Shape) -> None:
    obj = {"metadata": {"labels": {"a": "1", "b": "2"}}}
    last = {"f:metadata": {"f:labels": {"f:a": {}}}}
    others = {"f:metadata": {"f:labels": {"f:b": {}}}}
    assert pruned(obj, last, others, pod) == {"metadata": {"labels": {"b": "2"}}}
    # The map itself is a field: with nobody in it, what nobody owns goes with it.
    assert pruned({"metadata": {**obj["metadata"], "name": "x"}}, last, {"f:metadata": {"f:name": {}}}, pod) == {
        "metadata": {"name": "x"}}  # fmt: skip


def test_nothing_is_touched_that_was_not_applied(pod: Shape) -> None:
    obj = {"metadata": {"labels": {"a": "1"}}, "spec": {"nodeName": "n"}}
    assert pruned(obj, {}, {}, pod) is obj
    last = {"f:spec": {"f:hostname": {}, "f:containers": {C: {".": {}}}}}
    assert pruned(obj, last, last, pod) is obj
