"""The life of one pod on this node: `handle(event, now) -> list[Action]`.

Every event is first folded into the record of what is; then one function compares that with what should be and asks
for what is missing and not already under way. So the order of events, lost ones and repeated ones do not matter, and an
agent that starts again needs only the API's pod and one listing of the engine. A table of states and transitions was
rejected: with containers that live and die independently its states multiply, and each lost event is a stuck pod.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

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
    Work,
)
from services.node_agent.pods.container import Container, Policy, containers_of, hash_of
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
from services.node_agent.pods.status import Facts, status_of
from services.objects import durations, times
from services.objects.meta import Obj

LOG_LENGTH = 200
SHOWN_BEFORE_BACKOFF = 2.0  # seconds for which the reason of a failed pull stands before ImagePullBackOff
LAST_WORDS = 2.0  # seconds that a container always gets between SIGTERM and SIGKILL, unless the grace period is 0
DEADLINE_MESSAGE = "Pod was active on the node longer than the specified deadline"
BACKING_OFF = {"ErrImagePull": "ImagePullBackOff", "ImageInspectError": "ImagePullBackOff"}


@dataclass(slots=True)
class Retry:
    count: int
    not_before: datetime


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
        self._detached = False
        self._stale_network = False  # it belongs to a sandbox that is dead
        self._next_sandbox = 0
        self._volumes_removed = False
        self._grace: float | None = None
        self._kill_at: datetime | None = None
        self._retries: dict[Hashable, Retry] = {}
        self._reported: Obj | None = None
        self._start: datetime | None = None
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
                self._shorten(LAST_WORDS, now)
            case Observed(seen):
                self._observe(seen, now)
            case Probed():
                self._note_probe(event)
            case Succeeded(action, value, seen):
                self.in_flight.discard(action)
                self._retries.pop(_retry_key(action), None)
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
        if first:
            self._start = times.parse_or_none(status.get("startTime")) or now
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
        if self._grace is None or grace < self._grace:
            self._grace, self._kill_at = grace, now + timedelta(seconds=grace)

    def _observe(self, seen: Observation, now: datetime) -> None:
        first = self.seen is None
        before = self.sandbox
        self.seen = seen
        if before is not None and (self.sandbox is None or self.sandbox.id != before.id):
            self.attached = False
            self.ip = self.ip if self.ended else ""
        self._stale_network = self._stale_network or any(not sandbox.running for sandbox in seen.sandboxes)
        self._next_sandbox = max([self._next_sandbox, *(sandbox.attempt + 1 for sandbox in seen.sandboxes)])
        if first:
            self._adopt()
        for name, container in self.containers.items():
            attempts = [view for view in seen.containers if view.name == name and view.state != "created"]
            container.observe(sorted(attempts, key=lambda view: view.attempt), now, self.policy)

    def _adopt(self) -> None:
        """Before the first listing is read: what the API remembers stands in for what the engine has forgotten."""
        status = self.pod.get("status") or {}
        sandbox = self.sandbox.id if self.sandbox else ""
        for one in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
            if one["name"] in self.containers:
                self.containers[one["name"]].seed(one, sandbox)
        if self.sandbox is None:
            self.ip = "" if self.ended is None else self.ip
            self._detached = False

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
        return self._grace is not None

    def _note_probe(self, event: Probed) -> None:
        container = self.containers.get(event.container)
        if container is None or container.current is None or container.current.id != event.id or not container.running:
            return
        container.note_probe(event.check, event.ok)
        if not event.ok:
            self._emit("Warning", "Unhealthy", f"{event.check.capitalize()} probe failed: {event.output}", container)

    def _note_success(self, action: Action, value: str) -> None:
        match action:
            case PrepareVolumes():
                self.volumes_ready, self._volumes_removed = True, False
            case RemoveVolumes():
                self.volumes_ready, self._volumes_removed = False, True
            case AttachNetwork(sandbox):
                if self.sandbox is not None and self.sandbox.id == sandbox:
                    self.ip, self.attached, self._detached = value, True, False
            case DetachNetwork():
                self.attached, self._detached, self._stale_network = False, True, False
            case PullImage(name):
                self.containers[name].image_id, self.containers[name].waiting = value, ("", "")
            case StartContainer(name):
                self.containers[name].image_id = ""
                self._emit("Normal", "Created", f"Created container: {name}", self.containers[name])
                self._emit("Normal", "Started", f"Started container {name}", self.containers[name])
            case DeleteFromApi():
                self.finished = True

    def _note_failure(self, action: Action, reason: str, message: str, now: datetime) -> None:
        key = _retry_key(action)
        count = self._retries[key].count + 1 if key in self._retries else 1
        base, longest = self.policy.retry_base, self.policy.retry_max
        if isinstance(action, PullImage):
            base, longest = self.policy.pull_base, self.policy.crash_max
        elif isinstance(action, StartContainer):
            longest = self.policy.crash_base
        self._retries[key] = Retry(count, now + timedelta(seconds=min(base * 2 ** (count - 1), longest)))
        if isinstance(action, PullImage | StartContainer):
            container = self.containers[action.container]
            attempted = isinstance(action, StartContainer) and container.next_attempt > action.attempt
            if not attempted:  # else it is an attempt that ended, which the engine shows
                container.waiting = (reason, message)
            self._emit("Warning", "Failed", _sentence(action, container, reason, message), container)
        else:
            self._emit("Warning", reason, message)

    def _settle_stop(self, action: Action) -> None:
        if isinstance(action, StopContainer):
            container = self.containers.get(action.container)
            if container is not None and container.current is not None and container.current.id == action.id:
                container.stopping = None

    # -- what should be -----------------------------------------------------------------------------------------------

    def _decide(self, now: datetime) -> None:
        self._check_deadline(now)
        if self.deleting or self.ended:
            self._terminate(now)
        else:
            self._run(now)
        for container in self.containers.values():
            self._set_probes(container)

    def _check_deadline(self, now: datetime) -> None:
        seconds = self.pod["spec"].get("activeDeadlineSeconds")
        if seconds is None or self.ended or self._start is None:
            return
        if now < self._start + timedelta(seconds=seconds):
            self._wake_at(self._start + timedelta(seconds=seconds))
            return
        self.ended = ("Failed", "DeadlineExceeded", DEADLINE_MESSAGE)
        self._emit("Normal", "DeadlineExceeded", DEADLINE_MESSAGE)

    def _run(self, now: datetime) -> None:
        wanted = self._wanted()
        if self._is_over():
            self.ended = (self._phase_when_over(), "", "")
            self._terminate(now)
            return
        if not self.volumes_ready:
            self._do(PrepareVolumes(), now)
        self._remove_old_sandboxes(now)
        self._ensure_sandbox(now)
        for container in wanted:
            self._advance(container, now)
        self._collect_garbage(now)

    def _remove_old_sandboxes(self, now: datetime) -> None:
        """Those that are dead, once nothing holds their namespaces and none is being made (which looks dead too)."""
        if self.seen is None or self._is_under_way(CreateSandbox):
            return
        held = {one.current.sandbox for one in self.containers.values() if one.current is not None and one.running}
        for old in self.seen.sandboxes:
            if old != self.sandbox and old.id not in held:
                self._do(RemoveSandbox(old.id), now)

    def _ensure_sandbox(self, now: datetime) -> None:
        """Asks for what is missing: the sandbox, then its address."""
        if self.sandbox is None:
            running = [container for container in self.containers.values() if container.running]
            for container in running:  # they hold namespaces of a sandbox that is no more
                self._stop(container, self._spec_grace(), now)
            if not running and not self._is_under_way(CreateSandbox):
                self._do(CreateSandbox(self._next_sandbox), now)
            return
        if self.host_network:
            self.ip = self.host_ip
            return
        if self.attached:
            return
        if self._stale_network:
            self._do(DetachNetwork(), now)
        else:
            self._do(AttachNetwork(self.sandbox.id, self.sandbox.pid), now)

    def _wanted(self) -> list[Container]:
        """The containers that may run now: init containers in order, each sidecar from its turn on, then the rest."""
        everyone = list(self.containers.values())
        mains = [container for container in everyone if container.role == "main"]
        if any(self._is_of_this_sandbox(container) for container in mains):
            return [container for container in everyone if container.role != "init"]
        wanted: list[Container] = []
        for container in everyone:
            if container.role == "init" and self._is_initialized(container):
                continue
            if container.role == "init":
                return [*wanted, container]
            wanted.append(container)
            if container.role == "sidecar" and not container.started:
                return wanted
        return wanted

    def _is_of_this_sandbox(self, container: Container) -> bool:
        return bool(container.current and self.sandbox and container.current.sandbox == self.sandbox.id)

    def _is_initialized(self, container: Container) -> bool:
        exited = container.exited
        return exited is not None and exited.exit_code == 0 and self._is_of_this_sandbox(container)

    def _is_over(self) -> bool:
        """No container will run again."""
        if self.restart_policy == "Never" and any(
            container.role == "init" and container.exited and container.exited.exit_code != 0
            for container in self.containers.values()
        ):
            return True
        mains = [container for container in self.containers.values() if container.role == "main"]
        return all(main.exited is not None and not main.restarts(self.restart_policy) for main in mains)

    def _phase_when_over(self) -> str:
        ended = [container.exited for container in self.containers.values() if container.role != "sidecar"]
        return "Succeeded" if all(view is None or view.exit_code == 0 for view in ended) else "Failed"

    def _advance(self, container: Container, now: datetime) -> None:
        if container.running:
            self._keep(container, now)
            return
        again = container.role == "init" and not self._is_initialized(container)  # in a new sandbox
        if container.exited is not None and not again and not container.restarts(self.restart_policy):
            container.waiting = ("", "")
            return
        if now < container.not_before:
            self._back_off(container, now)
            return
        if not container.image_id:
            self._pull(container, now)
            return
        ready = self.volumes_ready and self.sandbox is not None and (self.attached or self.host_network)
        if ready and self.sandbox is not None:
            self._do(StartContainer(container.name, container.next_attempt, self.sandbox.id), now)

    def _keep(self, container: Container, now: datetime) -> None:
        view = container.current
        assert view is not None
        sick = container.sick
        if self.sandbox is not None and view.sandbox != self.sandbox.id:
            self._stop(container, self._spec_grace(), now)
        elif view.hash and view.hash != hash_of(container.spec):
            self._stop(container, self._spec_grace(), now, f"Container {container.name} definition changed, "
                       "will be restarted")  # fmt: skip
            container.forced = True
        elif sick is not None:
            grace = (container.probe(sick) or {}).get("terminationGracePeriodSeconds")
            self._stop(container, self._spec_grace() if grace is None else float(grace), now,
                       f"Container {container.name} failed {sick} probe, will be restarted")  # fmt: skip
            container.forced = True

    def _back_off(self, container: Container, now: datetime) -> None:
        self._wake_at(container.not_before)
        if container.waiting[0] == "CrashLoopBackOff":
            return
        meta = self.pod["metadata"]
        pod = f"{meta['name']}_{meta.get('namespace', '')}({meta.get('uid', '')})"
        finished = container.exited.finished_at if container.exited else None
        delay = durations.text(timedelta(seconds=round((container.not_before - (finished or now)).total_seconds())))
        container.waiting = ("CrashLoopBackOff",
                             f"back-off {delay} restarting failed container={container.name} pod={pod}")  # fmt: skip
        text = f"Back-off restarting failed container {container.name} in pod {pod}"
        self._emit("Warning", "BackOff", text, container)

    def _pull(self, container: Container, now: datetime) -> None:
        action = PullImage(container.name)
        retry = self._retries.get(_retry_key(action))
        reason, message = container.waiting
        if retry is not None and now < retry.not_before and reason in BACKING_OFF:
            shown_until = retry.not_before - timedelta(
                seconds=max(min(self.policy.pull_base * 2 ** (retry.count - 1), self.policy.crash_max)
                            - SHOWN_BEFORE_BACKOFF, 0)
            )  # fmt: skip
            if now < shown_until:
                self._wake_at(shown_until)
            else:
                text = f'Back-off pulling image "{container.spec.get("image", "")}"'
                container.waiting = (BACKING_OFF[reason], f"{text}: {reason}: {message}")
                self._emit("Normal", "BackOff", text, container)
        self._do(action, now)

    def _terminate(self, now: datetime) -> None:
        """Stops what runs (sidecars last, in reverse), then takes everything away."""
        running = [container for container in self.containers.values() if container.running]
        first = [container for container in running if container.role != "sidecar"] or running[-1:]
        asked = self._grace if self._grace is not None else self._spec_grace()
        for container in first:
            left = (self._kill_at - now).total_seconds() if self._kill_at else asked
            grace = 0 if asked == 0 else max(left, LAST_WORDS)
            self._stop(container, grace, now, f"Stopping container {container.name}", asked)
        if running or self._is_under_way(StartContainer, CreateSandbox, AttachNetwork, PrepareVolumes):
            return
        if self._clean(now) and self.vanished:
            self.finished = True
        elif self.deleting and not self.vanished and self._is_clean():
            self._do(DeleteFromApi(), now)

    def _clean(self, now: datetime) -> bool:
        """Network, then sandboxes and (of a deleted pod) containers, then volumes; true when nothing is left."""
        assert self.seen is not None
        if not self.host_network and not self._detached:
            self._do(DetachNetwork(), now)
            return False
        for sandbox in self.seen.sandboxes:
            self._do(RemoveSandbox(sandbox.id), now)
        for view in self.seen.containers if self.deleting else ():
            self._do(RemoveContainer(view.id), now)
        if self.seen.sandboxes or (self.deleting and self.seen.containers):
            return False
        if not self._volumes_removed:
            self._do(RemoveVolumes(), now)
        return self._volumes_removed

    def _is_clean(self) -> bool:
        gone = self.seen is not None and not self.seen.sandboxes and not self.seen.containers
        return gone and self._volumes_removed and (self.host_network or self._detached)

    def _stop(
        self, container: Container, grace: float, now: datetime, why: str = "", asked: float | None = None
    ) -> None:
        """`asked` is the grace period as configured: only a shorter one replaces a stop that is under way."""
        assert container.current is not None
        asked = grace if asked is None else asked
        if container.stopping is not None and asked >= container.stopping:
            return
        replaced = [one for one in self.in_flight if isinstance(one, StopContainer) and one.id == container.current.id]
        self.in_flight.difference_update(replaced)
        if self._do(StopContainer(container.name, container.current.id, grace), now):
            if container.stopping is None and why:
                self._emit("Normal", "Killing", why, container)
            container.stopping = asked

    def _collect_garbage(self, now: datetime) -> None:
        """The attempt before the last one stays for `logs --previous`; what is older goes."""
        for view in self.seen.containers if self.seen else ():
            container = self.containers.get(view.name)
            current = container.current.attempt if container and container.current else 0
            if view.state == "exited" and view.attempt < current - 1:
                self._do(RemoveContainer(view.id), now)

    def _set_probes(self, container: Container) -> None:
        wanted = container.wanted_probes()
        for id, check in sorted(container.probing - wanted):
            self._out.append(StopProbe(container.name, id, check))
        for id, check in sorted(wanted - container.probing):
            self._out.append(StartProbe(container.name, id, check))
        container.probing = wanted

    # -- saying it ----------------------------------------------------------------------------------------------------

    def _spec_grace(self) -> float:
        grace = self.pod["spec"].get("terminationGracePeriodSeconds")
        return 30.0 if grace is None else float(grace)

    def _is_under_way(self, *types: type[Action]) -> bool:
        return any(isinstance(action, types) for action in self.in_flight)

    def _do(self, action: Work, now: datetime) -> bool:
        """Asks for it unless it is under way already or failed too short a time ago."""
        if action in self.in_flight:
            return False
        retry = self._retries.get(_retry_key(action))
        if retry is not None and now < retry.not_before:
            self._wake_at(retry.not_before)
            return False
        self.in_flight.add(action)
        self._out.append(action)
        return True

    def _wake_at(self, moment: datetime) -> None:
        self._wake = moment if self._wake is None else min(self._wake, moment)

    def _emit(self, type: str, reason: str, message: str, container: Container | None = None) -> None:
        self._out.append(Emit("Warning" if type == "Warning" else "Normal", reason, message,
                              container.name if container else ""))  # fmt: skip

    def _report(self, now: datetime) -> None:
        if self.vanished or self.finished:
            return
        facts = Facts(
            host_ip=self.host_ip, ip=self.ip, start=self._start or now, ended=self.ended,
            deleting=self.deleting and not self._is_under_way(StartContainer),
            sandbox_ready=self.sandbox is not None and (self.attached or self.host_network or bool(self.ip)),
            containers=tuple(self.containers.values()),
        )  # fmt: skip
        old = self._reported if self._reported is not None else (self.pod.get("status") or {})
        status = status_of(self.pod, facts, old, now)
        if any(old.get(name) != value for name, value in status.items()):
            self._out.append(Report(status))
        self._reported = status


def replay(events: Iterable[tuple[datetime, Event]], host_ip: str, policy: Policy | None = None) -> PodMachine:
    """The machine after these events: a log taken from a live agent shows in a test what that agent saw."""
    machine = PodMachine(host_ip, policy)
    for now, event in events:
        machine.handle(event, now)
    return machine


def _retry_key(action: Action) -> Hashable:
    """A stop is the same work whatever grace period is left, an attach whatever the sandbox."""
    match action:
        case StopContainer(_, id):
            return "StopContainer", id
        case StartContainer(name):
            return "StartContainer", name
        case CreateSandbox():
            return "CreateSandbox"
        case _:
            return action


def _sentence(action: Action, container: Container, reason: str, message: str) -> str:
    if isinstance(action, PullImage) and reason == "ErrImagePull":
        return f'Failed to pull image "{container.spec.get("image", "")}": {message}'
    return f"Error: {message}" if message else f"Error: {reason}"
