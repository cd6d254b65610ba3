"""The scheduler's beliefs under fire: events late, out of order between kinds, lost in relists; binds refused, answered
late or never; others who bind as well.

Whatever happened, once everything has been told and answered the state is that of a scheduler that begins now, and
nobody waits for a place that is free. On the way no decision puts more on a node than it holds, in the view and the
decisions that are under way; where nobody else interferes, not in truth either.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.client.informer import Delta, Informer, Snapshot
from services.objects.kinds import NAMESPACE, NODE, POD
from services.objects.meta import Obj, key_of
from services.scheduler.algorithm import Claims, Decision, schedule
from services.scheduler.cluster.cluster import Key
from services.scheduler.cluster.demand import PodInfo
from services.scheduler.state import State, has_ended
from tests.property.scheduler import history
from tests.property.scheduler.history import FOLLOWED, History, Usage, few, node_names, pod_keys

_LONGEST_BACKOFF = 10.0
_AGES = 10_000.0
_KINDS = {kind.plural: kind for kind in FOLLOWED}  # counterexamples are read by people
_PLURALS = sorted(_KINDS)


class Source:
    async def run(self, kinds: Any, sink: Any) -> None:
        raise NotImplementedError  # the machine delivers


class Flight(NamedTuple):
    """A decision whose bind was not answered yet. `pod` as it was seen when it was decided; `lost` when its answer
    will never come: what was known to the cluster then has to be seen before the decision is undone."""

    decision: Decision
    pod: Obj
    lost: bool = False


class Replay:
    """`alone`: nobody else binds, and no node shrinks."""

    def __init__(self, alone: bool) -> None:
        self.truth = History()
        self.time = 0.0
        self.alone = alone
        self.failures: list[Exception] = []
        self.flights: list[Flight] = []
        self.assumed: dict[Key, Flight] = {}
        self.rng = np.random.default_rng(7)
        self.informer = Informer(Source(), FOLLOWED)
        self.state = self.fresh()
        self.state.leads = True
        self.informer.subscribe(NAMESPACE, self.strictly(self.state.namespace_changed))
        self.informer.subscribe(NODE, self.strictly(self.state.node_changed))
        self.informer.subscribe(POD, self.strictly(self.state.pod_changed))
        self.informer.subscribe(POD, self.pod_seen)
        self.tell(self.truth.snapshot(FOLLOWED))

    def fresh(self) -> State:
        return State(lambda: self.time, lambda: None)

    def strictly(self, handler: Any) -> Any:
        """The informer logs what a handler raises; here it is a failure."""
        def handle(old: Obj | None, new: Obj | None) -> None:
            try:
                handler(old, new)
            except Exception as error:
                self.failures.append(error)
                raise
        return handle

    def tell(self, update: Snapshot | Delta) -> None:
        self.informer.receive(update)
        assert not self.failures

    def pod_seen(self, old: Obj | None, new: Obj | None) -> None:
        """Ends assumptions, as a reader of the rules would have it."""
        flight = self.assumed.get(key_of(new or old or {}))
        if flight is not None and (
            new is None or new["metadata"]["uid"] != flight.decision.pod.uid or new["spec"].get("nodeName")
            or has_ended(new)
        ):  # fmt: skip
            del self.assumed[flight.decision.pod.key]

    # What happens in truth

    def set_node(self, node: Obj) -> None:
        known = self.truth.objects[NODE].get(key_of(node))
        if known is None:
            self.truth.create(NODE, node)
            return
        if self.alone:  # nobody makes it smaller
            amounts = known["status"]["allocatable"].items()
            node = {**node, "status": {"allocatable": {
                name: max(text, node["status"]["allocatable"][name]) for name, text in amounts}}}  # fmt: skip
        self.truth.put(NODE, {**known, **node, "metadata": {**known["metadata"], **node["metadata"]}})

    def remove_node(self, name: str) -> None:
        self.truth.remove(NODE, ("", name))

    def set_namespace(self, name: str, labels: Any) -> None:
        if labels is None:
            self.truth.remove(NAMESPACE, ("", name))
        else:
            self.truth.put(NAMESPACE, {"metadata": {"name": name, "labels": labels}})

    def create_pod(self, pod: Obj) -> None:
        if self.truth.pod(key_of(pod)) is None:
            self.truth.create(POD, pod)

    def create_placed(self, pod: Obj, node: str) -> None:
        if self.truth.pod(key_of(pod)) is None:
            self.truth.create(POD, {**pod, "spec": {**pod["spec"], "nodeName": node}})

    def others_bind(self, key: Key, node: str) -> None:
        pod = self.truth.pod(key)
        if pod is not None:
            self.truth.bind(key, pod["metadata"]["uid"], node)

    def resize(self, key: Key, cpu: str, done: bool) -> None:
        pod = self.truth.pod(key)
        if pod is not None and pod["spec"].get("nodeName"):
            (container,) = pod["spec"]["containers"]
            had = container["resources"]["requests"].get("cpu", "0")
            container["resources"] = {"requests": {"cpu": cpu}}
            pod["status"]["containerStatuses"] = [
                {"name": "c", "allocatedResources": {"cpu": cpu if done else had}}]  # fmt: skip
            self.truth.put(POD, pod)

    def relabel(self, key: Key, labels: Obj) -> None:
        pod = self.truth.pod(key)
        if pod is not None:
            pod["metadata"]["labels"] = labels
            self.truth.put(POD, pod)

    def change_pod(self, key: Key, change: str) -> None:
        pod = self.truth.pod(key)
        if pod is None:
            return
        if change == "ungate":
            pod["spec"].pop("schedulingGates", None)
        elif change == "end":
            pod["status"]["phase"] = "Succeeded"
        elif change == "delete":
            pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        elif change == "nominate":
            pod["status"]["nominatedNodeName"] = "n1"
        else:
            pod["status"].pop("nominatedNodeName", None)
        self.truth.put(POD, pod)

    def remove_pod(self, key: Key) -> None:
        self.truth.remove(POD, key)

    # What the scheduler hears

    def deliver(self, kind: str, most: int) -> None:
        self.tell(self.truth.next(_KINDS[kind], most))

    def relist(self, kinds: list[str]) -> None:
        self.tell(self.truth.snapshot([_KINDS[kind] for kind in kinds]))

    # What the scheduler does

    def decide(self, most: int, wait: float) -> None:
        self.time += wait
        self.state.settle()
        for decision in self.schedule(self.state.queue.pop(most, self.time)):
            if decision.refusal is not None:
                self.state.queue.park(decision.pod, decision.refusal.helped_by, self.time)
                continue
            pod = self.informer.store(POD).get(*decision.pod.key)
            assert pod is not None
            assert decision.pod.uid == pod["metadata"]["uid"]
            assert decision.pod.key not in self.assumed
            flight = Flight(decision, pod)
            self.state.assume(decision.pod, decision.node, decision.plans)
            self.assumed[decision.pod.key] = flight
            self.flights.append(flight)
            usage = Usage.of(self.informer.store(NODE).list(), self.informer.store(POD).list())
            for other in self.assumed.values():
                usage.add(other.decision.node, other.pod)
            assert not usage.too_much(decision.node, pod)

    def schedule(self, pods: list[PodInfo]) -> list[Decision]:
        cluster = self.state.cluster
        return schedule(pods, cluster.columns, self.rng, claims=Claims(cluster))

    def answer(self, which: int, fate: str) -> None:
        """A call comes back; `lost` after the write, or before it."""
        if not self.flights:
            return
        flight = self.flights.pop(which % len(self.flights))
        if flight.lost:
            self.catch_up()
            self.undo(flight)
            return
        written = fate in ("bound", "lost") and self.write(flight)
        if fate.startswith("lost"):
            self.flights.append(flight._replace(lost=True))
        elif not written:
            self.undo(flight)

    def write(self, flight: Flight) -> bool:
        pod, node = flight.decision.pod, flight.decision.node
        written = self.truth.bind(pod.key, pod.uid, node)
        if written and self.alone:
            bound = self.truth.pod(pod.key)
            assert bound is not None
            usage = Usage.of(self.truth.objects[NODE].values(), self.truth.objects[POD].values())
            assert not usage.too_much(node, bound)
        return written

    def undo(self, flight: Flight) -> None:
        self.state.forget(flight.decision.pod)
        assumed = self.assumed.get(flight.decision.pod.key)
        if assumed is not None and assumed.decision.pod.uid == flight.decision.pod.uid:
            del self.assumed[flight.decision.pod.key]

    def catch_up(self) -> None:
        for kind in FOLLOWED:
            self.tell(self.truth.next(kind, self.truth.lateness(kind)))

    def reign_anew(self, written: bool) -> None:
        """Calls under way may still be written before the new fence."""
        self.state.leads = False
        for flight in self.flights:
            if written and not flight.lost:
                self.write(flight)
        self.flights.clear()
        self.catch_up()
        self.state.forget_all()
        self.state.read_again(self.informer.store(POD).list())
        assert not any(self.state.is_assumed(flight.decision.pod) for flight in self.assumed.values())
        self.assumed.clear()
        self.state.leads = True

    # What must hold

    def comes_to_rest(self) -> None:
        while self.flights:
            self.answer(0, "bound")
        self.catch_up()
        assert not self.assumed
        self.same_as_one_that_begins_now()
        for _ in range(200):
            self.decide(100, _LONGEST_BACKOFF)
            if not self.flights:
                break
            while self.flights:
                self.answer(0, "bound")
            self.catch_up()
        assert not self.flights
        self.same_as_one_that_begins_now()
        left = self.state.queue.pop(1000, self.time + _AGES)
        assert {pod.key for pod in left} == {key for key, pod in self.truth.objects[POD].items() if self.waits(pod)}
        for pod in left:
            (decision,) = self.schedule([pod])
            assert decision.refusal is not None, f"{pod.name} could have gone to {decision.node}"
            self.state.queue.park(pod, decision.refusal.helped_by, self.time)

    def waits(self, pod: Obj) -> bool:
        return not has_ended(pod) and self.state.is_ours(pod)

    def same_as_one_that_begins_now(self) -> None:
        """Claims are made by who leads: one that begins now is told of them."""
        fresh = self.fresh()
        fresh.leads = True
        for kind, handler in ((NODE, fresh.node_changed), (POD, fresh.pod_changed),
                              (NAMESPACE, fresh.namespace_changed)):  # fmt: skip
            for obj in self.truth.objects[kind].values():
                handler(None, obj)
        ours, theirs = self.state.cluster, fresh.cluster
        for key, claim in ours.claims.items():
            assert key in fresh.queue, f"{key} needs no place and claims one"
            theirs.claim(claim.pod, claim.node)
        assert ours.columns.contents() == theirs.columns.contents()
        assert len(self.state.queue) == len(fresh.queue)
        for key in self.truth.objects[POD]:
            assert ours.node_of(key) == theirs.node_of(key)
            assert self.state.queue.get(key) == fresh.queue.get(key)
        taken = sum(map(ours.tier, list(ours.tiers)), np.zeros_like(ours.columns.requested))
        claimed = np.zeros_like(taken)
        for claim in ours.claims.values():
            if (row := ours.row(claim.node)) is not None:
                claimed[row] += ours.columns.vector(claim.demand.requests)
        assert (taken + claimed == ours.columns.requested).all()


few_pods = st.lists(history.pods(), min_size=3, max_size=7)


def step(name: str, *args: Any, weight: int = 1) -> list[st.SearchStrategy[tuple[Any, ...]]]:
    """A method and its arguments, with a strategy for each unit of weight."""
    return [st.tuples(st.just(name), *args) for _ in range(weight)]


INNOCENT = [
    *step("set_node", history.nodes()),
    *step("set_namespace", few(["one", "two"]), few([None, {}, {"team": "1"}])),
    *step("create_pod", history.pods(), weight=2),
    *step("relabel", pod_keys, history.labels),
    *step("change_pod", pod_keys, few(["ungate", "end", "delete", "nominate", "denominate"])),
    *step("remove_pod", pod_keys, weight=2),
    *step("deliver", few(_PLURALS), few([1, 1, 2, 100]), weight=4),
    *step("relist", st.lists(few(_PLURALS), min_size=1, unique=True)),
    *step("decide", few([1, 2, 100]), few([0.0, 1.0, 20.0]), weight=5),
    *step("answer", st.integers(0, 9), few(["bound", "bound", "refused", "lost", "lost on the way"]), weight=5),
    *step("reign_anew", st.booleans()),
    *step("comes_to_rest"),
]
INTERFERING = [
    *step("remove_node", node_names),
    *step("create_placed", history.pods(), node_names),
    *step("others_bind", pod_keys, node_names, weight=3),
    *step("resize", pod_keys, few("012"), st.booleans()),
]
begin: Any = {"nodes": st.lists(history.nodes(), min_size=1, max_size=4), "pods": few_pods}


def play(replay: Replay, nodes: list[Obj], pods: list[Obj], steps: list[tuple[Any, ...]]) -> None:
    for node in nodes:
        replay.set_node(node)
    for pod in pods:
        replay.create_pod(pod)
    replay.catch_up()
    for name, *args in steps:
        getattr(replay, name)(*args)
    replay.comes_to_rest()


@given(**begin, steps=st.lists(st.one_of(INNOCENT), min_size=30, max_size=80))
@settings(max_examples=150, deadline=None)
def test_alone(nodes: list[Obj], pods: list[Obj], steps: list[tuple[Any, ...]]) -> None:
    play(Replay(alone=True), nodes, pods, steps)


@given(**begin, steps=st.lists(st.one_of(INNOCENT + INTERFERING), min_size=30, max_size=80))
@settings(max_examples=150, deadline=None)
def test_among_others(nodes: list[Obj], pods: list[Obj], steps: list[tuple[Any, ...]]) -> None:
    play(Replay(alone=False), nodes, pods, steps)
