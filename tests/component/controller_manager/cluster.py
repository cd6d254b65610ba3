"""A cluster in memory that makes trouble: the stale-cache harness.

The API keeps Kubernetes' rules for writes (preconditions, generations, finalizers, graceful deletion). What controllers
see of it comes late, at a pace of its own for each kind; every write is refused once; some answers get lost. Time is
virtual: the loop jumps to the next timer when nobody has anything to do, so five minutes pass in milliseconds.
"""

from __future__ import annotations

import asyncio
import copy
import selectors
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from services.client.events import EventWriter
from services.client.informer import Change, Delta, Sink, Snapshot
from services.client.sdk import CreateOp, DeleteOp, Operation, PatchOp, UpdateOp
from services.controller_manager.apply import Applier
from services.controller_manager.controller import Controller
from services.controller_manager.runner import Runner
from services.controller_manager.view import View
from services.objects import conditions, names, times
from services.objects.errors import (
    AlreadyExists,
    Conflict,
    FencedOff,
    Forbidden,
    NotFound,
    ServiceUnavailable,
    StatusError,
    Timeout,
)
from services.objects.kinds import EVENT, KINDS, LEASE, POD, Kind
from services.objects.meta import Obj, is_deleting, key_of, labels_of, name_of, namespace_of
from services.objects.patching import merge_patch

START = datetime(2026, 1, 1, tzinfo=UTC)
FENCE = ("/registry/elections/controller-manager/1", 1)
ObjectKey = tuple[Kind, str, str]


class _Jump(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
    """Instead of waiting, lets the time pass."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits and nothing will ever happen"
            self.loop.passed += max(timeout, 0)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        selector = _Jump()
        selector.loop = self
        self.passed = 0.0
        super().__init__(selector)

    def time(self) -> float:
        return self.passed


def simulate(scenario: Coroutine[Any, Any, None]) -> None:
    """Runs it in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(scenario)


def now() -> datetime:
    return START + timedelta(seconds=asyncio.get_running_loop().time())


class Cluster:
    """The API and its store. `check` is called after every change with the cluster as it then is."""

    def __init__(self, rng: Random, *, trouble: bool = True) -> None:
        self.rng = rng
        self.trouble = trouble
        self.revision = 1000
        self.objects: dict[ObjectKey, Obj] = {}
        self.checks: list[Callable[[], None]] = []
        self.feeds: list[Feed] = []
        self.refused: set[tuple[object, ...]] = set()
        self.deletions: list[tuple[Kind, Obj]] = []
        self.fenced_off = False
        self.away = False
        self.broken: Callable[[CreateOp], StatusError | None] = lambda op: None
        self._serial = 0

    # What tests ask

    def list(self, kind: Kind, namespace: str | None = None) -> list[Obj]:
        return [obj for (each, ns, _), obj in self.objects.items() if each is kind and namespace in (None, ns)]

    def get(self, kind: Kind, namespace: str, name: str) -> Obj | None:
        return self.objects.get((kind, namespace, name))

    def events(self, reason: str = "") -> list[Obj]:
        return [event for event in self.list(EVENT) if reason in ("", event["reason"])]

    # What users do, untroubled

    def add(self, kind: Kind, obj: Obj) -> Obj:
        return self._create(CreateOp(kind, obj))

    def change(self, kind: Kind, namespace: str, name: str, edit: Callable[[Obj], None], subresource: str = "") -> Obj:
        """`edit` changes a private copy in place."""
        obj = copy.deepcopy(self.objects[kind, namespace, name])
        edit(obj)
        return self._update(UpdateOp(kind, obj, subresource))

    def remove(self, kind: Kind, namespace: str, name: str, **options: Any) -> None:
        self._delete(DeleteOp(kind, namespace, name, **options))

    def bind(self, pod: Obj, node: str) -> None:
        self._put((POD, *key_of(pod)), {**copy.deepcopy(pod), "spec": {**pod["spec"], "nodeName": node}})

    # What controllers call

    async def batch(
        self, operations: Sequence[Operation], fence: tuple[str, int] | None = None, *, timeout: float | None = None
    ) -> list[Obj | StatusError]:
        await asyncio.sleep(self.rng.uniform(0.001, 0.02))
        if self.fenced_off or fence != FENCE:
            raise FencedOff("somebody else leads")
        if self.away:
            raise ServiceUnavailable("away")
        return [self._troubled(op) for op in operations]

    async def fetch(self, kind: Kind, namespace: str, name: str) -> Obj:
        await asyncio.sleep(self.rng.uniform(0.001, 0.02))
        if self.away:
            raise ServiceUnavailable("away")
        obj = self.get(kind, namespace, name)
        if obj is None:
            raise NotFound.object(kind.group, kind.plural, name)
        return obj

    async def content(self, kind: Kind, namespace: str) -> list[Obj]:
        await asyncio.sleep(self.rng.uniform(0.001, 0.02))
        return self.list(kind, namespace)

    async def fresh(self) -> int:
        await asyncio.sleep(0.001)
        return self.revision

    def _troubled(self, op: Operation) -> Obj | StatusError:
        if not self.trouble or op.kind is EVENT:
            return self._tried(op)
        if isinstance(op, CreateOp):
            if self.rng.random() < 0.1:
                return Timeout("lost on the way")
            answer = self._tried(op)
            return Timeout("the answer got lost") if self.rng.random() < 0.1 else answer
        key = self._mark(op)
        if key not in self.refused:
            self.refused.add(key)
            return Conflict.object(op.kind.group, op.kind.plural, "", "everything conflicts once")
        return self._tried(op)

    def _mark(self, op: UpdateOp | PatchOp | DeleteOp) -> tuple[object, ...]:
        key = key_of(op.object) if isinstance(op, UpdateOp) else (op.namespace, op.name)
        current = self.objects.get((op.kind, *key))  # type: ignore[arg-type]
        return type(op), op.kind, *key, current["metadata"]["generation"] if current else 0

    def _tried(self, op: Operation) -> Obj | StatusError:
        try:
            match op:
                case CreateOp():
                    problem = self.broken(op)
                    return problem if problem is not None else self._create(op)
                case UpdateOp():
                    return self._update(op)
                case PatchOp():
                    return self._patch(op)
                case DeleteOp():
                    return self._delete(op)
        except StatusError as error:
            return error

    # The rules of writes

    def _create(self, op: CreateOp) -> Obj:
        kind: Kind = op.kind  # type: ignore[assignment]
        obj = copy.deepcopy(op.object)
        metadata = obj["metadata"]
        if not metadata.get("name"):
            metadata["name"] = names.generate(metadata["generateName"], self.rng)
        key = (kind, namespace_of(obj), name_of(obj))
        if key in self.objects:
            raise AlreadyExists.object(kind.group, kind.plural, name_of(obj))
        namespace = self.get(KINDS.by_resource("", "v1", "namespaces"), "", namespace_of(obj))  # type: ignore[arg-type]
        if kind.namespaced and namespace is not None and is_deleting(namespace):
            raise Forbidden("the namespace is ending", details={"causes": [{"reason": "NamespaceTerminating"}]})
        kind.prepare(obj)
        kind.default(obj)
        assert not (causes := kind.validate(obj)), causes
        self._serial += 1
        metadata |= {"uid": f"uid-{self._serial}", "creationTimestamp": times.rfc3339(now()), "generation": 1}
        return self._put(key, obj)

    def _update(self, op: UpdateOp) -> Obj:
        kind: Kind = op.kind  # type: ignore[assignment]
        key = (kind, *key_of(op.object))
        old = self.objects.get(key)
        if old is None:
            raise NotFound.object(kind.group, kind.plural, key[2])
        for field in ("uid", "resourceVersion"):
            if op.object["metadata"].get(field) not in (None, old["metadata"][field]):
                raise Conflict.object(kind.group, kind.plural, key[2])
        new = copy.deepcopy(op.object)
        if op.subresource == "status":
            annotations = new["metadata"].get("annotations")
            status, new = new.get("status"), copy.deepcopy(old)
            new["status"] = status
            if annotations is not None and kind.group == "apps":
                new["metadata"]["annotations"] = annotations
        elif op.subresource == "finalize":
            new = {**copy.deepcopy(old), "spec": new["spec"]}
        elif "status" in old:
            new["status"] = copy.deepcopy(old["status"])
        for field in ("uid", "creationTimestamp", "deletionTimestamp", "generation"):
            if field in old["metadata"]:
                new["metadata"][field] = old["metadata"][field]
        if not op.subresource:
            kind.default(new)
            assert not (causes := kind.validate_update(new, old)), causes
            if new.get("spec") != old.get("spec"):
                new["metadata"]["generation"] += 1
        held = new["metadata"].get("finalizers") or (new.get("spec") or {}).get("finalizers")
        had = old["metadata"].get("finalizers") or (old.get("spec") or {}).get("finalizers")
        if is_deleting(new) and had and not held and not new["metadata"].get("deletionGracePeriodSeconds"):
            return self._remove(key, new)
        return self._put(key, new)

    def _patch(self, op: PatchOp) -> Obj:
        old = self.objects.get((op.kind, op.namespace, op.name))  # type: ignore[arg-type]
        if old is None:
            raise NotFound.object(op.kind.group, op.kind.plural, op.name)
        return self._update(UpdateOp(op.kind, merge_patch(copy.deepcopy(old), op.patch), op.subresource))

    def _delete(self, op: DeleteOp) -> Obj:
        kind: Kind = op.kind  # type: ignore[assignment]
        key = (kind, op.namespace, op.name)
        old = self.objects.get(key)
        if old is None:
            raise NotFound.object(kind.group, kind.plural, op.name)
        for wanted, field in ((op.uid, "uid"), (op.resource_version, "resourceVersion")):
            if wanted and wanted != old["metadata"][field]:
                raise Conflict.object(kind.group, kind.plural, op.name)
        new = copy.deepcopy(old)
        metadata = new["metadata"]
        finalizers = [each for each in metadata.get("finalizers") or () if each not in ("orphan", "foregroundDeletion")]
        finalizers += {"Orphan": ["orphan"], "Foreground": ["foregroundDeletion"]}.get(op.propagation, [])
        metadata["finalizers"] = finalizers
        graceful = kind is POD and new["spec"].get("nodeName") and op.grace_period != 0
        if not finalizers and not (new.get("spec") or {}).get("finalizers") and not graceful:
            return self._remove(key, old)
        metadata.setdefault("deletionTimestamp", times.rfc3339(now()))
        if graceful:
            metadata["deletionGracePeriodSeconds"] = 30
        return self._put(key, new)

    def _put(self, key: ObjectKey, obj: Obj) -> Obj:
        self.revision += 1
        obj["metadata"]["resourceVersion"] = str(self.revision)
        obj |= {"apiVersion": key[0].api_version, "kind": key[0].kind}
        self.objects[key] = obj
        self._tell(key, obj)
        return obj

    def _remove(self, key: ObjectKey, obj: Obj) -> Obj:
        self.revision += 1
        self.deletions.append((key[0], obj))
        del self.objects[key]
        self._tell(key, None)
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}

    def _tell(self, key: ObjectKey, obj: Obj | None) -> None:
        for feed in self.feeds:
            feed.add(self.revision, Change(*key, obj))
        for check in self.checks:
            check()


class Feed:
    """An informer's source that delivers each kind's changes late, in order, independently of other kinds'."""

    def __init__(self, cluster: Cluster, delay: float) -> None:
        self._cluster = cluster
        self._delay = delay
        self._pending: dict[Kind, deque[tuple[int, Change]]] = {}

    def add(self, revision: int, change: Change) -> None:
        if change.kind in self._pending:
            self._pending[change.kind].append((revision, change))

    async def run(self, kinds: Sequence[Kind], sink: Sink) -> None:
        cluster = self._cluster
        self._pending = {kind: deque() for kind in kinds}
        sink(Snapshot({kind: cluster.list(kind) for kind in kinds}, cluster.revision))
        cluster.feeds.append(self)
        async with asyncio.TaskGroup() as group:
            for kind in kinds:
                group.create_task(self._follow(kind, sink))

    async def _follow(self, kind: Kind, sink: Sink) -> None:
        pending, rng = self._pending[kind], self._cluster.rng
        while True:
            await asyncio.sleep(rng.uniform(0, self._delay))
            count = rng.randint(0, len(pending))
            taken = [pending.popleft() for _ in range(count)]
            if pending:
                if taken:
                    sink(Delta([change for _, change in taken], taken[-1][0], kind))
            else:
                sink(Delta([change for _, change in taken], self._cluster.revision, kind))


class Nodes:
    """Schedules pods, runs them, ends those that are deleted; each step takes a while. `silent` nodes do nothing."""

    def __init__(self, cluster: Cluster, names: Sequence[str] = ("node-a", "node-b")) -> None:
        self.cluster = cluster
        self.names = names
        self.silent: set[str] = set()
        self.broken: Callable[[Obj], bool] = lambda pod: False  # pods that never become ready

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self.cluster.rng.uniform(0.01, 0.1))
            for pod in self.cluster.list(POD):
                if self.cluster.rng.random() < 0.5:
                    self._step(pod)

    def _step(self, pod: Obj) -> None:
        cluster, node = self.cluster, pod["spec"].get("nodeName")
        if node is None:
            chosen = cluster.rng.choice([name for name in self.names if name not in self.silent])
            cluster.bind(pod, chosen)
        elif node in self.silent:
            return
        elif is_deleting(pod):
            cluster.remove(POD, *key_of(pod), grace_period=0)
        elif not conditions.is_true(pod, "Ready") and not self.broken(pod):
            address = f"10.0.{cluster.revision >> 8 & 255}.{cluster.revision & 255}"
            ready = conditions.set([], "Ready", "True", "", "", now())
            status = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "conditions": ready}
            cluster.change(POD, *key_of(pod), lambda obj: obj.update(status=status), "status")


async def run(
    cluster: Cluster, make: Callable[[View], list[Controller]], story: Callable[[], Coroutine[Any, Any, None]],
    *, nodes: Nodes | None = None, delay: float = 0.3,
) -> None:  # fmt: skip
    """Runs controllers and nodes while `story` lasts."""
    view = View.over(Feed(cluster, delay))
    events = EventWriter(cluster, FENCE, now)
    runner = Runner(view, Applier(cluster, events, FENCE), cluster.fresh, now)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(view.informer.run())]
        await view.informer.synced.wait()
        tasks += [group.create_task(runner.run(make(view))), group.create_task(events.run())]
        tasks.append(group.create_task((nodes or Nodes(cluster)).run()))
        await asyncio.sleep(5)  # let the controllers begin: what they find at their start is never late
        await story()
        for task in tasks:
            task.cancel()


async def until(met: Callable[[], bool], seconds: float = 600) -> None:
    """Waits in virtual time."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not met():
        assert asyncio.get_running_loop().time() < deadline, "did not converge"
        await asyncio.sleep(0.25)


async def settled(cluster: Cluster, seconds: float = 20) -> None:
    """Waits until nothing but events and leases is written for so long."""
    deadline = asyncio.get_running_loop().time() + 900
    before = None
    while before != (before := _fingerprint(cluster)):
        assert asyncio.get_running_loop().time() < deadline, "never comes to rest"
        await asyncio.sleep(seconds)


def _fingerprint(cluster: Cluster) -> tuple[object, ...]:
    return tuple(sorted((kind.resource, name_of(obj), obj["metadata"]["resourceVersion"])
                        for (kind, _, _), obj in cluster.objects.items() if kind not in (EVENT, LEASE)))  # fmt: skip


def selected(cluster: Cluster, **labels: str) -> list[Obj]:
    return [pod for pod in cluster.list(POD) if labels.items() <= labels_of(pod).items()]
