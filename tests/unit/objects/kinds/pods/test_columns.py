# ruff: noqa: E501 (a table reads best with a case per line)
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.objects.kinds.pods.columns import PRINTER as POD

NOW = datetime(2026, 1, 1, 1, 0, 0, tzinfo=UTC)
CREATED = "2026-01-01T00:55:00Z"


def state(container: str = "a", *, ready: bool = False, restarts: int = 0, last: str = "", **more: Any) -> dict[str, Any]:
    """`more` is the state (running, waiting, terminated) and `started`."""
    started = more.pop("started", None)
    status: dict[str, Any] = {"name": container, "ready": ready, "restartCount": restarts, "state": more}
    if last:
        status["lastState"] = {"terminated": {"finishedAt": last, "exitCode": 1}}
    if started is not None:
        status["started"] = started
    return status


def pod(*statuses: dict[str, Any], phase: str = "Running", init: tuple[dict[str, Any], ...] = (),
        sidecars: tuple[str, ...] = (), deleting: bool = False, ready: bool = False, **status: Any) -> dict[str, Any]:  # fmt: skip
    metadata = {"name": "p", "creationTimestamp": CREATED} | ({"deletionTimestamp": CREATED} if deleting else {})
    inits = [{"name": each["name"], **({"restartPolicy": "Always"} if each["name"] in sidecars else {})} for each in init]
    conditions = [{"type": "Ready", "status": "True"}] if ready else []
    return {
        "metadata": metadata,
        "spec": {"containers": [{"name": each["name"]} for each in statuses] or [{"name": "a"}], "initContainers": inits},
        "status": {"phase": phase, "containerStatuses": list(statuses), "initContainerStatuses": list(init),
                   "conditions": conditions, **status},
    }  # fmt: skip


RUNNING: dict[str, Any] = {"running": {"startedAt": CREATED}}
CASES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("new", pod(phase="Pending"), ["0/1", "Pending", "0"]),
    ("running", pod(state(ready=True, **RUNNING)), ["1/1", "Running", "0"]),
    ("unready", pod(state(**RUNNING), state("b", ready=True, **RUNNING)), ["1/2", "Running", "0"]),
    ("waiting", pod(state(waiting={"reason": "ContainerCreating"}), phase="Pending"), ["0/1", "ContainerCreating", "0"]),
    ("pulling", pod(state(waiting={"reason": "ImagePullBackOff"}), phase="Pending"), ["0/1", "ImagePullBackOff", "0"]),
    ("crashing", pod(state(restarts=3, last="2026-01-01T00:55:00Z", waiting={"reason": "CrashLoopBackOff"})),
     ["0/1", "CrashLoopBackOff", "3 (5m ago)"]),
    ("restarted", pod(state(ready=True, restarts=2, last="2026-01-01T00:59:00Z", **RUNNING),
                      state("b", ready=True, restarts=1, last="2026-01-01T00:58:30Z", **RUNNING)),
     ["2/2", "Running", "3 (60s ago)"]),
    ("restarted, nobody knows when", pod(state(ready=True, restarts=2, **RUNNING)), ["1/1", "Running", "2"]),
    ("completed", pod(state(terminated={"exitCode": 0, "reason": "Completed"}), phase="Succeeded"),
     ["0/1", "Completed", "0"]),
    ("failed", pod(state(terminated={"exitCode": 1, "reason": "Error"}), phase="Failed"), ["0/1", "Error", "0"]),
    ("exit code", pod(state(terminated={"exitCode": 7})), ["0/1", "ExitCode:7", "0"]),
    ("signal", pod(state(terminated={"exitCode": 137, "signal": 9})), ["0/1", "Signal:9", "0"]),
    ("the first container's trouble", pod(state(waiting={"reason": "A"}), state("b", waiting={"reason": "B"})),
     ["0/2", "A", "0"]),
    ("one completed, one runs, ready", pod(state(terminated={"exitCode": 0, "reason": "Completed"}),
                                           state("b", ready=True, **RUNNING), ready=True), ["1/2", "Running", "0"]),
    ("one completed, one runs, not ready", pod(state(terminated={"exitCode": 0, "reason": "Completed"}),
                                               state("b", ready=True, **RUNNING)), ["1/2", "NotReady", "0"]),
    ("evicted", pod(phase="Failed", reason="Evicted"), ["0/1", "Evicted", "0"]),
    ("terminating", pod(state(ready=True, **RUNNING), deleting=True), ["1/1", "Terminating", "0"]),
    ("finished while terminating", pod(state(terminated={"exitCode": 0, "reason": "Completed"}), phase="Succeeded",
                                       deleting=True), ["0/1", "Completed", "0"]),
    ("lost with its node", pod(deleting=True, reason="NodeLost"), ["0/1", "Unknown", "0"]),
    ("gated", pod(phase="Pending", conditions=[{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]),
     ["0/1", "SchedulingGated", "0"]),
    ("init at work", pod(init=(state("i", terminated={"exitCode": 0}), state("j", **RUNNING)), phase="Pending"),
     ["0/1", "Init:1/2", "0"]),
    ("init begins", pod(init=(state("i", waiting={"reason": "PodInitializing"}),), phase="Pending"),
     ["0/1", "Init:0/1", "0"]),
    ("init waits", pod(init=(state("i", waiting={"reason": "ImagePullBackOff"}),), phase="Pending"),
     ["0/1", "Init:ImagePullBackOff", "0"]),
    ("init failed", pod(init=(state("i", restarts=2, last="2026-01-01T00:59:59Z", terminated={"exitCode": 1, "reason": "Error"}),),
                        phase="Pending"), ["0/1", "Init:Error", "2 (1s ago)"]),
    ("init exit code", pod(init=(state("i", terminated={"exitCode": 3}),), phase="Pending"),
     ["0/1", "Init:ExitCode:3", "0"]),
    ("init signal", pod(init=(state("i", terminated={"exitCode": 137, "signal": 9}),), phase="Pending"),
     ["0/1", "Init:Signal:9", "0"]),
    ("init done, its restarts do not count", pod(state(ready=True, **RUNNING),
                                                 init=(state("i", restarts=4, terminated={"exitCode": 0}),)),
     ["1/1", "Running", "0"]),
    ("sidecar", pod(state(ready=True, **RUNNING), sidecars=("s",),
                    init=(state("s", ready=True, started=True, restarts=1, last="2026-01-01T00:58:00Z", **RUNNING),)),
     ["2/2", "Running", "1 (2m ago)"]),
    ("sidecar starts", pod(sidecars=("s",), init=(state("s", started=False, **RUNNING),), phase="Pending"),
     ["0/2", "Init:0/1", "0"]),
    ("sidecar fails after initialization",
     pod(state(ready=True, **RUNNING), sidecars=("s",), init=(state("s", restarts=2, waiting={"reason": "CrashLoopBackOff"}),),
         conditions=[{"type": "Initialized", "status": "True"}]), ["1/2", "Init:CrashLoopBackOff", "2"]),
]  # fmt: skip


@pytest.mark.parametrize(("obj", "cells"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_kubectl_shows_of_a_pod(obj: dict[str, Any], cells: list[str]) -> None:
    row = POD.row(obj, NOW)
    assert row[1:4] == cells
    assert len(row) == len(POD.columns)


def test_the_rest_of_the_row() -> None:
    bare = {"metadata": {"name": "p"}}
    assert POD.row(bare, NOW) == ["p", "0/0", "", "0", "<unknown>", "<none>", "<none>", "<none>", "<none>"]
    full = pod(state(ready=True, **RUNNING), ready=True, podIPs=[{"ip": "10.244.0.2"}], nominatedNodeName="n2")
    full["spec"] |= {"nodeName": "n1", "readinessGates": [{"conditionType": "Ready"}, {"conditionType": "Other"}]}
    assert POD.row(full, NOW)[4:] == ["5m", "10.244.0.2", "n1", "n2", "1/2"]
    assert [column.name for column in POD.columns if not column.priority] == ["Name", "Ready", "Status", "Restarts", "Age"]
    assert [column.name for column in POD.columns if column.priority] == [
        "IP", "Node", "Nominated Node", "Readiness Gates"]  # fmt: skip
