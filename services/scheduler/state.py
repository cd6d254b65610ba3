"""What the scheduler believes: the nodes, the pods on them, and the pods that wait. Fed by the informer's handlers.

A decision is assumed at once, so that the next one counts on it, and confirmed when the bound pod is seen. Until then a
view of the pod without a node changes nothing: it is older than the assumption.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from services.objects.kinds.kind import Kind
from services.objects.meta import Obj, is_deleting, key_of, labels_of, name_of, uid_of
from services.scheduler.cluster import demand, storagekinds
from services.scheduler.cluster.cluster import Cluster, Key, facts
from services.scheduler.cluster.demand import PodInfo
from services.scheduler.cluster.devices import kinds as devicekinds
from services.scheduler.cluster.happenings import Happening
from services.scheduler.cluster.neighbours import Spread
from services.scheduler.cluster.plans import Plan
from services.scheduler.cluster.requests import reported
from services.scheduler.configuration import STANDARD, Configuration
from services.scheduler.preemption import Budget, Preemption, Preemptor
from services.scheduler.profile import DEFAULT_NAME, Profile
from services.scheduler.queue import Queue

_FREED = frozenset({Happening.POD_GONE, Happening.ROOM_FREED})

Defaults = Callable[[Obj, Profile], tuple[Spread, ...]]


def _none(pod: Obj, profile: Profile) -> tuple[Spread, ...]:
    return ()


class State:
    """`now` gives seconds; `wake` is called when there may be something to do; `defaults` are the topology spread
    constraints of pods that have none; `abandoned` hears of assumed pods that need no node any more."""

    def __init__(
        self, now: Callable[[], float], wake: Callable[[], None], defaults: Defaults = _none,
        configuration: Configuration = STANDARD, abandoned: Callable[[Key], None] = lambda key: None,
    ) -> None:  # fmt: skip
        self.profiles = {profile.name: profile for profile in configuration.profiles}
        self.cluster = Cluster()
        self.queue = Queue(configuration.first_backoff, configuration.longest_backoff)
        self.now = now
        self._wake = wake
        self._defaults = defaults
        self._abandoned = abandoned
        self._happened: set[Happening] = set()
        self._assumed: dict[Key, PodInfo] = {}  # pods whose binding has not been seen
        self._plans: dict[Key, tuple[Plan, ...]] = {}  # of those
        self._going: set[Key] = set()  # victims whose deletion has not been seen
        self.leads = False  # claims are then made here; else they are read off the pods' statuses

    def node_changed(self, old: Obj | None, new: Obj | None) -> None:
        happened = self.cluster.remove_node(name_of(old or {})) if new is None else self.cluster.set_node(facts(new))
        self._happen(happened)

    def namespace_changed(self, old: Obj | None, new: Obj | None) -> None:
        labels = None if new is None else dict(labels_of(new))
        self._happen(self.cluster.set_namespace(name_of(new or old or {}), labels))

    def storage_changed(self, kind: Kind, old: Obj | None, new: Obj | None) -> None:
        self._happen(storagekinds.changed(self.cluster.columns.volumes, kind, old, new))

    def devices_changed(self, kind: Kind, old: Obj | None, new: Obj | None) -> None:
        self._happen(devicekinds.changed(self.cluster.columns.devices, kind, old, new))

    def pod_changed(self, old: Obj | None, new: Obj | None) -> None:
        if old is not None and (new is None or uid_of(old) != uid_of(new)):
            self._gone(old)
        if new is None:
            return
        if has_ended(new):
            self._gone(new)
        elif new["spec"].get("nodeName"):
            known = old is not None and uid_of(old) == uid_of(new) and _seen_by_others(old) == _seen_by_others(new)
            if not known and not self._came_true(old, new):
                self._bound(demand.read(new), new["spec"]["nodeName"])
        elif self.is_ours(new):
            self._wants_a_node(self.read(new))
        else:
            self.queue.remove(key_of(new))
            self._unclaim(key_of(new))

    def read_again(self, pods: Iterable[Obj]) -> None:
        """Once everything is known: what a pod is like may depend on objects that came after it."""
        for pod in pods:
            if key_of(pod) in self.queue and self.is_ours(pod):
                self.queue.add(self.read(pod), self.now())

    def preempt(
        self, refused: Sequence[PodInfo], budgets: Sequence[Budget]
    ) -> tuple[list[Preemption], dict[Key, str]]:
        """Clears nodes for those it helps, whose claims count at once; of some others, why it was not tried."""
        found: list[Preemption] = []
        not_eligible = {pod.key: why for pod in refused if (why := self._why_not(pod))}
        eligible = [pod for pod in refused if pod.key not in not_eligible]
        for name, pods in groupby(eligible, key=lambda pod: pod.scheduler):
            preemptor = Preemptor(self.cluster, budgets, self.profiles[name])
            preemptions = [each for pod in pods if (each := preemptor.preempt(pod)) is not None]
            for preemption in preemptions:
                self.cluster.claim(preemption.pod, preemption.node)
                self._going |= {victim.key for victim in preemption.victims}
            found += preemptions
        for pod in refused:
            if pod.key in self.cluster.claims:
                self.queue.await_room(pod.key)
        return found, not_eligible

    def _why_not(self, pod: PodInfo) -> str:
        """Why a pod may not have others removed, in Kubernetes' words."""
        if not self.profiles[pod.scheduler].preempts:
            return "not enabled in the profile."
        if not pod.preempts:
            return "not eligible due to preemptionPolicy=Never."
        if pod.gang is not None:
            return "not eligible: no pod has to go for one of a gang."
        claim = self.cluster.claims.get(pod.key)
        if claim is not None and self._is_clearing(claim.node, pod):
            return "not eligible due to a terminating pod on the nominated node."
        return ""

    def _is_clearing(self, node: str, pod: PodInfo) -> bool:
        """Whether somebody less important is on the way out."""
        return any(other.pod.priority < pod.priority and (other.demand.kin.terminating or other.pod.key in self._going)
                   for other in self.cluster.on(node))  # fmt: skip

    def give_up(self, pod: PodInfo) -> None:
        """The claim came to nothing; others may have the room."""
        self._unclaim(pod.key)

    def _unclaim(self, key: Key) -> None:
        if self.cluster.unclaim(key):
            self._happen(_FREED)

    def assume(self, pod: PodInfo, node: str, plans: tuple[Plan, ...] = ()) -> None:
        claim = self.cluster.claims.get(pod.key)
        if claim is not None and claim.node == node:
            self.cluster.unclaim(pod.key)  # what it held the pod takes: nobody else has more room
        else:
            self._unclaim(pod.key)
        self._happen(self.cluster.assign(pod, node))
        self._assumed[pod.key] = pod
        if plans:
            self._plans[pod.key] = plans
            for plan in plans:
                plan.assume(self.cluster.columns)

    def forget(self, pod: PodInfo) -> None:
        """Undoes an assumption that did not come true, and tries the pod again later."""
        if not self.is_assumed(pod):
            return  # it was seen bound, or has gone
        self._drop_assumption(pod.key)
        self.cluster.release(pod.key)
        self._happen(_FREED)
        self.queue.fail(pod, self.now())
        self._wake()

    def _drop_assumption(self, key: Key) -> None:
        """It did not come true as it was; what was assumed with it counts no more unless it has been seen."""
        if self._assumed.pop(key, None) is not None:
            for plan in self._plans.pop(key, ()):
                plan.forget(self.cluster.columns)
                self._happen(plan.forgotten)
            self._abandoned(key)

    def is_assumed(self, pod: PodInfo) -> bool:
        assumed = self._assumed.get(pod.key)
        return assumed is not None and assumed.uid == pod.uid

    def forget_all(self) -> None:
        """A new reign: what was assumed in the last one and has not been seen by now will not come true."""
        self._going.clear()
        for pod in list(self._assumed.values()):
            self.forget(pod)

    def settle(self) -> None:
        """Tells the queue what happened since last time; many events of a moment are one walk through it."""
        happened, self._happened = self._happened, set()
        self.queue.happened(happened, self.now())

    def is_ours(self, pod: Obj) -> bool:
        """A pod that wants a node, now, from us."""
        spec = pod["spec"]
        ours = (spec.get("schedulerName") or DEFAULT_NAME) in self.profiles
        return ours and not spec.get("nodeName") and not is_deleting(pod) and not spec.get("schedulingGates")

    def read(self, pod: Obj) -> PodInfo:
        """Of one whose scheduler we are."""
        profile = self.profiles[pod["spec"].get("schedulerName") or DEFAULT_NAME]
        return demand.read(pod, self._defaults(pod, profile))._replace(scheduler=profile.name)

    def _wants_a_node(self, pod: PodInfo) -> None:
        self.queue.add(pod, self.now())
        if not self.leads and pod.nominated and not self.is_assumed(pod):  # which counts already
            self.cluster.claim(pod, pod.nominated)
        elif not self.leads:
            self._unclaim(pod.key)
        self._wake()

    def _bound(self, pod: PodInfo, node: str) -> None:
        self._drop_assumption(pod.key)
        self.queue.remove(pod.key)
        self.give_up(pod)
        # Now that it has a node it names it; for what it takes that makes no difference.
        self._happen(self.cluster.assign(pod, node))

    def _came_true(self, old: Obj | None, new: Obj) -> bool:
        """Whether this is what was assumed and nothing else, which is counted already."""
        key, node = key_of(new), new["spec"]["nodeName"]
        assumed, waiting = self._assumed.get(key), self.queue.get(key)
        if (
            old is None or assumed is None or waiting is None or self.cluster.node_of(key) != node
            or (assumed.uid, assumed.priority, assumed.demand) != (uid_of(new), waiting.priority, waiting.demand)
            or ({**old["spec"], "nodeName": node}, *_seen_by_others(old)[1:]) != _seen_by_others(new)
        ):  # fmt: skip
            return False
        del self._assumed[key]
        self._plans.pop(key, None)
        self.queue.remove(key)
        return True

    def _gone(self, pod: Obj) -> None:
        key = key_of(pod)
        self.queue.remove(key)
        self._drop_assumption(key)
        self._going.discard(key)
        self._unclaim(key)
        node = self.cluster.node_of(key)
        if node is not None:
            self.cluster.release(key)
            claimants = self.cluster.claimants(node)
            self._happen(frozenset({Happening.POD_GONE}) if claimants else _FREED)
            for claimant in claimants:
                if not self._is_clearing(node, claimant):
                    self.queue.hurry(claimant.key, self.now())

    def _happen(self, happenings: frozenset[Happening]) -> None:
        if happenings:
            self._happened |= happenings
            self._wake()


def _seen_by_others(pod: Obj) -> tuple[Any, ...]:
    """What scheduling depends on in a pod that has a node."""
    return pod["spec"], labels_of(pod), is_deleting(pod), reported(pod)


def has_ended(pod: Obj) -> bool:
    """Nothing of it runs any more, so it takes nothing."""
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
