"""Kinds are seen in any order: what was promised with a decision counts until the volume itself has been seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from services.objects.kinds import PERSISTENTVOLUME, PERSISTENTVOLUMECLAIM
from services.objects.kinds.storage import STORAGECLASS
from services.objects.meta import Obj
from services.scheduler.algorithm import Decision, schedule
from services.scheduler.state import State
from tests.unit.scheduler.storage import claim, storage_class, using, volume

Make = Callable[..., Any]


@pytest.fixture
def state(make_node: Make) -> State:
    """A node with one disk, and claims for two."""
    state = State(lambda: 0.0, lambda: None)
    state.node_changed(None, make_node("a"))
    state.storage_changed(STORAGECLASS, None, storage_class())
    state.storage_changed(PERSISTENTVOLUME, None, volume("disk", on="a"))
    for name in "cd":
        state.storage_changed(PERSISTENTVOLUMECLAIM, None, claim(name))
    return state


def decided(state: State, pod: Obj) -> Decision:
    state.pod_changed(None, pod)
    (popped,) = state.queue.pop(1, 0)
    (decision,) = schedule([popped], state.cluster.columns, np.random.default_rng(1))
    if decision.node:
        state.assume(decision.pod, decision.node, decision.plans)
    return decision


def test_a_bound_pod_may_be_seen_before_its_volume(state: State, make_pod: Make) -> None:
    first = make_pod("p", volumes=using("c"))
    assert decided(state, first).plans
    state.pod_changed(first, make_pod("p", volumes=using("c"), nodeName="a"))
    assert not decided(state, make_pod("q", volumes=using("d"))).node
    assert state.cluster.columns.volumes.promises.volumes.keys() == {"disk"}
    # An older view says nothing of the claim.
    state.storage_changed(PERSISTENTVOLUME, None, volume("disk", on="a", labels={"new": "label"}))
    assert not decided(state, make_pod("r", volumes=using("d"))).node
    state.storage_changed(PERSISTENTVOLUME, None, volume("disk", on="a", claim=claim("c")))
    assert not decided(state, make_pod("s", volumes=using("d"))).node
    assert not state.cluster.columns.volumes.promises.volumes


def test_a_volume_may_be_seen_before_its_bound_pod(state: State, make_pod: Make) -> None:
    pod = make_pod("p", volumes=using("c"))
    decision = decided(state, pod)
    state.storage_changed(PERSISTENTVOLUME, None, volume("disk", on="a", claim=claim("c")))
    state.forget(decision.pod)  # the binding was refused
    assert not decided(state, make_pod("q", volumes=using("d"))).node
    (again,) = state.queue.pop(1, 60)
    (decision,) = schedule([again], state.cluster.columns, np.random.default_rng(1))
    assert (decision.pod.name, decision.node) == ("p", "a")  # to the volume that is its claim's already


@pytest.mark.parametrize("how", ["refused", "deleted", "another reign"])
def test_what_did_not_come_true_is_free_again(how: str, state: State, make_pod: Make) -> None:
    pod = make_pod("p", volumes=using("c"))
    decision = decided(state, pod)
    refused = decided(state, make_pod("q", volumes=using("d")))
    assert refused.refusal is not None
    state.settle()
    state.queue.park(refused.pod, refused.refusal.helped_by, 0)
    if how == "refused":
        state.forget(decision.pod)
    elif how == "deleted":
        state.pod_changed(pod, None)
    else:
        state.forget_all()
    state.settle()
    assert "q" in {each.name for each in state.queue.pop(9, 2)}  # it could help
    assert not state.cluster.columns.volumes.promises.volumes
    (found,) = schedule([refused.pod], state.cluster.columns, np.random.default_rng(1))
    assert found.node == "a"


def test_pods_of_a_template_share_what_their_claims_do_not_touch(state: State, make_pod: Make, make_node: Make) -> None:
    state.node_changed(None, make_node("b", pods="1"))
    for number in range(3):
        state.storage_changed(PERSISTENTVOLUME, None, volume(f"b{number}", "2Gi", on="b"))
        state.storage_changed(PERSISTENTVOLUMECLAIM, None, claim(f"b{number}", "2Gi"))
        state.pod_changed(None, make_pod(f"b{number}", volumes=using(f"b{number}")))
    decisions = schedule(state.queue.pop(3, 0), state.cluster.columns, np.random.default_rng(1))
    assert [decision.node for decision in decisions] == ["b", "", ""]
    assert decisions[1].refusal is not None
    assert decisions[1].refusal.reasons == {"Too many pods": 1,
                                            "node(s) didn't find available persistent volumes to bind": 1}  # fmt: skip
