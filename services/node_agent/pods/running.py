"""What a pod that shall run needs next: volumes, sandbox, address, images, containers in their order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from services.node_agent.pods.actions import (
    AttachNetwork,
    CreateSandbox,
    DetachNetwork,
    PrepareVolumes,
    PullImage,
    RemoveContainer,
    RemoveSandbox,
    StartContainer,
)
from services.node_agent.pods.container import Container, hash_of
from services.objects import durations

if TYPE_CHECKING:
    from services.node_agent.pods.machine import PodMachine

SHOWN_BEFORE_BACKOFF = timedelta(seconds=2)  # for which the reason of a failed pull stands before ImagePullBackOff
BACKING_OFF = {"ErrImagePull": "ImagePullBackOff", "ImageInspectError": "ImagePullBackOff"}


def run(pod: PodMachine, now: datetime) -> None:
    """Asks for the next thing that a pod which shall run is missing."""
    wanted = _wanted(pod)
    if not pod.volumes_ready:
        pod.do(PrepareVolumes(), now)
    _remove_old_sandboxes(pod, now)
    _ensure_sandbox(pod, now)
    for container in wanted:
        _advance(pod, container, now)
    _collect_garbage(pod, now)


def _remove_old_sandboxes(pod: PodMachine, now: datetime) -> None:
    """Those that are dead, once nothing holds their namespaces and none is being made (which looks dead too)."""
    if pod.seen is None or pod.is_under_way(CreateSandbox):
        return
    held = {one.current.sandbox for one in pod.containers.values() if one.current is not None and one.running}
    for old in pod.seen.sandboxes:
        if old != pod.sandbox and old.id not in held:
            pod.do(RemoveSandbox(old.id), now)


def _ensure_sandbox(pod: PodMachine, now: datetime) -> None:
    """Asks for what is missing: the sandbox, then its address."""
    if pod.sandbox is None:
        running = [container for container in pod.containers.values() if container.running]
        for container in running:  # they hold namespaces of a sandbox that is no more
            pod.stop(container, pod.grace_of_spec(), now)
        if not running and not pod.is_under_way(CreateSandbox):
            pod.do(CreateSandbox(pod.next_sandbox), now)
        return
    if pod.host_network:
        pod.ip = pod.host_ip
        return
    if pod.attached:
        return
    if pod.stale_network:
        pod.do(DetachNetwork(), now)
    else:
        pod.do(AttachNetwork(pod.sandbox.id, pod.sandbox.pid), now)


def _wanted(pod: PodMachine) -> list[Container]:
    """The containers that may run now: init containers in order, each sidecar from its turn on, then the rest;
    ephemeral ones at any time."""
    ephemeral = [container for container in pod.containers.values() if container.role == "ephemeral"]
    return [*_regular(pod), *ephemeral]


def _regular(pod: PodMachine) -> list[Container]:
    everyone = [container for container in pod.containers.values() if container.role != "ephemeral"]
    mains = [container for container in everyone if container.role == "main"]
    if any(_is_of_this_sandbox(pod, container) for container in mains):
        return [container for container in everyone if container.role != "init"]
    wanted: list[Container] = []
    for container in everyone:
        if container.role == "init" and _is_initialized(pod, container):
            continue
        if container.role == "init":
            return [*wanted, container]
        wanted.append(container)
        if container.role == "sidecar" and not container.started:
            return wanted
    return wanted


def _is_of_this_sandbox(pod: PodMachine, container: Container) -> bool:
    return bool(container.current and pod.sandbox and container.current.sandbox == pod.sandbox.id)


def _is_initialized(pod: PodMachine, container: Container) -> bool:
    exited = container.exited
    return exited is not None and exited.exit_code == 0 and _is_of_this_sandbox(pod, container)


def _advance(pod: PodMachine, container: Container, now: datetime) -> None:
    if container.running:
        _keep(pod, container, now)
        return
    again = container.role == "init" and not _is_initialized(pod, container)  # in a new sandbox
    if container.exited is not None and not again and not container.restarts(pod.restart_policy):
        container.waiting = ("", "")
        return
    if now < container.not_before:
        _back_off(pod, container, now)
        return
    if not container.image_id:
        _pull(pod, container, now)
        return
    ready = pod.volumes_ready and pod.sandbox is not None and (pod.attached or pod.host_network)
    if ready and pod.sandbox is not None:
        pod.do(StartContainer(container.name, container.next_attempt, pod.sandbox.id), now)


def _keep(pod: PodMachine, container: Container, now: datetime) -> None:
    view = container.current
    assert view is not None
    sick = container.sick
    if pod.sandbox is not None and view.sandbox != pod.sandbox.id:
        pod.stop(container, pod.grace_of_spec(), now)
    elif view.hash and view.hash != hash_of(container.spec):
        pod.stop(container, pod.grace_of_spec(), now, f"Container {container.name} definition changed, "
                   "will be restarted")  # fmt: skip
        container.forced = True
    elif sick is not None:
        grace = (container.probe(sick) or {}).get("terminationGracePeriodSeconds")
        pod.stop(container, pod.grace_of_spec() if grace is None else float(grace), now,
                   f"Container {container.name} failed {sick} probe, will be restarted")  # fmt: skip
        container.forced = True


def _back_off(pod: PodMachine, container: Container, now: datetime) -> None:
    pod.wake_at(container.not_before)
    if container.waiting[0] == "CrashLoopBackOff":
        return
    meta = pod.pod["metadata"]
    name = f"{meta['name']}_{meta.get('namespace', '')}({meta.get('uid', '')})"
    finished = container.exited.finished_at if container.exited else None
    delay = durations.text(timedelta(seconds=round((container.not_before - (finished or now)).total_seconds())))
    container.waiting = ("CrashLoopBackOff",
                         f"back-off {delay} restarting failed container={container.name} pod={name}")  # fmt: skip
    text = f"Back-off restarting failed container {container.name} in pod {name}"
    pod.emit("Warning", "BackOff", text, container)


def _pull(pod: PodMachine, container: Container, now: datetime) -> None:
    action = PullImage(container.name)
    retry = pod.retries.of(action)
    reason, message = container.waiting
    if retry is not None and now < retry.not_before and reason in BACKING_OFF:
        shown_until = min(retry.failed_at + SHOWN_BEFORE_BACKOFF, retry.not_before)
        if now < shown_until:
            pod.wake_at(shown_until)
        else:
            text = f'Back-off pulling image "{container.spec.get("image", "")}"'
            container.waiting = (BACKING_OFF[reason], f"{text}: {reason}: {message}")
            pod.emit("Normal", "BackOff", text, container)
            pod.emit("Warning", "Failed", f"Error: {BACKING_OFF[reason]}", container)
    pod.do(action, now)


def _collect_garbage(pod: PodMachine, now: datetime) -> None:
    """The attempt before the last one stays for `logs --previous`; what is older goes."""
    for view in pod.seen.containers if pod.seen else ():
        container = pod.containers.get(view.name)
        current = container.current.attempt if container and container.current else 0
        if view.state == "exited" and view.attempt < current - 1:
            pod.do(RemoveContainer(view.id), now)
