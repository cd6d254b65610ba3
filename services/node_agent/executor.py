"""Turns the actions of a pod's state machine into coroutines, each of which ends in an event for it.

One executor per pod, one queue per executor: the machine sees events one at a time, the work runs side by side. Looking
at the engine and queueing what was seen happen under one lock, so the machine never learns of an older listing after a
newer one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import aiodocker
import aiohttp

from services.foundation import clock, log
from services.node_agent import hooks
from services.node_agent.engine import config
from services.node_agent.engine.docker import DockerEngine
from services.node_agent.engine.local_image import BusyboxMissing
from services.node_agent.images import Images, PullFailed, credentials_for
from services.node_agent.network import NetworkNotReady, NoFreeAddress
from services.node_agent.network.pod_network import TROUBLE
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
from services.node_agent.pods.container import Policy
from services.node_agent.pods.downward import ConfigError, Surroundings
from services.node_agent.pods.environment import environment, needs
from services.node_agent.pods.events import Event, Failed, Observed, Probed, Succeeded, Tick
from services.node_agent.pods.machine import POST_START_HOOK_ERROR, PodMachine
from services.node_agent.probes import probe
from services.node_agent.references import References
from services.node_agent.volumes.payload import BadPath
from services.node_agent.volumes.volumes import VolumeError, Volumes
from services.objects.errors import StatusError
from services.objects.meta import Obj, namespace_of

logger = log.get(__name__)

SEEN_AFTERWARDS = (CreateSandbox, RemoveSandbox, StartContainer, StopContainer, RemoveContainer)
FAILURES: Mapping[type[Action], str] = {
    PrepareVolumes: "FailedMount", RemoveVolumes: "FailedUnmount", CreateSandbox: "FailedCreatePodSandBox",
    RemoveSandbox: "FailedKillPod", AttachNetwork: "FailedCreatePodSandBox", DetachNetwork: "FailedKillPod",
    PullImage: "ErrImagePull", StartContainer: "CreateContainerError", StopContainer: "FailedKillPod",
    RemoveContainer: "FailedKillPod", DeleteFromApi: "FailedDelete",
}  # fmt: skip
EXPECTED: tuple[type[Exception], ...] = (
    aiodocker.DockerError, aiohttp.ClientError, StatusError, OSError, TimeoutError, VolumeError, BadPath, ConfigError,
    NetworkNotReady, NoFreeAddress, BusyboxMissing, *TROUBLE,
)  # fmt: skip
KEPT_LOGS = 50


class Network(Protocol):
    """What pods need of the node's network."""

    async def attach(self, pod_uid: str, pid: int) -> str: ...

    async def detach(self, pod_uid: str) -> None: ...

    def resolv_conf(self, pod: Obj) -> str: ...

    def resync(self) -> None:
        """Something else may have changed the host's network: look after everything soon."""


class Reporter(Protocol):
    """Where status, events and the final deletion go."""

    def report(self, pod: Obj, status: Obj) -> None: ...

    async def delete(self, pod: Obj) -> None:
        """After everything reported has been written; done when the pod is gone already."""

    def emit(self, pod: Obj, event: Emit) -> None: ...


@dataclass(frozen=True, slots=True)
class Node:
    """What all pods of a node share."""

    name: str
    ip: str
    domain: str
    engine: DockerEngine
    images: Images
    network: Network
    volumes: Volumes
    references: References
    reporter: Reporter
    services: Callable[[], Iterable[Obj]]
    pause: Callable[[], Awaitable[str]]
    policy: Policy
    allocatable: Mapping[str, str]
    memory: int
    least_oom_score: int


class PodExecutor:
    """Runs one pod until nothing of it is left. `post` events, and await `run`."""

    def __init__(self, uid: str, node: Node) -> None:
        self.uid = uid
        self.node = node
        self.machine = PodMachine(node.ip, node.policy)
        self.actions: deque[Action] = deque(maxlen=KEPT_LOGS)
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._looking = asyncio.Lock()
        self._stops: dict[str, asyncio.Task[None]] = {}
        self._probes: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def pod(self) -> Obj:
        return self.machine.pod

    def post(self, event: Event) -> None:
        self._events.put_nowait(event)

    async def look(self) -> None:
        """Lists this pod's containers and tells the machine. Raises DockerError."""
        async with self._looking:
            self.post(Observed(await self.node.engine.observe(self.uid)))

    async def run(self) -> None:
        """Returns when the machine has finished."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks: set[asyncio.Task[None]] = set()
                while not self.machine.finished:
                    event = await self._events.get()
                    for action in self.machine.handle(event, clock.now()):
                        self.actions.append(action)
                        task = self._begin(group, action)
                        if task is not None:
                            tasks.add(task)
                            task.add_done_callback(tasks.discard)
                for task in tasks:
                    task.cancel()
        finally:
            if self._timer is not None:
                self._timer.cancel()

    # -- actions that take effect at once -----------------------------------------------------------------------------

    def _begin(self, group: asyncio.TaskGroup, action: Action) -> asyncio.Task[None] | None:
        match action:
            case Report(status):
                self.node.reporter.report(self.pod, status)
            case Emit():
                self.node.reporter.emit(self.pod, action)
            case SetTimer(at):
                self._set_timer(at)
            case StartProbe(name, id, check):
                task = group.create_task(self._keep_probing(name, id, check))
                self._probes[id, check] = task
                return task
            case StopProbe(_, id, check):
                running = self._probes.pop((id, check), None)
                if running is not None:
                    running.cancel()
            case StopContainer(_, id):
                if id in self._stops:
                    self._stops[id].cancel()
                self._stops[id] = group.create_task(self._work(action))
                return self._stops[id]
            case _:
                return group.create_task(self._work(action))
        return None

    def _set_timer(self, at: datetime | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if at is not None:
            delay = max((at - clock.now()).total_seconds(), 0) + 0.01
            self._timer = asyncio.get_running_loop().call_later(delay, self.post, Tick())

    # -- actions that are work ----------------------------------------------------------------------------------------

    async def _work(self, action: Action) -> None:
        """Does it, and tells the machine how it ended."""
        failed: Failed | None = None
        value = ""
        try:
            value = await self._perform(action)
        except PullFailed as error:
            failed = Failed(action, error.reason, error.message)
        except hooks.HookFailed as error:
            failed = Failed(action, POST_START_HOOK_ERROR, str(error))
        except EXPECTED as error:
            failed = Failed(action, _reason(action, error), _text(error))
        except Exception as error:  # one pod's bug never stops its neighbours
            logger.exception("action failed", pod=self.uid, action=type(action).__name__)
            failed = Failed(action, _reason(action, error), f"{type(error).__name__}: {error}")
        await self._tell(action, value, failed)

    async def _tell(self, action: Action, value: str, failed: Failed | None) -> None:
        async with self._looking:
            seen = None
            if isinstance(action, SEEN_AFTERWARDS):
                with contextlib.suppress(aiodocker.DockerError, TimeoutError):  # the next listing will show it
                    seen = await self.node.engine.observe(self.uid)
            if failed is None:
                self.post(Succeeded(action, value, seen))
            else:
                logger.info("action refused", pod=self.uid, action=type(action).__name__, reason=failed.reason,
                            error=failed.message)  # fmt: skip
                self.post(Failed(action, failed.reason, failed.message, seen))

    async def _perform(self, action: Action) -> str:
        node = self.node
        match action:
            case PrepareVolumes():
                await node.volumes.prepare(self.pod, self._surroundings())
            case RemoveVolumes():
                await node.volumes.remove(self.uid)
            case CreateSandbox(attempt):
                await self._create_sandbox(attempt)
            case AttachNetwork(_, pid):
                return await node.network.attach(self.uid, pid)
            case DetachNetwork():
                await node.network.detach(self.uid)
            case PullImage(name):
                return await self._pull(self._spec(name))
            case StartContainer():
                await self._start(action)
            case StopContainer():
                await self._stop(action)
            case RemoveSandbox(id) | RemoveContainer(id):
                await node.engine.remove(id)
            case DeleteFromApi():
                await node.reporter.delete(self.pod)
            case _:
                raise TypeError(f"{type(action).__name__} is no work")
        return ""

    async def _create_sandbox(self, attempt: int) -> None:
        body = config.sandbox(self.pod, self.node.name, await self.node.pause(), attempt,
                              self.node.least_oom_score)  # fmt: skip
        id = await self.node.engine.create(config.container_name("POD", self.pod, attempt), body)
        await self.node.engine.start(id)

    async def _pull(self, spec: Obj) -> str:
        image = spec.get("image", "")
        secrets = [await self.node.references.get("Secret", namespace_of(self.pod), one["name"])
                   for one in self.pod["spec"].get("imagePullSecrets") or ()]  # fmt: skip
        credentials = credentials_for(image, [secret for secret in secrets if secret is not None])
        began = asyncio.get_running_loop().time()
        id, pulled = await self.node.images.ensure(
            spec, credentials, lambda: self._emit("Pulling", f'Pulling image "{image}"', spec)
        )
        took = asyncio.get_running_loop().time() - began
        self._emit("Pulled", f'Successfully pulled image "{image}" in {took:.3f}s' if pulled
                   else f'Container image "{image}" already present on machine', spec)  # fmt: skip
        return id

    async def _start(self, action: StartContainer) -> None:
        spec = self._spec(action.container)
        body = config.container(await self._launch(spec, action), self.node.name)
        id = await self.node.engine.create(config.container_name(action.container, self.pod, action.attempt), body)
        self._emit("Created", "Container created", spec)
        await self.node.engine.start(id)
        self._emit("Started", "Container started", spec)
        hook = (spec.get("lifecycle") or {}).get("postStart")
        if hook:
            await self._post_start(spec, id, hook)

    async def _post_start(self, spec: Obj, id: str, hook: Obj) -> None:
        """A container whose hook fails does not live on. Raises HookFailed."""
        timeout = hooks.POST_START_DEADLINE
        try:
            try:
                await hooks.run(self.node.engine, self.pod, spec, id, self.machine.ip, hook, timeout)
            except TimeoutError as error:
                raise hooks.HookFailed(f"the postStart hook did not end within {timeout:g}s") from error
        except hooks.HookFailed:
            self._emit("FailedPostStartHook", "PostStartHook failed", spec, "Warning")
            self._emit("Killing", "FailedPostStartHook", spec)
            await self.node.engine.stop(id, self._grace())
            raise

    async def _launch(self, spec: Obj, action: StartContainer) -> config.Launch:
        node, pod = self.node, self.pod
        found = {(kind, name): await node.references.get(kind, namespace_of(pod), name) for kind, name in needs(spec)}
        lines = environment(pod, spec, self._surroundings(), found, node.services())
        image = await node.engine.inspect_image(self.machine.containers[action.container].image_id)
        if image is None:
            raise ConfigError(f'image "{spec.get("image", "")}" has gone')
        variables = dict(line.split("=", 1) for line in lines)
        hosts = "" if pod["spec"].get("hostNetwork") else hosts_file(pod, self.machine.ip, node.domain)
        mounts = [*node.volumes.mounts(pod, spec, variables),
                  *node.volumes.managed_files(pod, spec, hosts, node.network.resolv_conf(pod))]  # fmt: skip
        message: Path = node.volumes.message_file(pod, action.container, action.attempt)
        return config.Launch(pod, spec, action.attempt, action.sandbox, image, lines, mounts, str(message), node.memory,
                             node.least_oom_score, self._target(spec))  # fmt: skip

    def _target(self, spec: Obj) -> str:
        """The container into whose processes an ephemeral one looks; "" when it asks for none. Raises ConfigError."""
        name = spec.get("targetContainerName") or ""
        target = self.machine.containers.get(name) if name else None
        if name and (target is None or target.current is None or not target.running):
            raise ConfigError(f'unable to find target container "{name}"')
        return target.current.id if target is not None and target.current is not None else ""

    async def _stop(self, action: StopContainer) -> None:
        """The preStop hook's time counts; what is left of the grace period is the container's own."""
        spec = self._spec(action.container)
        hook = (spec.get("lifecycle") or {}).get("preStop")
        loop = asyncio.get_running_loop()
        until = loop.time() + action.grace
        if hook and action.grace > 0:
            try:
                await hooks.run(self.node.engine, self.pod, spec, action.id, self.machine.ip, hook, action.grace)
            except hooks.HookFailed as error:
                logger.info("preStop hook failed", pod=self.uid, container=action.container, error=str(error))
                self._emit("FailedPreStopHook", "PreStopHook failed", spec, "Warning")
            except TimeoutError:
                logger.info("preStop hook not completed in its grace period", pod=self.uid, container=action.container)
        left = max(until - loop.time(), 2.0) if action.grace > 0 else 0.0
        await self.node.engine.stop(action.id, left)

    # -- probes -------------------------------------------------------------------------------------------------------

    async def _keep_probing(self, name: str, id: str, check: Any) -> None:
        """Until cancelled by StopProbe. A probe that the engine could not run says nothing about the container."""
        spec = self._spec(name)
        settings = spec[f"{check}Probe"]
        view = self.machine.containers[name].current
        age = (clock.now() - view.started_at).total_seconds() if view and view.started_at else 0.0
        await asyncio.sleep(max(float(settings.get("initialDelaySeconds") or 0) - age, 0))
        while True:
            try:
                result = await probe.run(self.node.engine, spec, id, self.machine.ip, settings)
            except aiodocker.DockerError as error:
                logger.info("probe not run", pod=self.uid, container=name, check=check, error=error.message)
            else:
                self.post(Probed(name, id, check, result.ok, result.output))
            await asyncio.sleep(float(settings.get("periodSeconds") or 10))

    # -- facts --------------------------------------------------------------------------------------------------------

    def _surroundings(self) -> Surroundings:
        return Surroundings(self.node.ip, self.machine.ip, self.node.allocatable)

    def _spec(self, name: str) -> Obj:
        return self.machine.containers[name].spec

    def _grace(self) -> float:
        grace = self.pod["spec"].get("terminationGracePeriodSeconds")
        return 30.0 if grace is None else float(grace)

    def _emit(self, reason: str, message: str, spec: Obj, type: str = "Normal") -> None:
        kind: Any = type
        self.node.reporter.emit(self.pod, Emit(kind, reason, message, str(spec["name"])))

    async def refresh(self) -> None:
        """Brings written volumes up to date; called once in a while."""
        if self.machine.volumes_ready and not self.machine.deleting and self.machine.ended is None:
            await self.node.volumes.refresh(self.pod, self._surroundings())


def hosts_file(pod: Obj, ip: str, domain: str) -> str:
    """/etc/hosts as the kubelet writes it, with hostAliases."""
    spec = pod["spec"]
    name = config.hostname_of(pod)
    subdomain = spec.get("subdomain")
    qualified = f"{name}.{subdomain}.{namespace_of(pod)}.svc.{domain}\t" if subdomain else ""
    lines = [
        "# Kubernetes-managed hosts file.", "127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback",
        "fe00::0\tip6-localnet", "fe00::0\tip6-mcastprefix", "fe00::1\tip6-allnodes", "fe00::2\tip6-allrouters",
        f"{ip}\t{qualified}{name}",
    ]  # fmt: skip
    aliases = spec.get("hostAliases") or ()
    if aliases:
        lines += ["", "# Entries added by HostAliases."]
        lines += ["\t".join([alias["ip"], *(alias.get("hostnames") or ())]) for alias in aliases]
    return "\n".join(lines) + "\n"


def _reason(action: Action, error: Exception) -> str:
    if isinstance(error, ConfigError) and isinstance(action, StartContainer):
        return "CreateContainerConfigError"
    return FAILURES[type(action)]


def _text(error: BaseException) -> str:
    return str(getattr(error, "message", "") or error or type(error).__name__)
