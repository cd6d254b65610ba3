"""Decisions that carry plans: made, assumed, carried out before the binding, undone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest

from services.objects.errors import Conflict, FencedOff
from services.scheduler.algorithm import Decision, schedule
from services.scheduler.cluster.columns import Columns, Mask
from services.scheduler.cluster.demand import Demand
from services.scheduler.cluster.happenings import Happening
from services.scheduler.cluster.plans import Plan
from services.scheduler.plugins.plugin import Planner
from services.scheduler.preemption import Preemptor
from services.scheduler.preparer import PlanFailed, Preparer
from services.scheduler.profile import DEFAULT, Profile
from services.scheduler.state import State

Make = Callable[..., Any]
DEADLINE = 5.0


class TakesKey(Plan):
    """The one key of a row; that it is taken is kept in the usage, where nothing comes near such a number."""

    def __init__(self, row: int) -> None:
        self.row = row

    def assume(self, nodes: Columns) -> None:
        nodes.usage[self.row, 1] += 10**15

    def forget(self, nodes: Columns) -> None:
        nodes.usage[self.row, 1] -= 10**15


class HasKey(Planner):
    """Every node has one key, and each pod needs one."""

    name = "HasKey"
    helped_by = frozenset({Happening.POD_GONE})

    def __init__(self, against: str = "") -> None:
        self.against = against

    def objection(self, pod: Demand, nodes: Columns) -> str:
        return self.against

    def feasible(self, pod: Demand, nodes: Columns) -> Mask:
        assert not self.against
        mask: Mask = nodes.usage[:, 1] < 10**15
        return mask

    def plan(self, pod: Demand, nodes: Columns, row: int) -> Plan:
        return TakesKey(row)


def profile(planner: Planner) -> Profile:
    return DEFAULT._replace(filters=(*DEFAULT.filters, planner))


def test_a_decision_counts_on_the_plans_of_those_before_it(
    make_cluster: Make, make_node: Make, make_info: Make, rng: Any
) -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    decisions = schedule([make_info(name) for name in "xyz"], cluster.columns, rng, profile(HasKey()))
    assert {decision.node for decision in decisions[:2]} == {"a", "b"}
    assert [len(decision.plans) for decision in decisions] == [1, 1, 0]
    assert decisions[2].refusal is not None
    assert decisions[2].refusal.message == "0/2 nodes are available: 2 node(s) didn't satisfy plugin HasKey."
    assert not cluster.columns.usage.any()


def test_an_objection_is_told_without_nodes_and_makes_preemption_hopeless(
    make_cluster: Make, make_node: Make, make_info: Make, make_pod: Make, rng: Any
) -> None:
    cluster = make_cluster(make_node("a", cpu="1"), make_node("b", cpu="1"))
    cluster.assign(make_info("low", "1"), "a")
    objecting, pod = profile(HasKey("the locksmith is away")), make_info("high", "1", priority=10)
    refusal = schedule([pod], cluster.columns, rng, objecting)[0].refusal
    assert refusal is not None
    assert refusal.without_victims().message == (
        "0/2 nodes are available: the locksmith is away. "
        "preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.")  # fmt: skip
    assert Happening.POD_GONE in refusal.helped_by
    assert Preemptor(cluster, (), objecting).preempt(pod) is None


class Workshop:
    """A preparer over a state of two nodes; `carry_out` is what its plans are carried out with."""

    def __init__(self, make_node: Make, make_pod: Make) -> None:
        self.state = State(lambda: 0.0, lambda: None, abandoned=lambda key: self.preparer.abandon(key))
        for name in "ab":
            self.state.node_changed(None, make_node(name))
        self.make_pod = make_pod
        self.ready: asyncio.Queue[Decision] = asyncio.Queue()
        self.failed: asyncio.Queue[str] = asyncio.Queue()
        self.started = asyncio.Event()
        self.gate = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.error: Exception | None = None
        self.preparer = Preparer(self.state, {TakesKey: self._carry_out}, self._ready,
                                 lambda decision, why: self.failed.put_nowait(why))  # fmt: skip

    async def _carry_out(self, decision: Decision, plan: Plan) -> None:
        self.started.set()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        if self.error is not None:
            raise self.error

    def _ready(self, decisions: Any) -> None:
        for decision in decisions:
            self.ready.put_nowait(decision)

    def decide(self, *names: str) -> list[Decision]:
        for name in names:
            self.state.pod_changed(None, self.make_pod(name))
        pods = self.state.queue.pop(len(names), 0)
        decisions = schedule(pods, self.state.cluster.columns, np.random.default_rng(1), profile(HasKey()))
        for decision in decisions:
            self.state.assume(decision.pod, decision.node, decision.plans)
        self.preparer.submit(decisions)
        return decisions

    @property
    def keys_left(self) -> int:
        return int((self.state.cluster.columns.usage[:2, 1] < 10**15).sum())


@pytest.fixture
async def shop(make_node: Make, make_pod: Make) -> AsyncIterator[Workshop]:
    shop = Workshop(make_node, make_pod)
    running = asyncio.create_task(shop.preparer.run())
    await asyncio.sleep(0)  # it has begun
    async with asyncio.timeout(DEADLINE):
        yield shop
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_pod_is_bound_once_its_plans_are_carried_out(shop: Workshop) -> None:
    (decision,) = shop.decide("x")
    await shop.started.wait()
    assert shop.ready.empty()
    assert shop.keys_left == 1
    shop.gate.set()
    assert await shop.ready.get() is decision


async def test_what_is_decided_first_may_come_early(make_node: Make, make_pod: Make) -> None:
    shop = Workshop(make_node, make_pod)
    running = asyncio.create_task(shop.preparer.run())
    (decision,) = shop.decide("x")  # the task has not had its turn
    shop.gate.set()
    async with asyncio.timeout(DEADLINE):
        assert await shop.ready.get() is decision
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_pods_without_plans_do_not_wait(shop: Workshop, make_info: Make) -> None:
    decision = Decision(make_info("x"), "a")
    shop.preparer.submit([decision])
    assert shop.ready.get_nowait() is decision


@pytest.mark.parametrize("error", [PlanFailed("no locksmith"), Conflict("no locksmith")])
async def test_what_cannot_be_carried_out_undoes_the_decision(shop: Workshop, error: Exception) -> None:
    shop.error = error
    (decision,) = shop.decide("x")
    shop.gate.set()
    assert await shop.failed.get() == "no locksmith"
    await asyncio.sleep(0)
    assert shop.keys_left == 2
    assert not shop.state.is_assumed(decision.pod)
    assert decision.pod.key in shop.state.queue
    assert shop.ready.empty()


async def test_a_pod_that_goes_away_meanwhile_gives_everything_back(shop: Workshop, make_pod: Make) -> None:
    shop.decide("x")
    await shop.started.wait()
    shop.state.pod_changed(make_pod("x"), None)
    await shop.cancelled.wait()
    assert shop.keys_left == 2
    assert not shop.state.cluster.columns.requested.any()
    shop.gate.set()
    assert shop.ready.empty()


async def test_a_namesake_does_not_inherit_the_preparation(shop: Workshop, make_pod: Make) -> None:
    shop.decide("x")
    await shop.started.wait()
    shop.state.pod_changed(make_pod("x"), make_pod("x", uid="another"))
    await shop.cancelled.wait()
    assert shop.keys_left == 2


async def test_a_plan_that_was_seen_carried_out_is_not_undone(shop: Workshop, make_pod: Make) -> None:
    (decision,) = shop.decide("x")
    old, new = make_pod("x"), make_pod("x", nodeName=decision.node)
    shop.state.pod_changed(old, new)
    assert shop.keys_left == 1
    shop.state.forget(decision.pod)
    assert shop.keys_left == 1


async def test_a_fenced_off_preparation_ends_the_reign(make_node: Make, make_pod: Make) -> None:
    shop = Workshop(make_node, make_pod)
    running = asyncio.create_task(shop.preparer.run())
    await asyncio.sleep(0)
    shop.error = FencedOff("somebody else leads")
    shop.decide("x")
    shop.gate.set()
    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.timeout(DEADLINE):
            await running
    assert caught.group_contains(FencedOff)
