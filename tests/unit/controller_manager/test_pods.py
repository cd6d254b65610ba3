from __future__ import annotations

import pytest

from services.controller_manager import pods as podstate
from services.objects.meta import Obj, name_of
from tests.unit.controller_manager.builders import NOW, pod


@pytest.mark.parametrize(
    ("phase", "deleting", "active"),
    [("Pending", False, True), ("Running", False, True), ("Succeeded", False, False), ("Failed", False, False),
     ("Running", True, False)],
)  # fmt: skip
def test_active(phase: str, deleting: bool, active: bool) -> None:
    assert podstate.is_active(pod("a", phase=phase, deleting=deleting)) is active


@pytest.mark.parametrize(
    ("ready", "minimum", "available"),
    [(None, 0, False), (0, 0, True), (5, 10, False), (10, 10, True), (11, 10, True), (None, 10, False)],
)
def test_available(ready: float | None, minimum: int, available: bool) -> None:
    assert podstate.is_available(pod("a", ready=ready), minimum, NOW) is available


# Of each pair the first goes first.
PAIRS: dict[str, tuple[Obj, Obj]] = {
    "unscheduled": (pod("a", node="", age=9000), pod("b")),
    "pending": (pod("a", phase="Pending", age=9000), pod("b")),
    "unready": (pod("a", ready=None, age=9000), pod("b")),
    "cheaper": (pod("a", age=9000, annotations={podstate.DELETION_COST: "-1"}), pod("b")),
    "dearer stays": (pod("a", age=9000), pod("b", annotations={podstate.DELETION_COST: "10"})),
    "ready for a shorter time": (pod("a", ready=10, age=9000), pod("b", ready=500, age=1000)),
    "restarted": (pod("a", restarts=3, age=9000), pod("b")),
    "younger": (pod("a", age=10), pod("b", age=9000)),
    "same order of magnitude: by uid": (pod("a", age=1000), pod("b", age=990)),
}


@pytest.mark.parametrize("why", PAIRS)
def test_least_worth_keeping(why: str) -> None:
    first, second = PAIRS[why]
    for given in ([first, second], [second, first]):
        assert podstate.least_worth_keeping(given, [], 1, NOW) == [first]


def test_crowded_nodes_give_up_pods_first() -> None:
    crowded = [pod("a", node="node-a"), pod("b", node="node-b")]
    related = [*crowded, pod("other", node="node-b")]
    assert list(map(name_of, podstate.least_worth_keeping(crowded, related, 1, NOW))) == ["b"]


@pytest.mark.parametrize("text", ["", "x", "1.5", "99999999999", "2147483648", "١"])
def test_a_deletion_cost_that_is_none_counts_nothing(text: str) -> None:
    assert podstate.deletion_cost(pod("a", annotations={podstate.DELETION_COST: text})) == 0


def test_a_pod_takes_over_what_its_template_says() -> None:
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "u", "controller": True}
    described = {"metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}, "finalizers": ["e/f"], "name": "no"},
                 "spec": {"containers": []}}
    assert podstate.from_template(described, "web-", "default", owner) == {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"generateName": "web-", "namespace": "default", "ownerReferences": [owner],
                     "labels": {"a": "b"}, "annotations": {"c": "d"}, "finalizers": ["e/f"]},
        "spec": {"containers": []},
    }  # fmt: skip
