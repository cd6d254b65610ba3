"""Gangs from end to end, over a store."""

from __future__ import annotations

from typing import Any

from services.objects.kinds import POD
from services.objects.meta import Obj
from services.scheduler.cluster.gangs import MINIMUM, NAME


async def gang(world: Any, name: str, minimum: int, *members: str, cpu: str = "1") -> None:
    for member in members:
        await world.api.pod(member, cpu, labels={NAME: name, MINIMUM: str(minimum)})


def why(world: Any, name: str) -> str:
    found: Obj = world.informer.store(POD).get("default", name) or {"status": {}}
    return next((each["message"] for each in found["status"].get("conditions") or ()), "")


async def test_a_gang_is_placed_when_it_is_complete(world: Any) -> None:
    await world.api.node("n", cpu="4")
    await gang(world, "g", 3, "a", "b")
    await world.until(lambda: why(world, "a") == (
        '0/1 nodes are available: gang "g" has 2 of at least 3 pods. '
        "preemption: not eligible: no pod has to go for one of a gang."))  # fmt: skip
    await world.api.pod("single")
    await world.until(lambda: world.placed() == {"single": "n"})
    await gang(world, "g", 3, "c")
    await world.until(lambda: set(world.placed()) == {"single", "a", "b", "c"})


async def test_a_gang_without_room_waits_whole_while_others_go_on(world: Any) -> None:
    await world.api.node("n", cpu="2")
    await gang(world, "g", 3, "a", "b", "c")
    await world.until(lambda: "finds nodes for 2 of at least 3 pods" in why(world, "c"))
    await world.api.pod("single", "2")
    await world.until(lambda: world.placed() == {"single": "n"})
    await world.api.node("m", cpu="3")
    await world.until(lambda: set(world.placed()) == {"single", "a", "b", "c"})


async def test_two_gangs_that_want_the_same_room_do_not_hold_it_against_each_other(world: Any) -> None:
    await gang(world, "g", 3, "g1", "g2", "g3")
    await gang(world, "h", 3, "h1", "h2", "h3")
    await world.until(lambda: len(world.scheduler.state.queue) == 6)
    await world.api.node("n", cpu="4")
    await world.until(lambda: len(world.placed()) == 3)
    assert len({name[0] for name in world.placed()}) == 1
    await world.api.node("m", cpu="3")
    await world.until(lambda: len(world.placed()) == 6)


async def test_a_member_that_is_lost_is_made_up_for(world: Any) -> None:
    await world.api.node("n", cpu="3")
    world.api.lose_answers, world.api.write_them = 1, False
    await gang(world, "g", 3, "a", "b", "c")
    await world.until(lambda: set(world.placed()) == {"a", "b", "c"})
    await world.api.delete(POD, "b")
    await gang(world, "g", 3, "d")
    await world.until(lambda: set(world.placed()) == {"a", "c", "d"})
