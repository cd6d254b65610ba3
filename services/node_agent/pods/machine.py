"""The life of one pod on this node: `handle(event, now) -> list[Action]`.

Every event is first folded into the record of what is; then one function compares that with what should be and asks
for what is missing and not already under way. So the order of events, lost ones and repeated ones do not matter, and an
agent that starts again needs only the API's pod and one listing of the engine. A table of states and transitions was
rejected: with containers that live and die independently its states multiply, and each lost event is a stuck pod.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

from services.node_agent.pods.actions import (
    Action,
    AttachNetwork,
    DeleteFromApi,
    DetachNetwork,
    Emit,
    PrepareVolumes,
    PullImage,
    RemoveVolumes,
    Report,
    SetTimer,
    StartContainer,
    StartProbe,
    StopContainer,
    StopProbe,
    Work,
)
from services.node_agent.pods.container import Container, Policy, containers_of
from services.node_agent.pods.ending import LAST_WORDS, check_deadline, end, is_over, phase_when_over
from services.node_agent.pods.events import (
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
from services.node_agent.pods.retries import Retries
from services.node_agent.pods.running import run
from services.node_agent.pods.status import Facts, essence, status_of
from services.objects import times
from services.objects.meta import Obj

LOG_LENGTH = 200


class PodMachine:
    """One pod (one uid). `finished` is set when nothing of it is left and it may be forgotten."""

    def __init__(self, host_ip: str, policy: Policy | None = None) -> None:
        self.host_ip = host_ip
        self.policy = policy or Policy()
        self.log: deque[tuple[datetime, Event]] = deque(maxlen=LOG_LENGTH)
        self.pod: Obj = {}
        self.containers: dict[str, Container] = {}
        self.seen: Observation | None = None
        self.in_flight: set[Work] = set()
        self.finished = False
        self.vanished = False
        self.ended: tuple[str, str, str] | None = None  # phase, reason, message; a pod never comes back from it
        self.ip = ""
        self.attached = False
        self.volumes_ready = False
        self.detached = False
        self.stale_network = False  # it belongs to a sandbox that is dead
        self.next_sandbox = 0
        self.volumes_removed = False
        self.grace: float | None = None
        self.kill_at: datetime | None = None
        self.retries = Retries()
        self._reported: Obj | None = None
        self._contradicted = False
        self.start: datetime | None = None
        self._timer: datetime | None = None
        self._wake: datetime | None = None
        self._out: list[Action] = []

    # -- what is ------------------------------------------------------------------------------------------------------

    def handle(self, event: Event, now: datetime) -> list[Action]:
        """What to do next. `now` never goes back; actions come in the order in which they are to be begun."""
        self.log.append((now, event))
        self._out, self._wake = [], None
        self._fold(event, now)
        if self.pod and self.seen is not None and not self.finished:
            self._decide(now)
            self._report(now)
        if self._wake != self._timer:
            self._timer = self._wake
            self._out.append(SetTimer(self._wake))
        return self._out

    def _fold(self, event: Event, now: datetime) -> None:
        match event:
            case Specified(pod):
                self._specify(pod, now)
            case Vanished():
                self.vanished = True
                self._shorten(min(LAST_WORDS, self.grace_of_spec()) if self.pod else LAST_WORDS, now)
            case Observed(seen):
                self._observe(seen, now)
            case Probed():
                self._note_probe(event)
            case Succeeded(action, value, seen):
                self.in_flight.discard(action)
                self.retries.forget(action)
                self._note_success(action, value)
                if seen is not None:
                    self._observe(seen, now)
                self._settle_stop(action)
            case Failed(action, reason, message, seen):
                self.in_flight.discard(action)
                if seen is not None:
                    self._observe(seen, now)
                self._note_failure(action, reason, message, now)
                self._settle_stop(action)
            case Tick():
                self._timer = None

    def _specify(self, pod: Obj, now: datetime) -> None:
        first = not self.pod
        self.pod = pod
        status = pod.get("status") or {}
        for spec, role in containers_of(pod):
            if spec["name"] in self.containers:
                self.containers[spec["name"]].spec = spec
            else:
                self.containers[spec["name"]] = Container(spec, role)
        self._contradicted = self._reported is not None and essence(status) != essence(self._reported)
        if first:
            self.start = times.parse_or_none(status.get("startTime")) or now
            self.ip = status.get("podIP", "")
            if status.get("phase") in ("Succeeded", "Failed"):
                self.ended = (status["phase"], status.get("reason", ""), status.get("message", ""))
        if pod["metadata"].get("deletionTimestamp"):
            grace = float(pod["metadata"].get("deletionGracePeriodSeconds") or 0)
            if first and grace:  # the agent starts while the grace period runs: what is left of it
                left = (times.parse(pod["metadata"]["deletionTimestamp"]) - now).total_seconds()
                grace = min(grace, max(left, LAST_WORDS))
            self._shorten(grace, now)

    def _shorten(self, grace: float, now: datetime) -> None:
        """The pod shall be gone after `grace` seconds; a grace period only ever shrinks."""
        if self.grace is None or grace < self.grace:
            self.grace, self.kill_at = grace, now + timedelta(seconds=grace)

    def _observe(self, seen: Observation, now: datetime) -> None:
        first = self.seen is None
        before = self.sandbox
        self.seen = seen
        if before is not None and (self.sandbox is None or self.sandbox.id != before.id):
            self.attached = False
            self.ip = self.ip if self.ended else ""
        self.stale_network = self.stale_network or any(not sandbox.running for sandbox in seen.sandboxes)
        self.next_sandbox = max([self.next_sandbox, *(sandbox.attempt + 1 for sandbox in seen.sandboxes)])
        if first:
            self._adopt()
        for name, container in self.containers.items():
            attempts = [view for view in seen.containers if view.name == name and view.state != "created"]
            container.observe(sorted(attempts, key=lambda view: view.attempt), now, self.policy)

    def _adopt(self) -> None:
        """Before the first listing is read: what the API remembers stands in for what the engine has forgotten."""
        status = self.pod.get("status") or {}
        sandbox = self.sandbox.id if self.sandbox else ""
        lists = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
        for one in (one for name in lists for one in status.get(name) or ()):
            if one["name"] in self.containers:
                self.containers[one["name"]].seed(one, sandbox)
        if self.sandbox is None:
            self.ip = "" if self.ended is None else self.ip
            self.detached = False

    @property
    def sandbox(self) -> SandboxView | None:
        """The newest pause container that runs."""
        alive = [sandbox for sandbox in self.seen.sandboxes if sandbox.running] if self.seen else []
        return max(alive, key=lambda sandbox: sandbox.attempt, default=None)

    @property
    def host_network(self) -> bool:
        return bool(self.pod["spec"].get("hostNetwork"))

    @property
    def restart_policy(self) -> str:
        return str(self.pod["spec"].get("restartPolicy") or "Always")

    @property
    def deleting(self) -> bool:
        return self.grace is not None

    def _note_probe(self, event: Probed) -> None:
        container = self.containers.get(event.container)
        if container is None or container.current is None or container.current.id != event.id or not container.running:
            return
        container.note_probe(event.check, event.ok)
        if not event.ok:
            self.emit("Warning", "Unhealthy", f"{event.check.capitalize()} probe failed: {event.output}", container)

    def _note_success(self, action: Action, value: str) -> None:
        match action:
            case PrepareVolumes():
                self.volumes_ready, self.volumes_removed = True, False
            case RemoveVolumes():
                self.volumes_ready, self.volumes_removed = False, True
            case AttachNetwork(sandbox):
                if self.sandbox is not None and self.sandbox.id == sandbox:
                    self.ip, self.attached, self.detached = value, True, False
            case DetachNetwork():
                self.attached, self.detached, self.stale_network = False, True, False
            case PullImage(name):
                self.containers[name].image_id, self.containers[name].waiting = value, ("", "")
            case StartContainer(name):
                self.containers[name].image_id = ""
            case DeleteFromApi():
                self.finished = True

    def _note_failure(self, action: Action, reason: str, message: str, now: datetime) -> None:
        base, longest = self.policy.retry_base, self.policy.retry_max
        if isinstance(action, PullImage):
            base, longest = self.policy.pull_base, self.policy.crash_max
        elif isinstance(action, StartContainer):
            longest = self.policy.crash_base
        self.retries.note(action, now, base, longest)
        if isinstance(action, PullImage | StartContainer):
            container = self.containers[action.container]
            attempted = isinstance(action, StartContainer) and container.next_attempt > action.attempt
            if not attempted:  # else it is an attempt that ended, which the engine shows
                container.waiting = (reason, message)
            for why, text in _refused(action, container, reason, message):
                self.emit("Warning", why, text, container)
        else:
            self.emit("Warning", reason, message)

    def _settle_stop(self, action: Action) -> None:
        if isinstance(action, StopContainer):
            container = self.containers.get(action.container)
            if container is not None and container.current is not None and container.current.id == action.id:
                container.stopping = None

    # -- what should be -----------------------------------------------------------------------------------------------

    def _decide(self, now: datetime) -> None:
        beginning = {action.container for action in self.in_flight if isinstance(action, StartContainer)}
        for container in self.containers.values():
            container.beginning = container.name in beginning
        check_deadline(self, now)
        if not self.ended and not self.deleting and is_over(self):
            self.ended = (phase_when_over(self), "", "")
        if self.deleting or self.ended:
            end(self, now)
        else:
            run(self, now)
        for container in self.containers.values():
            self._set_probes(container)

    def stop(
        self, container: Container, grace: float, now: datetime, why: str = "", asked: float | None = None
    ) -> None:
        """`asked` is the grace period as configured: only a shorter one replaces a stop that is under way."""
        assert container.current is not None
        asked = grace if asked is None else asked
        if container.stopping is not None and asked >= container.stopping:
            return
        replaced = [one for one in self.in_flight if isinstance(one, StopContainer) and one.id == container.current.id]
        self.in_flight.difference_update(replaced)
        if self.do(StopContainer(container.name, container.current.id, grace), now):
            if container.stopping is None and why:
                self.emit("Normal", "Killing", why, container)
            container.stopping = asked

    def _set_probes(self, container: Container) -> None:
        wanted = container.wanted_probes()
        for id, check in sorted(container.probing - wanted):
            self._out.append(StopProbe(container.name, id, check))
        for id, check in sorted(wanted - container.probing):
            self._out.append(StartProbe(container.name, id, check))
        container.probing = wanted

    # -- saying it ----------------------------------------------------------------------------------------------------

    def grace_of_spec(self) -> float:
        grace = self.pod["spec"].get("terminationGracePeriodSeconds")
        return 30.0 if grace is None else float(grace)

    def is_under_way(self, *types: type[Action]) -> bool:
        return any(isinstance(action, types) for action in self.in_flight)

    def do(self, action: Work, now: datetime) -> bool:
        """Asks for it unless it is under way already or failed too short a time ago."""
        if action in self.in_flight:
            return False
        retry = self.retries.of(action)
        if retry is not None and now < retry.not_before:
            self.wake_at(retry.not_before)
            return False
        self.in_flight.add(action)
        self._out.append(action)
        return True

    def wake_at(self, moment: datetime) -> None:
        self._wake = moment if self._wake is None else min(self._wake, moment)

    def emit(self, type: str, reason: str, message: str, container: Container | None = None) -> None:
        self._out.append(Emit("Warning" if type == "Warning" else "Normal", reason, message,
                              container.name if container else ""))  # fmt: skip

    def _report(self, now: datetime) -> None:
        if self.vanished or self.finished:
            return
        facts = Facts(
            host_ip=self.host_ip, ip=self.ip, start=self.start or now, ended=self.ended,
            deleting=self.deleting and not self.is_under_way(StartContainer),
            sandbox_ready=self.sandbox is not None and (self.attached or self.host_network or bool(self.ip)),
            containers=tuple(self.containers.values()),
        )  # fmt: skip
        old = self._reported if self._reported is not None else (self.pod.get("status") or {})
        status = status_of(self.pod, facts, old, now)
        if self._contradicted or any(old.get(name) != value for name, value in status.items()):
            self._out.append(Report(status))
        self._reported, self._contradicted = status, False


def replay(events: Iterable[tuple[datetime, Event]], host_ip: str, policy: Policy | None = None) -> PodMachine:
    """The machine after these events: a log taken from a live agent shows in a test what that agent saw."""
    machine = PodMachine(host_ip, policy)
    for now, event in events:
        machine.handle(event, now)
    return machine


POST_START_HOOK_ERROR = "PostStartHookError"  # why a StartContainer failed whose container did start

# The kubelet's event for what became of an image besides the "Failed" that names the reason.
IMAGE_EVENTS = {"ErrImageNeverPull": "ErrImageNeverPull", "InvalidImageName": "InspectFailed"}


def _refused(action: Action, container: Container, reason: str, message: str) -> list[tuple[str, str]]:
    """The events, (reason, message), that the kubelet tells of a container that cannot begin."""
    if reason == POST_START_HOOK_ERROR:
        return []  # told already, without what the hook said: that may be a secret
    if not isinstance(action, PullImage):
        return [("Failed", f"Error: {message or reason}")]
    if reason == "ErrImagePull":
        message = f'Failed to pull image "{container.spec.get("image", "")}": {message}'
    return [(IMAGE_EVENTS.get(reason, "Failed"), message), ("Failed", f"Error: {reason}")]
