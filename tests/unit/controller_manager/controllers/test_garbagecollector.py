from __future__ import annotations

from typing import Any

import pytest

from services.controller_manager.controllers.garbagecollector.decide import Observed, Owner, decide
from services.controller_manager.plans import Delete, Patch, Plan
from services.objects.kinds import DEPLOYMENT, POD, REPLICASET
from services.objects.meta import Obj
from services.objects.ownership import owner_reference
from tests.unit.controller_manager.builders import NOW, ago, deployment, pod, replicaset

SOLID, DANGLING, WAITING = Owner.SOLID, Owner.DANGLING, Owner.WAITING


def owned(*owners: str, **metadata: Any) -> Obj:
    references = [owner_reference({"metadata": {"name": name, "uid": name}}, DEPLOYMENT, controller=False)
                  for name in owners]
    made = replicaset()
    made["metadata"] |= {"ownerReferences": references, **metadata}
    return made


def decided(obj: Obj, owners: dict[str, Owner] | None = None, *dependents: Obj) -> Plan:
    return decide(Observed(REPLICASET, obj, owners or {}, [(POD, each) for each in dependents]), NOW)


@pytest.mark.parametrize(
    ("states", "dependents", "expected"),
    [
        ({}, [], None),
        ({"a": SOLID}, [], None),
        ({"a": DANGLING}, [], "Background"),
        ({"a": DANGLING, "b": DANGLING}, [], "Background"),
        ({"a": SOLID, "b": DANGLING}, [], ["a"]),
        ({"a": SOLID, "b": WAITING}, [], ["a"]),
        ({"a": WAITING}, [], "Background"),
        ({"a": WAITING}, ["pod"], "Foreground"),
        ({"a": WAITING, "b": DANGLING}, ["pod"], "Foreground"),
        ({"a": DANGLING}, ["pod"], "Background"),
    ],
)
def test_dependents(states: dict[str, Owner], dependents: list[str], expected: str | list[str] | None) -> None:
    plan = decided(owned(*states), states, *map(pod, dependents))
    if expected is None:
        assert not plan.steps
        return
    (step,) = plan.steps
    if isinstance(expected, str):
        assert step == Delete(REPLICASET, "default", "web", "uid-web", "5", expected)
    else:
        assert isinstance(step, Patch)
        assert [each["uid"] for each in step.patch["metadata"]["ownerReferences"]] == expected
        assert step.patch["metadata"]["resourceVersion"] == "5"


@pytest.mark.parametrize(("finalizer", "policy"), [("orphan", "Orphan"), ("foregroundDeletion", "Foreground")])
def test_a_wish_that_is_there_already_is_kept(finalizer: str, policy: str) -> None:
    (step,) = decided(owned("a", finalizers=[finalizer]), {"a": DANGLING}).steps
    assert isinstance(step, Delete)
    assert step.propagation == policy


def test_owners_nobody_knows_are_left_alone() -> None:
    assert not decided(owned("a")).steps


def test_orphans_are_released_before_their_owner_goes() -> None:
    owner = owned(finalizers=["mine/too", "orphan"], deletionTimestamp=ago(1))
    child = pod("a", owner=owner)
    (release,) = decided(owner, {}, child).steps
    assert isinstance(release, Patch)
    assert (release.name, release.patch["metadata"]["ownerReferences"]) == ("a", None)
    (last,) = decided(owner).steps
    assert isinstance(last, Patch)
    assert last.patch["metadata"]["finalizers"] == ["mine/too"]


def test_foreground_waits_for_those_that_block() -> None:
    owner = owned(finalizers=["foregroundDeletion"], deletionTimestamp=ago(1))
    child = pod("a", owner=owner)
    assert not decided(owner, {}, child).steps
    child["metadata"]["ownerReferences"][0]["blockOwnerDeletion"] = False
    (last,) = decided(owner, {}, child).steps
    assert isinstance(last, Patch)
    assert last.patch["metadata"]["finalizers"] is None


def test_other_finalizers_are_not_ours() -> None:
    assert not decided(owned("a", finalizers=["x/y"], deletionTimestamp=ago(1)), {"a": DANGLING}).steps


def test_owners_in_a_circle_stop_blocking_each_other() -> None:
    circle = pod("b", finalizers=["foregroundDeletion"], deletionTimestamp=ago(1))
    (step,) = decided(owned("a"), {"a": WAITING}, circle).steps
    assert isinstance(step, Patch)
    assert [each["blockOwnerDeletion"] for each in step.patch["metadata"]["ownerReferences"]] == [False]
    freed = owned("a")
    freed["metadata"]["ownerReferences"] = step.patch["metadata"]["ownerReferences"]
    (step,) = decided(freed, {"a": WAITING}, circle).steps
    assert isinstance(step, Delete)


def test_a_deployment_is_an_owner_like_any_other() -> None:
    obj = deployment()
    assert not decide(Observed(DEPLOYMENT, obj, {}, [(REPLICASET, replicaset())]), NOW).steps
