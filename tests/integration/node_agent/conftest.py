"""Pods on the real Docker Engine without an apiserver: the node's parts, a network stand-in, and a reporter that keeps
what it is told. Every test has its own node name, so nothing of another run is ever touched."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from services.foundation import clock
from services.node_agent.engine.docker import DockerEngine, least_oom_score
from services.node_agent.engine.local_image import busybox_files, ensure_pause, import_image
from services.node_agent.executor import Node
from services.node_agent.images import Images
from services.node_agent.pods.actions import Emit
from services.node_agent.pods.container import Policy
from services.node_agent.references import Token
from services.node_agent.roster import Roster
from services.node_agent.volumes.volumes import Volumes
from services.objects.meta import Obj

DOCKER = "unix:///var/run/docker.sock"
IMAGE = "pinnace-test/busybox:latest"


class Loopback:
    """Every pod keeps to itself: what the engine's network mode `none` gives."""

    def __init__(self) -> None:
        self.attached: dict[str, int] = {}
        self.distrusted = asyncio.Semaphore(0)  # released for every resync

    async def attach(self, pod_uid: str, pid: int) -> str:
        self.attached[pod_uid] = pid
        return "127.0.0.1"

    async def detach(self, pod_uid: str) -> None:
        self.attached.pop(pod_uid, None)

    def resolv_conf(self, pod: Obj) -> str:
        return "nameserver 10.96.0.10\n"

    def resync(self) -> None:
        self.distrusted.release()


class Shelf:
    """ConfigMaps and Secrets by kind and name."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], Obj] = {}

    async def get(self, kind: str, namespace: str, name: str, *, fresh: bool = False) -> Obj | None:
        return self.objects.get((kind, name))

    async def token(self, pod: Obj, audience: str, seconds: int) -> Token:
        now = clock.now()
        return Token(f"token of {pod['metadata']['name']}", now, now.replace(year=now.year + 1))


@dataclass
class Notebook:
    """The reporter: the newest status by uid, all events, and a signal for every change."""

    statuses: dict[str, Obj] = field(default_factory=dict)
    events: list[Emit] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def report(self, pod: Obj, status: Obj) -> None:
        self.statuses[pod["metadata"]["uid"]] = status
        self.changed.set()

    def emit(self, pod: Obj, event: Emit) -> None:
        self.events.append(event)
        self.changed.set()

    async def delete(self, pod: Obj) -> None:
        self.deleted.add(pod["metadata"]["uid"])
        self.changed.set()

    async def until(self, holds: Callable[[], Any], seconds: float = 30) -> None:
        async with asyncio.timeout(seconds):
            while not holds():
                self.changed.clear()
                await self.changed.wait()


class Bench:
    """One agent without apiserver: a roster that is told of pods by the test, on the real engine."""

    def __init__(self, node: Node, notebook: Notebook, shelf: Shelf, root: Path, group: asyncio.TaskGroup) -> None:
        self.node, self.notebook, self.shelf, self.root, self._group = node, notebook, shelf, root, group
        self.pods: dict[str, Obj] = {}
        self.start()

    def start(self, sync_period: float = 10) -> None:
        self.roster = Roster(self.node, self._gone, sync_period, 60)
        synced = asyncio.Event()
        synced.set()
        self._running = self._group.create_task(self.roster.run(synced))
        for uid, pod in self.pods.items():
            self.roster.on_pod(None, {**pod, "status": self.notebook.statuses.get(uid, pod["status"])})

    async def crash(self) -> None:
        """The agent is gone, as by SIGKILL: nothing is tidied up."""
        self._running.cancel()
        await asyncio.wait([self._running])

    async def restart(self) -> None:
        await self.crash()
        self.start()

    async def _gone(self, namespace: str, name: str, uid: str) -> bool:
        return uid not in self.pods

    def apply(self, pod: Obj) -> None:
        uid = pod["metadata"]["uid"]
        old, self.pods[uid] = self.pods.get(uid), pod
        self.roster.on_pod(old, pod)

    def status(self, pod: Obj) -> Obj:
        return self.notebook.statuses.get(pod["metadata"]["uid"], {})

    def phase(self, pod: Obj) -> str:
        return str(self.status(pod).get("phase", ""))

    def container(self, pod: Obj, name: str = "main") -> Obj:
        status = self.status(pod)
        every = [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]
        return next((one for one in every if one["name"] == name), {"state": {}, "lastState": {}})

    async def running(self, pod: Obj, name: str = "main", attempt: int = 0) -> str:
        """The container's id, once this attempt runs."""
        await self.notebook.until(lambda: "running" in self.container(pod, name)["state"]
                                  and self.container(pod, name)["restartCount"] >= attempt)  # fmt: skip
        return str(self.container(pod, name)["containerID"]).removeprefix("docker://")

    async def delete(self, pod: Obj, grace: int = 2) -> None:
        uid = pod["metadata"]["uid"]
        meta = {**pod["metadata"], "deletionTimestamp": "2099-01-01T00:00:00Z", "deletionGracePeriodSeconds": grace}
        self.apply({**pod, "metadata": meta})
        await self.notebook.until(lambda: uid in self.notebook.deleted)
        self.roster.on_pod(self.pods.pop(uid), None)

    async def close(self) -> None:
        """Every test ends with the deletion of its pods, so nothing is still being made when the agent goes."""
        for pod in list(self.pods.values()):
            await self.delete(pod, 0)
        await self.crash()


def make_pod(name: str = "web", **spec: Any) -> Obj:
    spec = {"containers": [container()], "restartPolicy": "Always", "terminationGracePeriodSeconds": 2, **spec}
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "uid": str(uuid.uuid4()), "generation": 1},
        "spec": spec, "status": {"phase": "Pending"},
    }  # fmt: skip


def container(name: str = "main", script: str = "trap 'exit 0' TERM; sleep 1000 & wait", **more: Any) -> Obj:
    return {"name": name, "image": IMAGE, "command": ["sh", "-c", script], "imagePullPolicy": "IfNotPresent", **more}


@pytest.fixture
def pods() -> Callable[..., Obj]:
    return make_pod


@pytest.fixture
def containers() -> Callable[..., Obj]:
    return container


@pytest.fixture
async def engine() -> AsyncIterator[DockerEngine]:
    engine = DockerEngine(DOCKER, f"test-{uuid.uuid4().hex[:8]}")
    try:
        await import_image(engine.docker, IMAGE, busybox_files(Path("/bin/busybox")), {"Env": ["PATH=/bin"]})
        yield engine
    finally:
        for observation in (await engine.survey()).values():
            for view in (*observation.containers, *observation.sandboxes):
                await engine.remove(view.id)
        await engine.close()


@pytest.fixture
async def bench(engine: DockerEngine, tmp_path: Path) -> AsyncIterator[Bench]:
    shelf, notebook = Shelf(), Notebook()
    volumes = Volumes(tmp_path / "pods", shelf)
    node = Node(
        name=engine.node, ip="192.0.2.1", domain="cluster.local", engine=engine,
        images=Images(engine), network=Loopback(), volumes=volumes, references=shelf,
        reporter=notebook, services=tuple, pause=lambda: ensure_pause(engine.docker),
        policy=Policy(crash_base=0.5, pull_base=0.5), allocatable={"cpu": "2", "memory": "1Gi"}, memory=2**30,
        least_oom_score=least_oom_score(),
    )  # fmt: skip
    try:
        async with asyncio.TaskGroup() as group:
            bench = Bench(node, notebook, shelf, tmp_path, group)
            yield bench
            await bench.close()
    finally:
        for uid in volumes.orphans(set()):
            await volumes.remove(uid)
