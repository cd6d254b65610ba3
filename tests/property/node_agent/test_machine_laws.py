"""Whatever happens in whatever order: the invariants of the world hold after every event (World.check), and a pod that
is deleted is gone in the end, with nothing left behind."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.node_agent.pods.actions import DeleteFromApi, PullImage, StartContainer
from services.node_agent.pods.container import Policy
from services.node_agent.pods.events import Observed
from tests.unit.node_agent.world import World, make_pod

NAMES = ("one", "side", "a", "b")
REASONS = {PullImage: "ErrImagePull", StartContainer: "CreateContainerError"}


class Life(RuleBasedStateMachine):
    world: World

    @initialize(
        restart=st.sampled_from(["Always", "OnFailure", "Never"]), init=st.booleans(), side=st.booleans(),
        probe=st.booleans(), host=st.booleans(),
    )  # fmt: skip
    def begin(self, restart: str, init: bool, side: bool, probe: bool, host: bool) -> None:
        first: list[dict[str, Any]] = []
        if init:
            first.append({"name": "one", "image": "demo"})
        if side:
            first.append({"name": "side", "image": "demo", "restartPolicy": "Always"})
        pod = make_pod("a", "b", init=tuple(first), restartPolicy=restart, hostNetwork=host)
        if probe:
            pod["spec"]["containers"][0] |= {"livenessProbe": {"failureThreshold": 1}, "readinessProbe": {}}
        self.world = World(pod, Policy(crash_base=1, crash_max=8))

    @precondition(lambda self: self.world.pending)
    @rule(which=st.integers(0, 9), fails=st.booleans())
    def work_ends(self, which: int, fails: bool) -> None:
        action = self.world.pending[which % len(self.world.pending)]
        reason = REASONS.get(type(action), "FailedSomehow") if fails and not isinstance(action, DeleteFromApi) else ""
        self.world.finish(action, reason)

    @rule(name=st.sampled_from(NAMES), code=st.sampled_from([0, 1, 137]))
    def container_exits(self, name: str, code: int) -> None:
        self.world.exits(name, code)

    @rule()
    def sandbox_dies(self) -> None:
        self.world.kill_sandbox()

    @rule()
    def engine_is_listed(self) -> None:
        self.world.tell(Observed(self.world.seen()))

    @rule(check=st.sampled_from(["liveness", "readiness"]), ok=st.booleans())
    def probe_ends(self, check: str, ok: bool) -> None:
        self.world.probed("a", check, ok)

    @rule(seconds=st.sampled_from([0.5, 3, 60, 700]))
    def time_passes(self, seconds: float) -> None:
        self.world.wait(seconds)

    @precondition(lambda self: not self.world.gone and not self.world.deleted)
    @rule(grace=st.sampled_from([0, 5, 30]))
    def pod_is_deleted(self, grace: int) -> None:
        self.world.delete(grace)

    @precondition(lambda self: not self.world.deleted)
    @rule()
    def pod_vanishes(self) -> None:
        self.world.vanish()

    @precondition(lambda self: not self.world.deleted and not self.world.gone)
    @rule()
    def agent_restarts(self) -> None:
        self.world.agent()

    @precondition(lambda self: not self.world.deleted and not self.world.gone)
    @rule()
    def machine_reboots(self) -> None:
        self.world.reboot()

    @invariant()
    def a_retry_is_never_forgotten(self) -> None:
        """Something is under way, or a timer runs, or nothing is wanted: a pod is never stuck."""
        world = getattr(self, "world", None)
        if world is None or world.machine.finished or world.pending or world.timer is not None:
            return
        machine = world.machine
        if machine.ended:
            assert not world.running()
        else:
            assert not machine.deleting
            assert world.running(), "nothing runs and nothing is done about it"

    def teardown(self) -> None:
        world = getattr(self, "world", None)
        if world is None:
            return
        if not world.gone and not world.deleted:
            world.delete(0)
        for _ in range(12):
            world.settle()
            world.wait(60)
        assert world.machine.finished, (world.pending, world.machine.in_flight)


Life.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestLife = Life.TestCase
