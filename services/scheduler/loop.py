"""The loop of the leading scheduler: take what is ready, decide, assume, hand over to the binder."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Protocol

import numpy as np
import prometheus_client

from services.client.events import EventWriter
from services.client.informer import Informer
from services.client.sdk import Batcher
from services.client.sdk.messages import FenceLike
from services.foundation import clock, log
from services.objects import ownership
from services.objects.errors import ServiceUnavailable
from services.objects.kinds import (
    NAMESPACE,
    NODE,
    POD,
    PODDISRUPTIONBUDGET,
    REPLICASET,
    REPLICATIONCONTROLLER,
    SERVICE,
    STATEFULSET,
)
from services.objects.meta import Obj, namespace_of
from services.scheduler import binder, evictor, reports
from services.scheduler.algorithm import Claims, Decision, schedule
from services.scheduler.binder import Binder
from services.scheduler.cluster import storagekinds
from services.scheduler.cluster.cluster import Key
from services.scheduler.cluster.defaults import default_spreads
from services.scheduler.cluster.demand import PodInfo
from services.scheduler.cluster.devices import kinds as devicekinds
from services.scheduler.cluster.devices.plan import DevicePlan
from services.scheduler.cluster.gangs import units
from services.scheduler.cluster.neighbours import Spread
from services.scheduler.cluster.plans import Plan
from services.scheduler.cluster.volumeplan import VolumePlan
from services.scheduler.cohorts import Cohorts
from services.scheduler.configuration import STANDARD, Configuration
from services.scheduler.evictor import Evictor
from services.scheduler.outlook import Chooser
from services.scheduler.plugins.devices.dynamic import misplaced
from services.scheduler.preemption import Budget, Preemption, budget_of
from services.scheduler.preparations.devices import DeviceCarrier
from services.scheduler.preparations.volumes import VolumeCarrier
from services.scheduler.preparer import CarryOut, Preparer
from services.scheduler.profile import Profile
from services.scheduler.reports import Reports
from services.scheduler.state import State

logger = log.get(__name__)

ATTEMPTS = prometheus_client.Counter("pinnace_scheduler_attempts", "Pods looked at, by outcome", ["outcome"])
ROUND = prometheus_client.Histogram("pinnace_scheduler_round_seconds", "Time to decide for the pods of a round")
WAITING = prometheus_client.Gauge("pinnace_scheduler_waiting_pods", "Pods without a node")

_ROUND = 100  # pods decided in one go, between which the event loop turns
_EVENTS = 30_000  # Events that may wait while pods are bound: a burst of preemptions has five a pod
_PAUSE = 1.0  # seconds between questions to a store that does not answer
_CATCH_UP = 10.0  # seconds of waiting for the informer before a line in the log


CONTROLLERS = (REPLICASET, STATEFULSET, REPLICATIONCONTROLLER)  # of pods that are to be apart
# What the informer must follow.
READ = (NAMESPACE, NODE, POD, PODDISRUPTIONBUDGET, SERVICE, *CONTROLLERS, *storagekinds.SETTERS, *devicekinds.SETTERS)


class Client(binder.Client, evictor.Client, reports.Client, Batcher, Protocol):
    """The part of the SDK's Client that the scheduler uses."""


class Scheduler:
    """Follows the cluster from the start; `lead` binds pods. `fresh` asks the store for the resourceVersion of now, and
    raises ServiceUnavailable when it does not answer."""

    def __init__(
        self, informer: Informer, fresh: Callable[[], Awaitable[int]], *,
        configuration: Configuration = STANDARD, rng: Chooser | None = None,
        now: Callable[[], datetime] = clock.now,
    ) -> None:  # fmt: skip
        self._informer = informer
        self._fresh = fresh
        self._rng: Chooser = rng or np.random.default_rng()
        self._now = now
        self._awake = asyncio.Event()
        self._time = asyncio.get_running_loop().time
        self._preparer: Preparer | None = None
        self._cohorts: Cohorts | None = None
        self.state = State(self._time, self._awake.set, self._defaults, configuration, self._abandon)
        for kind in storagekinds.SETTERS:
            informer.subscribe(kind, partial(self.state.storage_changed, kind))
        informer.subscribe(NAMESPACE, self.state.namespace_changed)
        informer.subscribe(NODE, self.state.node_changed)
        informer.subscribe(POD, self.state.pod_changed)
        for kind in devicekinds.SETTERS:
            informer.subscribe(kind, partial(self.state.devices_changed, kind))
        self._volumes = VolumeCarrier(informer, self.state)
        self._devices = DeviceCarrier(informer)

    async def lead(self, client: Client, fence: FenceLike) -> None:
        """Until cancelled; raises FencedOff when somebody else leads. Can be called again for another reign."""
        await self._informer.synced.wait()
        await self._caught_up()  # what the leader before us bound last counts; nothing comes after it, it is fenced
        self.state.forget_all()
        self.state.read_again(self._informer.store(POD).list())
        events = EventWriter(client, fence, self._now, busy=lambda: self.state.queue.busy, limit=_EVENTS)
        told = Reports(client, fence, events, self._informer.store(POD).get)
        binding = Binder(client, fence, self.state, self._caught_up, told.scheduled)
        self._cohorts = cohorts = Cohorts(binding.submit, partial(self._give_back, told), self._patience)
        self._preparer = preparing = Preparer(self.state, self._carriers(client, fence), cohorts.ready, told.failed)
        evicting = Evictor(client, fence, told.preempted, self.state.give_up)
        async with asyncio.TaskGroup() as group:
            group.create_task(told.run())
            group.create_task(events.run())
            group.create_task(binding.run())
            group.create_task(evicting.run())
            group.create_task(preparing.run())
            group.create_task(self._devices.run(client, fence))
            self.state.leads = True
            try:
                await self._decide(binding, preparing, cohorts, evicting, told)
            finally:
                self.state.leads = False

    def _carriers(self, client: Client, fence: FenceLike) -> Mapping[type[Plan], CarryOut]:
        return {VolumePlan: partial(self._volumes.carry_out, client, fence),
                DevicePlan: partial(self._devices.carry_out, client, fence)}  # fmt: skip

    def _abandon(self, key: Key) -> None:
        if self._preparer is not None:
            self._preparer.abandon(key)
        if self._cohorts is not None:
            self._cohorts.lost(key)

    def _give_back(self, told: Reports, decision: Decision, why: str) -> None:
        told.failed(decision, why)
        self.state.forget(decision.pod)

    def _patience(self, decision: Decision) -> float:
        return self.state.profiles[decision.pod.scheduler].patience

    async def _decide(
        self, binding: Binder, preparing: Preparer, cohorts: Cohorts, evicting: Evictor, told: Reports
    ) -> None:
        while True:
            await self._something_to_do()
            await binding.room()
            await evicting.room()
            self.state.settle()
            with ROUND.time():
                decisions = self._round()
                refused = [decision for decision in decisions if decision.refusal is not None]
                preemptions, refused = self._preempt(refused)
            placed = [decision for decision in decisions if decision.node]
            cohorts.expect(placed)
            preparing.submit(placed)
            for preemption in preemptions:
                evicting.submit(preemption)
            for decision in refused:
                told.unschedulable(decision, self._nomination(decision.pod))
                self._devices.give_back(misplaced(decision.pod.demand, self.state.cluster.columns.devices))
            WAITING.set(len(self.state.queue))
            await asyncio.sleep(0)

    def _round(self) -> list[Decision]:
        popped = self.state.queue.pop(_ROUND, self._time())
        return [decision for name, pods in groupby(popped, key=lambda pod: pod.scheduler)
                for decision in self._settle(list(pods), self.state.profiles[name])]  # fmt: skip

    def _settle(self, pods: Sequence[PodInfo], profile: Profile) -> list[Decision]:
        """Decides, and assumes or parks. This is the boundary: a pod or a gang about which nothing can be decided is
        tried again later, and never stops its neighbours, which are decided one after the other then."""
        state, now = self.state, self._time()
        try:
            decisions = schedule(pods, state.cluster.columns, self._rng, profile, Claims(state.cluster),
                                 state.cluster.members)  # fmt: skip
        except Exception:
            parts = [part for unit in units(pods) for part in ([unit] if unit[0].gang else [[pod] for pod in unit])]
            if len(parts) > 1:
                return [decision for part in parts for decision in self._settle(part, profile)]
            logger.exception("nothing can be decided about a pod", namespace=pods[0].namespace, pod=pods[0].name)
            ATTEMPTS.labels("error").inc(len(pods))
            for pod in pods:
                state.queue.fail(pod, now)
            return []
        for decision in decisions:
            if decision.refusal is not None:
                ATTEMPTS.labels("unschedulable").inc()
                state.queue.park(decision.pod, decision.refusal.helped_by, now)
            else:
                ATTEMPTS.labels("scheduled").inc()
                state.assume(decision.pod, decision.node, decision.plans)
        return decisions

    def _preempt(self, refused: Sequence[Decision]) -> tuple[list[Preemption], list[Decision]]:
        """What is to be cleared for whom, and the refusals with what became of the thought."""
        found, not_eligible = self.state.preempt([decision.pod for decision in refused], self._budgets())
        helped = {preemption.pod.key for preemption in found}
        told = []
        for decision in refused:
            refusal = decision.refusal
            assert refusal is not None
            key = decision.pod.key
            if key in not_eligible:
                refusal = refusal._replace(preemption=not_eligible[key])
            elif key not in helped:
                refusal = refusal.without_victims()
                self.state.give_up(decision.pod)
            told.append(decision._replace(refusal=refusal))
        return found, told

    def _nomination(self, pod: PodInfo) -> str | None:
        """What is new about the node that is being cleared for a pod; None when nothing is."""
        claim = self.state.cluster.claims.get(pod.key)
        node = claim.node if claim is not None else ""
        return node if node != pod.nominated else None

    def _defaults(self, pod: Obj, profile: Profile) -> tuple[Spread, ...]:
        namespace = namespace_of(pod)
        owner, controller = ownership.controller_of(pod), None
        for kind in CONTROLLERS:
            if owner is not None and (owner["apiVersion"], owner["kind"]) == (kind.api_version, kind.kind):
                controller = self._informer.store(kind).get(namespace, owner["name"])
        return default_spreads(pod, self._informer.store(SERVICE).list(namespace), controller, profile.spreads)

    def _budgets(self) -> list[Budget]:
        return [budget_of(each) for each in self._informer.store(PODDISRUPTIONBUDGET).list()]

    async def _something_to_do(self) -> None:
        """Waits for an event of the cluster or for a time that was agreed on; there is no polling."""
        wait = self.state.queue.next_flush(self._time())
        if wait != 0:
            try:
                async with asyncio.timeout(wait):
                    await self._awake.wait()
            except TimeoutError:
                pass  # a backoff ended
        self._awake.clear()

    async def _caught_up(self) -> None:
        """Waits until everything written before this call has been seen, for as long as it takes."""
        revision = await self._latest()
        while not await self._informer.reached(revision, _CATCH_UP):
            logger.warning("the view is behind", wanted=revision, seen=self._informer.revision)

    async def _latest(self) -> int:
        """The resourceVersion of now, however long the store takes to say."""
        while True:
            try:
                return await self._fresh()
            except ServiceUnavailable as error:
                logger.warning("the store does not answer", error=error.message)
                await asyncio.sleep(_PAUSE)
