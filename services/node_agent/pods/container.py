"""One container of a pod over all its attempts: what the engine shows, what its probes say, when it may start again.

An attempt is one container in the engine; attempt N is restartCount N. The record survives the attempts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from services.node_agent.pods.actions import Check
from services.node_agent.pods.events import ContainerView
from services.objects import times
from services.objects.meta import Obj

Role = Literal["init", "sidecar", "main", "ephemeral"]
INITIAL: tuple[Role, ...] = ("init", "sidecar")
LOST = 137
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
PROBES: tuple[Check, ...] = ("startup", "liveness", "readiness")


@dataclass(frozen=True, slots=True)
class Policy:
    """Delays in seconds: the first and longest before a restart or a pull, and the run that makes crashes forgotten."""

    crash_base: float = 10
    crash_max: float = 300
    crash_reset: float = 600
    pull_base: float = 10
    retry_base: float = 1
    retry_max: float = 60


@dataclass(slots=True)
class Track:
    """The results of one probe so far; `result` is None until a threshold was reached."""

    good: int = 0
    bad: int = 0
    result: bool | None = None

    def note(self, ok: bool, probe: Obj) -> None:
        self.good, self.bad = (self.good + 1, 0) if ok else (0, self.bad + 1)
        if ok and self.good >= (probe.get("successThreshold") or 1):
            self.result = True
        elif not ok and self.bad >= (probe.get("failureThreshold") or 3):
            self.result = False


@dataclass(slots=True)
class Container:
    spec: Obj
    role: Role
    current: ContainerView | None = None
    previous: ContainerView | None = None
    image_id: str = ""  # of the image made ready for the next attempt
    waiting: tuple[str, str] = ("", "")  # reason and message while there is no running attempt
    delay: float = 0  # before the next restart but one
    not_before: datetime = LONG_AGO
    stopping: float | None = None  # the grace period of the stop under way
    beginning: bool = False  # its start is under way: it may run already, but its postStart hook has not ended
    forced: bool = False  # restart whatever the exit code: killed for its health or its image
    tracks: dict[Check, Track] = field(default_factory=dict)
    probing: set[tuple[str, Check]] = field(default_factory=set)  # (container id, check) of the probes that run

    @property
    def name(self) -> str:
        return str(self.spec["name"])

    @property
    def running(self) -> bool:
        return self.current is not None and self.current.state == "running"

    @property
    def exited(self) -> ContainerView | None:
        return self.current if self.current is not None and self.current.state == "exited" else None

    @property
    def next_attempt(self) -> int:
        return self.current.attempt + 1 if self.current else 0

    @property
    def started(self) -> bool:
        if not self.running or self.beginning:
            return False
        return self.probe("startup") is None or self._result("startup") is True

    @property
    def ready(self) -> bool:
        return self.started and (self.probe("readiness") is None or self._result("readiness") is True)

    @property
    def sick(self) -> Check | None:
        """The probe that condemned the running attempt."""
        return next((check for check in PROBES[:2] if self._result(check) is False), None)

    def probe(self, check: Check) -> Obj | None:
        found: Obj | None = self.spec.get(check + "Probe")
        return found

    def _result(self, check: Check) -> bool | None:
        track = self.tracks.get(check)
        return track.result if track else None

    def note_probe(self, check: Check, ok: bool) -> None:
        self.tracks.setdefault(check, Track()).note(ok, self.probe(check) or {})

    def wanted_probes(self) -> set[tuple[str, Check]]:
        """The startup probe alone until it has succeeded, then the others."""
        if self.current is None or not self.running or self.beginning or self.stopping is not None:
            return set()
        if self.probe("startup") is not None and not self.started:
            return {(self.current.id, "startup")}
        return {(self.current.id, check) for check in PROBES[1:] if self.probe(check) is not None}

    def restarts(self, pod_policy: str) -> bool:
        """Whether the exited attempt is followed by another."""
        if self.exited is None:
            return True
        if self.role == "ephemeral":  # somebody looked into the pod, once
            return False
        policy = "Always" if self.role == "sidecar" else pod_policy
        if policy == "Never":
            return False
        if self.forced:
            return True
        if self.role == "init":
            return self.exited.exit_code != 0
        return policy == "Always" or self.exited.exit_code != 0

    def observe(self, views: Sequence[ContainerView], now: datetime, policy: Policy) -> None:
        """`views` are this container's attempts in the engine, in order, without those that never ran."""
        was = self.current
        latest = views[-1] if views else None
        if latest is None or (was is not None and latest.attempt < was.attempt):
            if was is not None and was.state == "running":
                self._exit(lost(was, now), now, policy)
            return
        if was is None or latest.attempt > was.attempt:
            older = [view for view in views[:-1] if view.state == "exited"]
            self.previous = older[-1] if older else (was or self.previous)
            self._renew()
        elif latest.id == was.id and was.state == "running" == latest.state and latest.started_at != was.started_at:
            self._renew()  # `docker restart` behind our back
        self.current = latest
        if latest.state == "exited" and not (was is not None and was.id == latest.id and was.state == "exited"):
            self._exit(latest, now, policy)

    def _renew(self) -> None:
        """Another attempt runs: nothing learned about the last one holds."""
        self.tracks, self.stopping, self.forced = {}, None, False
        self.waiting, self.image_id = ("", ""), ""

    def _exit(self, view: ContainerView, now: datetime, policy: Policy) -> None:
        finished = view.finished_at or now
        if view.started_at and (finished - view.started_at).total_seconds() >= policy.crash_reset:
            self.delay = 0
        self.not_before = finished + timedelta(seconds=self.delay)
        self.delay = min(max(self.delay * 2, policy.crash_base), policy.crash_max)
        self.current, self.tracks, self.stopping, self.image_id = view, {}, None, ""

    def seed(self, status: Obj, sandbox: str) -> None:
        """Takes over what the API remembers of attempts that the engine may have forgotten."""
        last = (status.get("lastState") or {}).get("terminated")
        if last:
            self.previous = _remembered(status, last, max(status.get("restartCount", 0) - 1, 0), sandbox)
        state = status.get("state") or {}
        if state.get("terminated"):
            self.current = _remembered(status, state["terminated"], status.get("restartCount", 0), sandbox)
        elif state.get("running"):
            self.current = replace(_remembered(status, {}, status.get("restartCount", 0), sandbox), state="running",
                                   started_at=times.parse_or_none(state["running"].get("startedAt")))  # fmt: skip
            self._seed_probes(status)
        elif self.previous:
            self.current, self.previous = replace(self.previous, attempt=status.get("restartCount", 0)), None

    def _seed_probes(self, status: Obj) -> None:
        """An agent's restart changes nobody's readiness."""
        if status.get("started"):
            self.tracks["startup"] = Track(result=True)
        if status.get("ready"):
            self.tracks["readiness"] = Track(result=True)


def _remembered(status: Obj, terminated: Obj, attempt: int, sandbox: str) -> ContainerView:
    identity = terminated.get("containerID") or status.get("containerID") or ""
    return ContainerView(
        id=identity.removeprefix("docker://"), name=status["name"], attempt=attempt, sandbox=sandbox, state="exited",
        image=status.get("image", ""), image_id=status.get("imageID", "").removeprefix("docker://"),
        exit_code=terminated.get("exitCode", 0), reason=terminated.get("reason", ""),
        message=terminated.get("message", ""), started_at=times.parse_or_none(terminated.get("startedAt")),
        finished_at=times.parse_or_none(terminated.get("finishedAt")),
    )  # fmt: skip


def lost(view: ContainerView, now: datetime) -> ContainerView:
    """A container that ran and is no more in the engine."""
    return replace(view, state="exited", exit_code=LOST, reason="ContainerStatusUnknown", finished_at=now,
                   message="The container could not be located when the pod was terminated")  # fmt: skip


def containers_of(pod: Obj) -> Iterable[tuple[Obj, Role]]:
    """Every container of the spec with its role, init containers first, ephemeral ones last."""
    for container in pod["spec"].get("initContainers") or ():
        yield container, "sidecar" if container.get("restartPolicy") == "Always" else "init"
    for container in pod["spec"]["containers"]:
        yield container, "main"
    for container in pod["spec"].get("ephemeralContainers") or ():
        yield container, "ephemeral"


def hash_of(spec: dict[str, Any]) -> str:
    """What of a container cannot change without replacing it: its image, the one field that may be updated."""
    return hashlib.sha256(f"{spec['name']}\0{spec.get('image', '')}".encode()).hexdigest()[:8]
