"""The table of pods. STATUS tells the one thing that matters most right now: the container that waits or failed, the
init container that is at work, or that the pod is going."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from services.objects import conditions
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_COLUMNS = (
    NAME,
    Column("Ready", description="Ready containers of all that should be."),
    Column("Status", description="The phase, or the reason why the pod does not run."),
    Column("Restarts", description="How often containers were restarted, and when last."),
    cells.AGE,
    Column("IP", priority=1, description="The pod's first address."),
    Column("Node", priority=1, description="Where the pod runs."),
    Column("Nominated Node", priority=1, description="Where room is being made for the pod."),
    Column("Readiness Gates", priority=1, description="Conditions that are true of those the pod waits for."),
)


class _Restarts(NamedTuple):
    times: int = 0
    last: str = ""  # RFC 3339 in UTC, so that text order is the order of time

    def plus(self, container: Obj) -> _Restarts:
        finished = ((container.get("lastState") or {}).get("terminated") or {}).get("finishedAt") or ""
        return _Restarts(self.times + container.get("restartCount", 0), max(self.last, finished))


class _Summary(NamedTuple):
    reason: str
    ready: int
    restarts: _Restarts


def _row(pod: Obj, now: datetime) -> list[Any]:
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    summary = _summary(pod, spec, status)
    total = len(spec.get("containers") or ()) + sum(map(_is_sidecar, spec.get("initContainers") or ()))
    restarts = str(summary.restarts.times)
    if summary.restarts.times and summary.restarts.last:
        restarts = f"{restarts} ({cells.since(summary.restarts.last, now)} ago)"
    addresses = status.get("podIPs") or ()
    return [
        pod["metadata"].get("name", ""), f"{summary.ready}/{total}", summary.reason, restarts, cells.age(pod, now),
        addresses[0].get("ip", "") if addresses else cells.NONE,
        spec.get("nodeName") or cells.NONE, status.get("nominatedNodeName") or cells.NONE, _gates(pod, spec),
    ]  # fmt: skip


def _is_sidecar(container: Obj) -> bool:
    return container.get("restartPolicy") == "Always"


def _gates(pod: Obj, spec: Obj) -> str:
    gates = spec.get("readinessGates") or ()
    if not gates:
        return cells.NONE
    return f"{sum(conditions.is_true(pod, gate.get('conditionType', '')) for gate in gates)}/{len(gates)}"


def _summary(pod: Obj, spec: Obj, status: Obj) -> _Summary:
    summary, initializing, sidecars = _initialization(pod, spec, status)
    if not initializing or conditions.is_true(pod, "Initialized"):
        summary = _running(pod, status, summary._replace(restarts=sidecars))
    if pod["metadata"].get("deletionTimestamp"):
        if status.get("reason") == "NodeLost":
            return summary._replace(reason="Unknown")
        if status.get("phase") not in ("Succeeded", "Failed"):
            return summary._replace(reason="Terminating")
    return summary


def _initialization(pod: Obj, spec: Obj, status: Obj) -> tuple[_Summary, bool, _Restarts]:
    """The summary so far, whether an init container is still at work, and the restarts of sidecars alone."""
    reason = status.get("reason") or status.get("phase") or ""
    scheduled = conditions.get(pod, "PodScheduled")
    if scheduled is not None and scheduled.get("reason") == "SchedulingGated":
        reason = "SchedulingGated"
    declared = spec.get("initContainers") or ()
    sidecars = {container.get("name") for container in declared if _is_sidecar(container)}
    ready, restarts, of_sidecars = 0, _Restarts(), _Restarts()
    for index, container in enumerate(status.get("initContainerStatuses") or ()):
        restarts = restarts.plus(container)
        state = container.get("state") or {}
        terminated, waiting = state.get("terminated"), (state.get("waiting") or {}).get("reason")
        sidecar = container.get("name") in sidecars
        if sidecar:
            of_sidecars = of_sidecars.plus(container)
        if terminated is not None and not terminated.get("exitCode"):
            continue
        if sidecar and container.get("started"):
            ready += bool(container.get("ready"))
            continue
        if terminated is not None:
            reason = f"Init:{_end(terminated)}"
        elif waiting and waiting != "PodInitializing":
            reason = f"Init:{waiting}"
        else:
            reason = f"Init:{index}/{len(declared)}"
        return _Summary(reason, ready, restarts), True, of_sidecars
    return _Summary(reason, ready, restarts), False, of_sidecars


def _end(terminated: Obj) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def _running(pod: Obj, status: Obj, summary: _Summary) -> _Summary:
    """The first container that waits or has ended gives the reason; Completed ones only if nothing else runs."""
    reason, ready, restarts = summary
    any_running = False
    for container in reversed(status.get("containerStatuses") or ()):
        restarts = restarts.plus(container)
        state = container.get("state") or {}
        terminated, waiting = state.get("terminated"), (state.get("waiting") or {}).get("reason")
        if waiting:
            reason = waiting
        elif terminated is not None:
            reason = _end(terminated)
        elif container.get("ready") and state.get("running") is not None:
            any_running = True
            ready += 1
    if reason == "Completed" and any_running:
        reason = "Running" if conditions.is_true(pod, "Ready") else "NotReady"
    return _Summary(reason, ready, restarts)


PRINTER = Printer(_COLUMNS, _row)
