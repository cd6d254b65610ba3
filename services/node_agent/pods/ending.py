"""How a pod ends: of itself, by its deadline or by deletion; containers first, then network, sandbox and volumes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from services.node_agent.pods.actions import (
    AttachNetwork,
    CreateSandbox,
    DeleteFromApi,
    DetachNetwork,
    PrepareVolumes,
    RemoveContainer,
    RemoveSandbox,
    RemoveVolumes,
    StartContainer,
)

if TYPE_CHECKING:
    from services.node_agent.pods.machine import PodMachine

LAST_WORDS = 2.0  # seconds that a container always gets between SIGTERM and SIGKILL, unless the grace period is 0
DEADLINE_MESSAGE = "Pod was active on the node longer than the specified deadline"


def is_over(pod: PodMachine) -> bool:
    """No container will run again."""
    if pod.restart_policy == "Never" and any(
        container.role == "init" and container.exited and container.exited.exit_code != 0
        for container in pod.containers.values()
    ):
        return True
    mains = [container for container in pod.containers.values() if container.role == "main"]
    return all(main.exited is not None and not main.restarts(pod.restart_policy) for main in mains)


def phase_when_over(pod: PodMachine) -> str:
    ended = [container.exited for container in pod.containers.values() if container.role in ("init", "main")]
    return "Succeeded" if all(view is None or view.exit_code == 0 for view in ended) else "Failed"


def check_deadline(pod: PodMachine, now: datetime) -> None:
    """activeDeadlineSeconds."""
    seconds = pod.pod["spec"].get("activeDeadlineSeconds")
    if seconds is None or pod.ended or pod.start is None:
        return
    if now < pod.start + timedelta(seconds=seconds):
        pod.wake_at(pod.start + timedelta(seconds=seconds))
        return
    pod.ended = ("Failed", "DeadlineExceeded", DEADLINE_MESSAGE)
    pod.emit("Normal", "DeadlineExceeded", DEADLINE_MESSAGE)


def end(pod: PodMachine, now: datetime) -> None:
    """Stops what runs (sidecars last, in reverse), then takes everything away."""
    running = [container for container in pod.containers.values() if container.running]
    first = [container for container in running if container.role != "sidecar"] or running[-1:]
    asked = pod.grace if pod.grace is not None else pod.grace_of_spec()
    for container in first:
        left = (pod.kill_at - now).total_seconds() if pod.kill_at else asked
        grace = 0 if asked == 0 else max(left, LAST_WORDS)
        pod.stop(container, grace, now, f"Stopping container {container.name}", asked)
    if running or pod.is_under_way(StartContainer, CreateSandbox, AttachNetwork, PrepareVolumes):
        return
    if _clean(pod, now) and pod.vanished:
        pod.finished = True
    elif pod.deleting and not pod.vanished and _is_clean(pod):
        pod.do(DeleteFromApi(), now)


def _clean(pod: PodMachine, now: datetime) -> bool:
    """Network, then sandboxes and (of a deleted pod) containers, then volumes; true when nothing is left."""
    assert pod.seen is not None
    if not pod.host_network and not pod.detached:
        pod.do(DetachNetwork(), now)
        return False
    for sandbox in pod.seen.sandboxes:
        pod.do(RemoveSandbox(sandbox.id), now)
    for view in pod.seen.containers if pod.deleting else ():
        pod.do(RemoveContainer(view.id), now)
    if pod.seen.sandboxes or (pod.deleting and pod.seen.containers):
        return False
    if not pod.volumes_removed:
        pod.do(RemoveVolumes(), now)
    return pod.volumes_removed


def _is_clean(pod: PodMachine) -> bool:
    gone = pod.seen is not None and not pod.seen.sandboxes and not pod.seen.containers
    return gone and pod.volumes_removed and (pod.host_network or pod.detached)
