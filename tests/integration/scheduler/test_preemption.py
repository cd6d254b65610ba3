"""A more important pod has others removed: they are told, it waits for them, and nobody takes the room meanwhile."""

from __future__ import annotations

from typing import Any

from services.objects.kinds import POD, PODDISRUPTIONBUDGET
from services.objects.meta import Obj


def pod_of(world: Any, name: str) -> Obj:
    found: Obj = world.informer.store(POD).get("default", name) or {"metadata": {}, "spec": {}, "status": {}}
    return found


def is_going(world: Any, name: str) -> bool:
    return "deletionTimestamp" in pod_of(world, name)["metadata"]


async def test_the_room_is_cleared_and_kept(world: Any) -> None:
    await world.api.node("a", cpu="1")
    await world.api.pod("low", "900m")
    await world.until(lambda: world.placed() == {"low": "a"})
    await world.api.pod("high", "900m", priority=10)
    await world.until(lambda: is_going(world, "low"))
    (event,) = await world.events("Preempted")
    assert event["involvedObject"]["name"] == "low"
    assert event["message"] == "Preempted by pod uid-high on node a"
    (condition,) = pod_of(world, "low")["status"]["conditions"]
    assert (condition["type"], condition["status"], condition["reason"]) == (
        "DisruptionTarget", "True", "PreemptionByScheduler")  # fmt: skip
    await world.until(lambda: pod_of(world, "high")["status"].get("nominatedNodeName") == "a")

    # Whoever comes meanwhile is refused, though there would be room once the victim is gone.
    await world.api.pod("other", "900m")
    await world.events("FailedScheduling", 2)
    await world.api.delete(POD, "low")
    await world.until(lambda: "high" in world.placed())
    assert world.placed() == {"high": "a"}


async def test_waits_for_who_is_going_already(world: Any) -> None:
    await world.api.node("a", cpu="1")
    await world.api.pod("low", "500m")
    await world.api.pod("lower", "500m", priority=-1)
    await world.until(lambda: len(world.placed()) == 2)
    await world.api.pod("high", "500m", priority=10)
    await world.until(lambda: is_going(world, "lower"))
    await world.api.node("tiny", cpu="100m")  # which gives it another try
    texts = [event["message"] for event in await world.events("FailedScheduling", 2)]
    assert texts == ["0/1 nodes are available: 1 Insufficient cpu.", "0/2 nodes are available: 2 Insufficient cpu. "
                     "preemption: not eligible due to a terminating pod on the nominated node."]  # fmt: skip
    assert not is_going(world, "low")


async def test_those_that_never_preempt_wait(world: Any) -> None:
    await world.api.node("a", cpu="1")
    await world.api.pod("low", "900m")
    await world.until(lambda: world.placed() == {"low": "a"})
    await world.api.pod("high", "900m", priority=10, preemptionPolicy="Never")
    (event,) = await world.events("FailedScheduling")
    assert event["message"] == ("0/1 nodes are available: 1 Insufficient cpu. "
                                "preemption: not eligible due to preemptionPolicy=Never.")  # fmt: skip
    assert not is_going(world, "low")


async def test_budgets_are_spared_where_that_is_possible(world: Any) -> None:
    budget = {"metadata": {"name": "db", "namespace": "default"},
              "spec": {"selector": {"matchLabels": {"app": "db"}}}, "status": {"disruptionsAllowed": 0}}  # fmt: skip
    await world.api.create(PODDISRUPTIONBUDGET, budget)
    for node in "ab":
        await world.api.node(node, cpu="1")
        await world.api.pod(f"on-{node}", "900m", nodeName=node)
    await world.until(lambda: len(world.placed()) == 2)
    await world.api.relabel("on-a", {"app": "db"})
    await world.until(lambda: pod_of(world, "on-a")["metadata"].get("labels") == {"app": "db"})
    await world.api.pod("high", "900m", priority=10)
    await world.until(lambda: is_going(world, "on-a") or is_going(world, "on-b"))
    assert is_going(world, "on-b")


async def test_claims_of_a_former_leader_count(world: Any) -> None:
    """What stands in the status of a pod that waits is known before leading begins."""
    await world.api.node("a", cpu="1")
    await world.until(lambda: world.scheduler.state.leads)
    state = world.scheduler.state
    state.leads = False
    claimed = {"metadata": {"name": "high", "namespace": "default", "uid": "u"},
               "spec": {"containers": [], "schedulerName": "default-scheduler", "priority": 10},
               "status": {"nominatedNodeName": "a"}}  # fmt: skip
    state.pod_changed(None, claimed)
    assert state.cluster.claims["default", "high"].node == "a"
    state.pod_changed(claimed, {**claimed, "status": {}})
    assert not state.cluster.claims
    state.leads = True
