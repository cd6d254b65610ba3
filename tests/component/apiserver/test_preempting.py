"""What schedulers do to pods beside binding them: victims go and say why, pods that wait say what for."""

from __future__ import annotations

import orjson
import pytest

from services.apiserver.handlers.api import Api, Bind, Outcome, Victim
from services.apiserver.request import Caller
from services.objects import conditions, kinds
from services.objects.errors import Conflict, FencedOff, Forbidden, NotFound
from services.objects.meta import Obj
from services.storage import keys
from services.storage.memory import MemoryStore
from services.storage.store import Fence
from tests.component.apiserver.conftest import Clock
from tests.component.apiserver.words import ADMIN, make, pod, read

TEXT = "mine: preempting to accommodate a higher priority pod"
KEY = keys.key(kinds.POD, "default", "p")


async def bound(api: Api, **spec: object) -> str:
    """Its uid."""
    made = await make(api, kinds.POD, pod(**spec))
    await api.bind(ADMIN, [Bind("default", "p", made["metadata"]["uid"], "n1")], None)
    uid: str = made["metadata"]["uid"]
    return uid


async def stored(store: MemoryStore, revision: int) -> Obj | None:
    entry = await store.get(KEY, revision=revision)
    return None if entry is None else orjson.loads(entry.value)


def is_target(pod: Obj) -> bool:
    condition = conditions.get(pod, "DisruptionTarget") or {}
    return (condition.get("status"), condition.get("reason"), condition.get("message")) == (
        "True", "PreemptionByScheduler", TEXT)  # fmt: skip


async def test_a_victim_is_marked_and_given_time_to_end_in_one_write(api: Api, store: MemoryStore) -> None:
    uid = await bound(api)
    before = await store.revision()
    assert await api.preempt(ADMIN, [Victim("default", "p", uid, TEXT)], None) == [None]
    assert await store.revision() == before + 1
    going = await read(api, kinds.POD, "p")
    assert is_target(going)
    assert going["metadata"]["deletionTimestamp"] == "2026-01-02T03:04:35Z"
    assert going["metadata"]["deletionGracePeriodSeconds"] == 30
    assert await api.preempt(ADMIN, [Victim("default", "p", uid, "again")], None) == [None]
    assert await store.revision() == before + 1


@pytest.mark.parametrize("finalizers", [[], ["example.com/wait"]])
async def test_the_mark_of_a_victim_without_grace_is_seen_before_it_is_gone(
    finalizers: list[str], api: Api, store: MemoryStore
) -> None:
    wanted = pod(terminationGracePeriodSeconds=0)
    wanted["metadata"]["finalizers"] = finalizers
    uid = (await make(api, kinds.POD, wanted))["metadata"]["uid"]
    await api.bind(ADMIN, [Bind("default", "p", uid, "n1")], None)
    before = await store.revision()
    assert await api.preempt(ADMIN, [Victim("default", "p", uid, TEXT)], None) == [None]
    marked = await stored(store, before + 1)
    assert marked is not None
    assert is_target(marked)
    assert ("deletionTimestamp" in marked["metadata"]) is bool(finalizers)
    if not finalizers:
        assert await store.revision() == before + 2
        assert await stored(store, before + 2) is None


async def test_victims_stand_or_fall_alone(api: Api) -> None:
    uid = await bound(api)
    answers = await api.preempt(ADMIN, [Victim("default", "absent", "", TEXT), Victim("default", "p", "other", TEXT),
                                        Victim("default", "p", uid, TEXT)], None)  # fmt: skip
    assert [type(answer) for answer in answers] == [NotFound, Conflict, type(None)]
    assert is_target(await read(api, kinds.POD, "p"))


async def test_a_pod_that_waits_says_why_and_for_which_node(api: Api, clock: Clock) -> None:
    uid = (await make(api, kinds.POD, pod()))["metadata"]["uid"]

    async def report(message: str, nominated: str | None = None) -> Obj:
        outcome = Outcome("default", "p", uid, "Unschedulable", message, nominated)
        assert await api.report(ADMIN, [outcome], None) == [None]
        return (await read(api, kinds.POD, "p"))["status"]

    first = await report("no room")
    assert conditions.find(first["conditions"], "PodScheduled") == {
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no room",
        "lastTransitionTime": "2026-01-02T03:04:05Z"}  # fmt: skip
    assert "nominatedNodeName" not in first
    clock.advance(10)
    assert (await report("no room", "n1"))["nominatedNodeName"] == "n1"
    third = await report("still no room")
    assert third["nominatedNodeName"] == "n1"
    condition = conditions.find(third["conditions"], "PodScheduled") or {}
    assert (condition["message"], condition["lastTransitionTime"]) == ("still no room", "2026-01-02T03:04:05Z")
    assert "nominatedNodeName" not in await report("no hope", "")


async def test_who_has_a_node_is_told_nothing(api: Api, store: MemoryStore) -> None:
    uid = await bound(api)
    before = await store.revision()
    assert await api.report(ADMIN, [Outcome("default", "p", uid, "Unschedulable", "late news", "n2")], None) == [None]
    assert await store.revision() == before
    condition = conditions.get(await read(api, kinds.POD, "p"), "PodScheduled") or {}
    assert condition["status"] == "True"


async def test_outcomes_stand_or_fall_alone(api: Api) -> None:
    uid = (await make(api, kinds.POD, pod()))["metadata"]["uid"]
    told = [Outcome("default", name, each, "Unschedulable", "no")
            for name, each in (("absent", ""), ("p", "other"), ("p", uid))]  # fmt: skip
    answers = await api.report(ADMIN, told, None)
    assert [type(answer) for answer in answers] == [NotFound, Conflict, type(None)]


async def test_only_who_leads_and_may_does(api: Api, store: MemoryStore) -> None:
    uid = await bound(api)
    waiting = (await make(api, kinds.POD, pod("w")))["metadata"]["uid"]
    before = await store.revision()
    victim, outcome = Victim("default", "p", uid, TEXT), Outcome("default", "w", waiting, "Unschedulable", "no")
    stranger = Caller("system:node:n2", frozenset({"system:nodes"}))
    for caller, fence, error in ((stranger, None, Forbidden), (ADMIN, Fence("/registry/elections/s/1", 1), FencedOff)):
        answers = [*await api.preempt(caller, [victim], fence), *await api.report(caller, [outcome], fence)]
        assert [type(answer) for answer in answers] == [error, error]
    assert await store.revision() == before
