from __future__ import annotations

from services.controller_manager.plans import (
    Create,
    Delete,
    Emit,
    Plan,
    RequeueAfter,
    delete,
    with_metadata,
    with_status,
)
from services.objects.kinds import POD
from tests.unit.controller_manager.builders import pod


def test_a_plan_sorts_its_steps() -> None:
    create, emit = Create(POD, pod("a")), Emit(POD, pod("a"), "Normal", "Reason", "text")
    plan = Plan([emit, RequeueAfter(5), create, RequeueAfter(2)])
    assert (plan.changes, plan.events, plan.requeue_after) == ([create], [emit], 2)
    assert Plan().requeue_after is None


def test_a_deletion_names_exactly_this_object() -> None:
    assert delete(POD, pod("a"), grace_period=0) == Delete(POD, "default", "a", "uid-a", grace_period=0)


def test_objects_are_copied_where_they_change() -> None:
    original = pod("a")
    changed = with_metadata(original, labels=None, annotations={"x": "y"})
    assert "labels" in original["metadata"]
    assert "labels" not in changed["metadata"]
    assert changed["spec"] is original["spec"]


def test_a_status_that_is_so_already_is_not_written() -> None:
    original = pod("a")
    assert with_status(POD, original, original["status"]) == []
    (update,) = with_status(POD, original, {"phase": "Failed"})
    assert update.obj["status"] == {"phase": "Failed"}
    assert original["status"]["phase"] == "Running"
