"""Rolling updates against an adversary who decides which pods get ready when: bounds always hold, and it ends."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.controller_manager.controllers.deployment.decide import Observed, decide
from services.controller_manager.controllers.deployment.surge import max_surge, max_unavailable
from services.controller_manager.plans import Create, Delete, Update, UpdateStatus
from services.objects.kinds import DEPLOYMENT
from services.objects.meta import Obj, name_of
from tests.unit.controller_manager.builders import NOW, ago, deployment, template


class World:
    """A deployment and its sets; time stands still, so no deadline passes."""

    def __init__(self, obj: Obj, rng: Random) -> None:
        self.deployment = obj
        self.sets: dict[str, Obj] = {}
        self.rng = rng
        self.made = 0

    def step(self) -> bool:
        """Applies one plan; whether it changed any set."""
        plan = decide(Observed(self.deployment, [*self.sets.values()], self.sets, {}), NOW)
        changed = False
        for change in plan.changes:
            match change:
                case Create(obj=obj):
                    self.made += 1
                    metadata = {"uid": f"u{self.made}", "creationTimestamp": ago(9000 - self.made), "generation": 1}
                    self.sets[name_of(obj)] = {**obj, "metadata": {**obj["metadata"], **metadata}, "status": {}}
                    changed = True
                case Update(kind=kind, obj=obj):
                    assert kind is not DEPLOYMENT
                    self.sets[name_of(obj)] = {**obj, "metadata": {
                        **obj["metadata"], "generation": obj["metadata"]["generation"] + 1}}
                    changed = True
                case UpdateStatus(obj=obj):
                    self.deployment = obj
                case Delete(name=name):
                    assert not self.sets[name]["spec"]["replicas"]
                    del self.sets[name]
        return changed

    def pods_move(self, *, kindly: bool) -> None:
        """Sets tell what they have. An unkind world lets pods get unready, and some sets tell nothing."""
        for name, each in self.sets.items():
            wanted, status = each["spec"]["replicas"], each["status"]
            if not kindly and self.rng.random() < 0.5:
                continue
            before = min(status.get("availableReplicas", 0), wanted)
            available = wanted if kindly else self.rng.randint(before, wanted)
            self.sets[name] = {**each, "status": {
                "replicas": wanted, "readyReplicas": available, "availableReplicas": available,
                "observedGeneration": each["metadata"]["generation"]}}

    def asked_for(self) -> int:
        return sum(each["spec"]["replicas"] for each in self.sets.values())

    def available(self) -> int:
        """Pods that are available and that no set wants to be rid of."""
        return sum(min(each["spec"]["replicas"], each["status"].get("availableReplicas", 0))
                   for each in self.sets.values())

    def settle(self, bound: int = 300) -> None:
        for _ in range(bound):
            self.pods_move(kindly=True)
            before = self.deployment
            if not self.step() and self.deployment is before:
                return
        raise AssertionError("does not end")

    def change(self, **spec: Any) -> None:
        metadata = {**self.deployment["metadata"], "generation": self.deployment["metadata"]["generation"] + 1}
        self.deployment = {**self.deployment, "metadata": metadata, "spec": {**self.deployment["spec"], **spec}}


bounds = st.one_of(st.integers(0, 5), st.integers(0, 100).map(lambda percent: f"{percent}%"))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 12), bounds, bounds, st.integers(0, 1 << 30), st.lists(st.integers(2, 5), min_size=1, max_size=3))
def test_a_rolling_update_keeps_its_bounds_and_ends(
    replicas: int, surge: Any, unavailable: Any, seed: int, images: list[int]
) -> None:
    world = World(deployment(replicas, surge=surge, unavailable=unavailable), Random(seed))
    world.settle()
    assert world.available() == replicas
    most, least = replicas + max_surge(world.deployment), replicas - max_unavailable(world.deployment)
    for image in images:
        world.change(template=template(f"web:{image}"))
        for _ in range(world.rng.randint(0, 12)):
            world.step()
            assert world.asked_for() <= most
            assert world.available() >= least
            world.pods_move(kindly=False)
            assert world.available() >= least
    world.settle()
    (current,) = [each for each in world.sets.values() if each["spec"]["replicas"]] or [None]
    assert (current is None) == (replicas == 0)
    if current is not None:
        assert current["spec"]["template"]["spec"]["containers"][0]["image"] == f"web:{images[-1]}"
    assert world.deployment["status"].get("updatedReplicas", 0) == replicas
    revisions = [each["metadata"]["annotations"]["deployment.kubernetes.io/revision"] for each in world.sets.values()]
    assert len(set(revisions)) == len(revisions)


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 12), st.lists(st.integers(0, 30), min_size=1, max_size=4), st.integers(0, 1 << 30), st.booleans())
def test_scaling_in_the_middle_of_a_rollout_ends_as_well(
    replicas: int, wanted: list[int], seed: int, paused: bool
) -> None:
    world = World(deployment(replicas, surge=3, unavailable=2), Random(seed))
    world.settle()
    world.change(template=template("web:2"))
    for count in wanted:
        for _ in range(world.rng.randint(0, 4)):
            world.step()
            world.pods_move(kindly=False)
        world.change(replicas=count, paused=paused)
        world.step()
        limit = count + max_surge(world.deployment)
        assert world.asked_for() <= max(limit, replicas + 3)
    world.settle()
    if paused:
        world.change(paused=False)
        world.settle()
    assert world.asked_for() == world.available() == wanted[-1]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 4), st.integers(1, 8))
def test_history_is_limited(limit: int, rollouts: int) -> None:
    world = World(deployment(2, revisionHistoryLimit=limit), Random(0))
    world.settle()
    for number in range(rollouts):
        world.change(template=template(f"web:new{number}"))
        world.settle()
    assert len(world.sets) == min(limit, rollouts) + 1
    assert world.deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == str(rollouts + 1)
