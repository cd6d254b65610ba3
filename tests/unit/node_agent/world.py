"""A world for the pod state machine: engine, network and volumes that do what they are asked when the test says so.

Invariants are checked after every event. Nothing here knows how the machine decides.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.node_agent.pods.actions import (
    Action,
    AttachNetwork,
    CreateSandbox,
    DeleteFromApi,
    DetachNetwork,
    Emit,
    PrepareVolumes,
    PullImage,
    RemoveContainer,
    RemoveSandbox,
    RemoveVolumes,
    Report,
    SetTimer,
    StartContainer,
    StartProbe,
    StopContainer,
    StopProbe,
)
from services.node_agent.pods.container import Policy, hash_of
from services.node_agent.pods.events import (
    ContainerView,
    Event,
    Failed,
    Observation,
    Observed,
    Probed,
    SandboxView,
    Specified,
    Succeeded,
    Tick,
    Vanished,
)
from services.node_agent.pods.machine import PodMachine
from services.objects import times

START = datetime(2026, 1, 1, tzinfo=UTC)
HOST, IP = "192.0.2.1", "10.244.0.5"
TERMINAL = ("Succeeded", "Failed")


def make_pod(*names: str, init: tuple[dict[str, Any], ...] = (), **spec: Any) -> dict[str, Any]:
    containers = [{"name": name, "image": "demo"} for name in names or ("web",)]
    spec = {"containers": containers, "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, **spec}
    if init:
        spec["initContainers"] = list(init)
    meta = {"name": "web", "namespace": "default", "uid": "u1", "generation": 1}
    return {"metadata": meta, "spec": spec, "status": {"phase": "Pending"}}


class World:
    """What the machine asks for waits in `pending` until `finish` or `settle`."""

    def __init__(self, pod: dict[str, Any], policy: Policy | None = None) -> None:
        self.pod = pod
        self.policy = policy or Policy()
        self.now = START
        self.sandboxes: list[SandboxView] = []
        self.containers: list[ContainerView] = []
        self.attached = self.volumes = self.deleted = self.gone = False
        self.pending: list[Action] = []
        self.emitted: list[Emit] = []
        self.asked: list[Action] = []
        self.probes: set[tuple[str, str, str]] = set()
        self.timer: datetime | None = None
        self.reported: dict[str, Any] = {}
        self.phases: list[str] = []
        self.restarts: dict[str, int] = {}
        self.serial = 0
        self.machine = self.agent()

    def agent(self) -> PodMachine:
        """An agent that starts: it knows the API's pod and sees the engine; what was under way is lost."""
        self.machine = PodMachine(HOST, self.policy)
        self.pending, self.timer, self.probes = [], None, set()
        self.tell(Specified(self.pod))
        self.tell(Observed(self.seen()))
        return self.machine

    # -- events -------------------------------------------------------------------------------------------------------

    def seen(self) -> Observation:
        return Observation(tuple(self.sandboxes), tuple(sorted(self.containers, key=lambda v: (v.name, v.attempt))))

    def tell(self, event: Event) -> list[Action]:
        actions = self.machine.handle(event, self.now)
        for action in actions:
            self._take(action)
        self.check()
        return actions

    def _take(self, action: Action) -> None:
        self.asked.append(action)
        match action:
            case Report(status):
                self.reported = {**self.reported, **status}
                self.pod = {**self.pod, "status": {k: v for k, v in self.reported.items() if v is not None}}
                self._check_report(status)
            case SetTimer(at):
                self.timer = at
            case Emit():
                self.emitted.append(action)
            case StartProbe(name, id, check):
                assert (name, id, check) not in self.probes
                self.probes.add((name, id, check))
            case StopProbe(name, id, check):
                self.probes.remove((name, id, check))
            case StopContainer(_, id):
                self.pending = [one for one in self.pending if not (isinstance(one, StopContainer) and one.id == id)]
                self.pending.append(action)
            case _:
                assert action not in self.pending, f"asked twice: {action}"
                self._check_order(action)
                self.pending.append(action)

    def finish(self, action: Action, refuse: str = "", output: str = "no") -> None:
        """The work ends now, well or with the reason `refuse`."""
        self.pending.remove(action)
        if refuse:
            self.tell(Failed(action, refuse, output, self.seen()))
            return
        value = self._do(action)
        self.tell(Succeeded(action, value, self.seen()))

    def settle(self, refuse: dict[type[Action], str] | None = None) -> None:
        """All work ends, and what follows from it, until there is none left."""
        for _ in range(200):
            if not self.pending:
                return
            action = self.pending[0]
            self.finish(action, (refuse or {}).get(type(action), ""))
        raise AssertionError(f"no end: {self.asked[-10:]}")

    def _do(self, action: Action) -> str:
        self.serial += 1
        match action:
            case CreateSandbox(attempt):
                self.sandboxes.append(SandboxView(f"s{self.serial}", attempt, True, 1000 + self.serial))
            case RemoveSandbox(id):
                self.sandboxes = [one for one in self.sandboxes if one.id != id]
            case AttachNetwork():
                self.attached = True
                return IP
            case DetachNetwork():
                self.attached = False
            case PrepareVolumes():
                self.volumes = True
            case RemoveVolumes():
                self.volumes = False
            case PullImage():
                return "sha256:1"
            case StartContainer(name, attempt, sandbox):
                spec = self.machine.containers[name].spec
                self.containers.append(ContainerView(
                    f"c{self.serial}", name, attempt, sandbox, "running", hash_of(spec), image_id="sha256:1",
                    started_at=self.now,
                ))  # fmt: skip
            case StopContainer(_, id):
                self._exit(id, 143)
            case RemoveContainer(id):
                self.containers = [one for one in self.containers if one.id != id]
            case DeleteFromApi():
                self.deleted = True
        return ""

    def _exit(self, id: str, code: int) -> None:
        self.containers = [
            replace(one, state="exited", exit_code=code, finished_at=self.now)
            if one.id == id and one.state == "running" else one for one in self.containers
        ]  # fmt: skip

    # -- what may happen ----------------------------------------------------------------------------------------------

    def running(self, name: str = "") -> list[ContainerView]:
        return [one for one in self.containers if one.state == "running" and name in ("", one.name)]

    def exits(self, name: str, code: int = 1) -> None:
        for one in self.running(name):
            self._exit(one.id, code)
        self.tell(Observed(self.seen()))

    def kill_sandbox(self) -> None:
        self.sandboxes = [replace(one, running=False, pid=0) for one in self.sandboxes]
        self.tell(Observed(self.seen()))

    def reboot(self) -> None:
        """Everything has ended, and the agent starts."""
        self.sandboxes = [replace(one, running=False, pid=0) for one in self.sandboxes]
        for one in self.running():
            self._exit(one.id, 137)
        self.attached = False
        self.agent()

    def probed(self, name: str, check: Any, ok: bool, times: int = 1) -> None:
        for _ in range(times):
            for one in self.running(name):
                self.tell(Probed(name, one.id, check, ok, "" if ok else "refused"))

    def wait(self, seconds: float) -> None:
        """Time passes; the timer goes off when it is due."""
        end = self.now + timedelta(seconds=seconds)
        while self.timer is not None and self.timer <= end:
            self.now, self.timer = max(self.timer, self.now), None
            self.tell(Tick())
        self.now = end

    def delete(self, grace: int = 30) -> None:
        meta = {**self.pod["metadata"], "deletionGracePeriodSeconds": grace,
                "deletionTimestamp": times.rfc3339(self.now + timedelta(seconds=grace))}  # fmt: skip
        self.pod = {**self.pod, "metadata": meta}
        self.tell(Specified(self.pod))

    def vanish(self) -> None:
        self.gone = True
        self.tell(Vanished())

    # -- what must hold -----------------------------------------------------------------------------------------------

    def check(self) -> None:
        for name in self.machine.containers:
            assert len(self.running(name)) <= 1, f"two of {name} run"
        assert len([one for one in self.sandboxes if one.running]) <= 1
        assert set(self.machine.in_flight) == set(self.pending)
        alive = {one.id for one in self.running()}
        assert all(id in alive for _, id, _ in self.probes), "a probe of a dead container"
        if self.machine.finished:
            assert not self.sandboxes, "a sandbox is left"
            assert not self.containers, "a container is left"
            assert not self.attached, "an address is left"
            assert not self.volumes, "volumes are left"

    def _check_order(self, action: Action) -> None:
        match action:
            case StartContainer(name, attempt, sandbox):
                assert self.volumes, "started without volumes"
                assert [one for one in self.sandboxes if one.id == sandbox and one.running], "started without sandbox"
                assert self.attached or self.machine.host_network, "started without network"
                assert not self.machine.deleting, "started while it is being deleted"
                assert all(one.attempt < attempt for one in self.containers if one.name == name), "an attempt again"
                if self.machine.containers[name].role == "main":
                    self._check_initialized(sandbox)
            case DeleteFromApi():
                assert not any((self.sandboxes, self.containers, self.attached, self.volumes))
            case RemoveSandbox(id):
                holders = [one for one in self.running() if one.sandbox == id]
                assert not holders, "the sandbox of a running container"
            case RemoveContainer(id):
                assert id not in {one.id for one in self.running()}, "removes what runs"

    def _check_initialized(self, sandbox: str) -> None:
        began = any(one.sandbox == sandbox and self.machine.containers[one.name].role == "main"
                    for one in self.containers)  # fmt: skip
        for container in self.machine.containers.values():
            if container.role == "init" and not began:
                done = [one for one in self.containers if one.name == container.name and one.sandbox == sandbox
                        and one.state == "exited" and one.exit_code == 0]  # fmt: skip
                assert done, f"{container.name} had not ended"

    def _check_report(self, status: dict[str, Any]) -> None:
        phase = status["phase"]
        if self.phases and self.phases[-1] in TERMINAL:
            assert phase == self.phases[-1], f"{self.phases[-1]} became {phase}"
        self.phases.append(phase)
        for one in status["containerStatuses"]:
            before = self.restarts.get(one["name"], 0)
            assert one["restartCount"] >= before, "a restart was forgotten"
            self.restarts[one["name"]] = one["restartCount"]
        if any(one["type"] == "Ready" and one["status"] == "True" for one in status["conditions"]):
            assert phase == "Running"
            assert len(self.running()) >= len(status["containerStatuses"])

    # -- reading ------------------------------------------------------------------------------------------------------

    @property
    def phase(self) -> str:
        return str(self.reported.get("phase"))

    def status(self, name: str) -> dict[str, Any]:
        every = [*(self.reported.get("containerStatuses") or ()), *(self.reported.get("initContainerStatuses") or ())]
        return next(one for one in every if one["name"] == name)

    def condition(self, type: str) -> dict[str, Any]:
        return next(one for one in self.reported["conditions"] if one["type"] == type)

    def reasons(self) -> list[str]:
        return [one.reason for one in self.emitted]


def started(pod: dict[str, Any], policy: Policy | None = None) -> World:
    world = World(pod, policy)
    world.settle()
    return world
