"""status of a Pod as the kubelet would write it, from what the state machine knows.

Rules and texts follow the kubelet's (pkg/kubelet/status/generate.go, kubelet_pods.go): phase from the containers'
states, conditions from phase and readiness. The result is a merge patch: a field that must go is null.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.node_agent.pods.container import INITIAL, Container
from services.node_agent.pods.events import ContainerView
from services.objects import conditions, times
from services.objects.kinds.pods.qos import qos_class
from services.objects.meta import Obj

OURS = {"PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the status says beyond the containers. `ended`: (phase, reason, message) once no container runs again."""

    host_ip: str
    ip: str
    start: datetime
    ended: tuple[str, str, str] | None
    deleting: bool
    sandbox_ready: bool
    containers: tuple[Container, ...]


def status_of(pod: Obj, facts: Facts, old: Obj, now: datetime) -> Obj:
    """The whole status; `old` is the one before it, which lends the times of transitions."""
    phase = phase_of(pod, facts)
    generation = pod["metadata"].get("generation")
    merged = {**(pod.get("status") or {}), "conditions": _known_conditions(pod, old)}
    _, reason, message = facts.ended or ("", "", "")
    init = [container for container in facts.containers if container.role in INITIAL]
    main = [container for container in facts.containers if container.role == "main"]
    status: Obj = {
        "observedGeneration": generation,
        "phase": phase,
        "conditions": _conditions(pod, facts, phase, merged["conditions"], now),
        "hostIP": facts.host_ip,
        "hostIPs": [{"ip": facts.host_ip}],
        "podIP": facts.ip or None,
        "podIPs": [{"ip": facts.ip}] if facts.ip else None,
        "startTime": times.rfc3339(facts.start),
        "qosClass": qos_class(pod),
        "initContainerStatuses": [_container_status(one, facts, bool(init)) for one in init] or None,
        "containerStatuses": [_container_status(one, facts, bool(init)) for one in main],
        "ephemeralContainerStatuses": [_container_status(one, facts, False) for one in facts.containers
                                       if one.role == "ephemeral"] or None,
        "reason": reason or None,
        "message": message or None,
    }  # fmt: skip
    if generation is None:
        del status["observedGeneration"]
    return status


def _known_conditions(pod: Obj, old: Obj) -> list[dict[str, Any]]:
    """Ours from what was last reported, those of others (PodScheduled, readiness gates, ...) as the API has them."""
    theirs = [one for one in (pod.get("status") or {}).get("conditions") or () if one.get("type") not in OURS]
    return [one for one in old.get("conditions") or () if one.get("type") in OURS] + theirs


def essence(status: Obj) -> tuple[str, dict[str, str]]:
    """What others may have written over ours: the node lifecycle controller marks pods of a lost node not ready.

    Only phase and conditions, so that nothing the server writes in another form looks like a contradiction.
    """
    said = {one["type"]: one["status"] for one in status.get("conditions") or () if one.get("type") in OURS}
    return str(status.get("phase") or ""), said


def phase_of(pod: Obj, facts: Facts) -> str:
    policy = pod["spec"].get("restartPolicy") or "Always"
    if facts.ended and not any(container.running for container in facts.containers):
        return facts.ended[0]
    mains = [container for container in facts.containers if container.role == "main"]
    if facts.deleting and mains and all(container.exited for container in mains):
        return "Succeeded" if all(one.exited and one.exited.exit_code == 0 for one in mains) else "Failed"
    mains_began = any(container.current for container in mains)
    if not mains_began and not all(_is_initialized(one) for one in facts.containers if one.role in INITIAL):
        broken = any(one.role == "init" and one.exited and one.exited.exit_code for one in facts.containers)
        return "Failed" if broken and policy == "Never" else "Pending"
    if any(container.current is None for container in mains):
        return "Pending"
    if any(container.running for container in mains) or policy == "Always":
        return "Running"
    if all(one.exited and one.exited.exit_code == 0 for one in mains):
        return "Succeeded"
    return "Failed" if policy == "Never" else "Running"


def _is_initialized(container: Container) -> bool:
    if container.role == "sidecar":
        return container.started
    return container.exited is not None and container.exited.exit_code == 0


def _conditions(pod: Obj, facts: Facts, phase: str, known: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    generation = pod["metadata"].get("generation")

    def put(type: str, problem: tuple[str, str] | None, true_reason: str = "") -> None:
        nonlocal known
        reason, message = problem or (true_reason, "")
        known = conditions.set(known, type, "False" if problem else "True", reason, message, now,
                               observedGeneration=generation)  # fmt: skip
        known[[one["type"] for one in known].index(type)]["lastProbeTime"] = None

    put("PodReadyToStartContainers", None if facts.sandbox_ready else ("", ""))
    put("Initialized", _uninitialized(facts, phase), "PodCompleted" if phase == "Succeeded" else "")
    unready = _unready(facts, phase)
    put("ContainersReady", unready)
    put("Ready", unready or _closed_gates(pod, known))
    return known


def _uninitialized(facts: Facts, phase: str) -> tuple[str, str] | None:
    if phase == "Succeeded" or any(one.role == "main" and one.current for one in facts.containers):
        return None
    waiting = [one.name for one in facts.containers if one.role in INITIAL and not _is_initialized(one)]
    if not waiting:
        return None
    return "ContainersNotInitialized", f"containers with incomplete status: [{' '.join(waiting)}]"


def _unready(facts: Facts, phase: str) -> tuple[str, str] | None:
    if phase in ("Succeeded", "Failed"):
        return ("PodCompleted" if phase == "Succeeded" else "PodFailed"), ""
    names = [one.name for one in facts.containers if one.role in ("sidecar", "main") and not one.ready]
    return ("ContainersNotReady", f"containers with unready status: [{' '.join(names)}]") if names else None


def _closed_gates(pod: Obj, known: list[dict[str, Any]]) -> tuple[str, str] | None:
    messages = []
    for gate in pod["spec"].get("readinessGates") or ():
        condition = conditions.find(known, gate["conditionType"])
        if condition is None:
            messages.append(f'corresponding condition of pod readiness gate "{gate["conditionType"]}" does not exist.')
        elif condition.get("status") != "True":
            messages.append(f'the status of pod readiness gate "{gate["conditionType"]}" is not "True", '
                            f'but {condition.get("status")}')  # fmt: skip
    return ("ReadinessGatesNotReady", ", ".join(messages)) if messages else None


def _container_status(container: Container, facts: Facts, has_init: bool) -> Obj:
    view = container.current
    state, last = _state(container, facts, has_init)
    status: Obj = {
        "name": container.name,
        "state": state,
        "lastState": last,
        "ready": container.ready if container.role != "init" else _is_initialized(container),
        "restartCount": view.attempt if view else 0,
        "image": (view.image if view else "") or container.spec.get("image", ""),
        "imageID": f"docker://{view.image_id}" if view and view.image_id else "",
        "started": container.started,
    }
    if view is not None and view.id:
        status["containerID"] = f"docker://{view.id}"
    if container.spec.get("resources") and container.running:
        status["allocatedResources"] = container.spec["resources"].get("requests") or {}
        status["resources"] = container.spec["resources"]
    return status


def _state(container: Container, facts: Facts, has_init: bool) -> tuple[Obj, Obj]:
    """(state, lastState)."""
    previous = {"terminated": _terminated(container.previous)} if container.previous else {}
    view, (reason, message) = container.current, container.waiting
    if view is None:
        if not reason:
            reason = "PodInitializing" if has_init else "ContainerCreating"
        return {"waiting": {"reason": reason, "message": message} if message else {"reason": reason}}, previous
    if view.state == "running":
        started = {"startedAt": times.rfc3339(view.started_at)} if view.started_at else {}
        return {"running": started}, previous
    if reason and not facts.deleting and not facts.ended:
        return {"waiting": {"reason": reason, "message": message}}, {"terminated": _terminated(view)}
    return {"terminated": _terminated(view)}, previous


def _terminated(view: ContainerView) -> Obj:
    terminated: Obj = {
        "exitCode": view.exit_code,
        "reason": view.reason or ("Completed" if view.exit_code == 0 else "Error"),
        "startedAt": times.rfc3339(view.started_at) if view.started_at else None,
        "finishedAt": times.rfc3339(view.finished_at) if view.finished_at else None,
    }
    if view.message:
        terminated["message"] = view.message
    if view.id:
        terminated["containerID"] = f"docker://{view.id}"
    return terminated
