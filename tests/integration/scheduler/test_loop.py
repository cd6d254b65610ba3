from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from services.client.etcd_source import EtcdSource
from services.client.informer import Informer
from services.objects.errors import FencedOff
from services.objects.kinds import POD
from services.objects.meta import Obj
from services.scheduler.loop import READ, Scheduler
from services.storage import codec, writer
from services.storage.election import Election
from services.storage.memory import MemoryStore
from tests.integration.scheduler.world import DEADLINE, World, working


async def test_binds_what_waits_and_what_comes(world: World) -> None:
    for name in "ab":
        await world.api.node(name)
    for number in range(10):
        await world.api.pod(f"p{number}")
    await world.api.pod("others", schedulerName="another")
    await world.until(lambda: len(world.placed()) == 10)
    assert Counter(world.placed().values()) == {"a": 5, "b": 5}
    events = await world.events("Scheduled", 10)
    told = next(event for event in events if event["involvedObject"]["name"] == "p3")
    assert told["message"] == f"Successfully assigned default/p3 to {world.placed()['p3']}"
    assert told["involvedObject"]["uid"] == "uid-p3"
    assert (told["type"], told["source"], told["firstTimestamp"]) == (
        "Normal", {"component": "default-scheduler"}, "2026-01-02T03:04:05Z")  # fmt: skip


async def test_many_pods_go_in_few_calls(world: World) -> None:
    await world.api.node("a", cpu="100")
    for number in range(110):
        await world.api.pod(f"p{number}", "1m")
    await world.until(lambda: len(world.placed()) == 110)
    assert sum(world.api.calls) == 110


async def test_says_why_and_tries_again_when_it_could_help(world: World) -> None:
    await world.api.node("small", cpu="1")
    await world.api.node("cordoned", unschedulable=True)
    await world.api.pod("big", "2")

    (event,) = await world.events("FailedScheduling")
    message = (
        "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable. preemption: 0/2 nodes are "
        "available: 2 Preemption is not helpful for scheduling."
    )
    assert (event["type"], event["message"]) == ("Warning", message)

    def condition() -> Obj:
        pod = world.informer.store(POD).get("default", "big") or {}
        return next(iter(pod["status"].get("conditions", [])), {})

    await world.until(lambda: bool(condition()))
    assert condition() == {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
                           "lastTransitionTime": "2026-01-02T03:04:05Z"}  # fmt: skip

    await world.api.node("large")
    await world.until(lambda: world.placed() == {"big": "large"})


async def test_a_pod_that_goes_makes_room(world: World) -> None:
    await world.api.node("a", cpu="1")
    await world.api.pod("first", "800m")
    await world.until(lambda: "first" in world.placed())
    await world.api.pod("second", "800m")
    await world.events("FailedScheduling")
    await world.api.delete(POD, "first")
    await world.until(lambda: "second" in world.placed())


async def test_repeated_failures_are_one_event_that_counts(world: World) -> None:
    await world.api.node("a", cpu="1")
    await world.api.pod("big", "2")
    await world.events("FailedScheduling")
    for number in range(3):
        await world.api.pod(f"passing{number}")
        await world.until(lambda name=f"passing{number}": name in world.placed())  # type: ignore[misc]
        await world.api.delete(POD, f"passing{number}")
        (event,) = await world.events("FailedScheduling", number + 2)
        assert event["count"] == number + 2


@pytest.mark.parametrize("written", [True, False])
async def test_a_lost_answer_is_cleared_up(written: bool, world: World) -> None:
    world.api.lose_answers, world.api.write_them = 1, written
    await world.api.node("a", cpu="1")
    await world.api.pod("p", "800m")
    await world.until(lambda: world.placed() == {"p": "a"})
    await world.api.pod("q", "800m")  # never takes p's place
    await world.events("FailedScheduling")
    assert world.placed() == {"p": "a"}
    assert int(world.scheduler.state.cluster.columns.requested[0, 0]) == 800


async def test_a_pod_bound_behind_our_back(world: World) -> None:
    await world.api.node("a", cpu="1")
    await world.api.pod("p", "800m", nodeName="a")
    await world.api.pod("q", "800m")
    await world.events("FailedScheduling")
    assert world.placed() == {"p": "a"}


async def test_a_scheduler_that_no_longer_leads_stops(make_apiserver: Any) -> None:
    memory = MemoryStore()
    api = make_apiserver(memory, memory)
    await api.node("a")
    await api.pod("p")
    informer = Informer(EtcdSource(memory), READ)

    async def fresh() -> int:
        return codec.listed(await memory.revision())

    following = asyncio.create_task(informer.run())
    with pytest.raises(BaseExceptionGroup) as raised:
        async with asyncio.timeout(DEADLINE):
            await Scheduler(informer, fresh).lead(api, ("/registry/elections/scheduler/gone", 7))
    following.cancel()
    assert raised.group_contains(FencedOff)
    assert "nodeName" not in (await api.read(POD, "p"))["spec"]


async def test_two_schedulers_on_etcd_take_turns(etcd: Any, store: writer.Store, make_apiserver: Any) -> None:
    """The second goes on where the first was killed: nothing is bound twice, nothing over-committed."""
    api = make_apiserver(store.reader, store.writer)
    for name in "ab":
        await api.node(name, cpu="2")
    for number in range(10):
        await api.pod(f"p{number}", "200m")
    async with Election(store.channel, "scheduler", "first", ttl=2).lead() as first, working(api, first.fence) as world:
        await world.until(lambda: len(world.placed()) == 10)
    for number in range(20):
        await api.pod(f"q{number}", "200m")
    async with Election(store.channel, "scheduler", "b", ttl=2).lead() as second, working(api, second.fence) as world:
        await world.until(lambda: len(world.placed()) == 20)
        await world.events("FailedScheduling")
        assert Counter(world.placed().values()) == {"a": 10, "b": 10}
