"""Binds that are refused, lost or overtaken by events: every pod ends with one node, nothing is believed for ever."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random
from typing import Any

import pytest

from services.objects.kinds import NODE, POD
from services.scheduler.state import State
from services.storage.memory import MemoryStore
from services.storage.store import Put, Written
from tests.integration.scheduler.ledger import Ledger, audited
from tests.integration.scheduler.trouble import FATES, Trouble
from tests.integration.scheduler.world import DEADLINE, World, working

FENCE = "/registry/elections/scheduler/1"


async def elected(store: MemoryStore) -> Any:
    outcome = await store.commit(Put(FENCE, b"{}"))
    assert isinstance(outcome, Written)
    return FENCE, outcome.resource_version >> 8


async def at_rest(world: World, ledger: Ledger, store: MemoryStore) -> None:
    """The state is that of a scheduler that begins now."""
    await asyncio.gather(*world.api.calls_under_way)
    revision = await store.revision()
    await world.informer.reached(revision << 8, DEADLINE)
    await ledger.until(lambda: ledger.revision >= revision, DEADLINE)
    anew = State(lambda: 0.0, lambda: None)
    for node in await world.api.all(NODE):
        anew.node_changed(None, node)
    pods = await world.api.all(POD)
    for pod in pods:
        anew.pod_changed(None, pod)
    state = world.scheduler.state
    assert state.cluster.columns.contents() == anew.cluster.columns.contents()
    assert len(state.queue) == len(anew.queue)
    for pod in pods:
        assert ledger.bound.get(pod["metadata"]["uid"]) == pod["spec"].get("nodeName")


@pytest.mark.parametrize("seed", range(6))
async def test_every_bind_is_refused_once_and_then_worse(seed: int) -> None:
    store = MemoryStore()
    api = Trouble(store, Random(seed))
    fence = await elected(store)
    for name in "abcdef":
        await api.node(name, cpu="1")
    async with audited(store) as ledger, working(api, fence) as world:
        for number in range(30):
            await api.pod(f"p{number}", "200m")
        calls = -1
        while calls != len(api.calls_under_way):  # one that is late may remove pods and make others
            calls = len(api.calls_under_way)
            await asyncio.gather(*api.calls_under_way)
            await ledger.until(lambda: ledger.pods and not ledger.waiting, DEADLINE)
            await world.until(lambda: len(world.placed()) == len(ledger.pods))
        await at_rest(world, ledger, store)
    assert api.seen["refused"] >= len(ledger.bound) > 10
    assert set(api.seen) >= {"refused", "pod gone", "node gone"}


@pytest.mark.parametrize("seed", range(3))
async def test_a_full_cluster_is_exactly_full(seed: int) -> None:
    """Whatever became of the binds, what does not fit waits, and takes the place of what goes."""
    store = MemoryStore()
    api = Trouble(store, Random(seed), vanishing=False)
    fence = await elected(store)
    for name in "abcd":
        await api.node(name, cpu="1")
    async with audited(store) as ledger, working(api, fence) as world:
        for number in range(26):
            await api.pod(f"p{number}", "200m")
        await ledger.until(lambda: len(ledger.bound) == 20, DEADLINE)
        await world.until(lambda: len(world.placed()) == 20)
        await world.events("FailedScheduling")
        assert set(Counter(world.placed().values()).values()) == {5}
        for name in sorted(world.placed())[:6]:
            await api.delete(POD, name)
        await ledger.until(lambda: len(ledger.bound) == 26, DEADLINE)
        await world.until(lambda: len(world.placed()) == 20)
        await at_rest(world, ledger, store)
    assert api.seen["refused"] == 26


def test_every_fate_is_met() -> None:
    """The seeds above are few."""
    assert {fate for seed in range(6) for fate in Random(seed).choices(FATES, k=5)} == set(FATES)
