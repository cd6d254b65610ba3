"""An apiserver reduced to what the scheduler asks of it, over a store; it can be told to make trouble."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import orjson
import pytest

from services.client.sdk import Binding, CreateOp, Operation, Outcome, PatchOp, UpdateOp, Victim
from services.objects import conditions
from services.objects.errors import AlreadyExists, Conflict, FencedOff, NotFound, StatusError, Timeout
from services.objects.kinds import EVENT, NODE, POD
from services.objects.meta import Obj, key_of, revision_of
from services.scheduler import binder
from services.storage import keys
from services.storage.memory import MemoryStore
from services.storage.store import Fence, Fenced, Put, Readable, Remove, Writable, Written
from tests.integration.scheduler.world import NOW, World, working


class Apiserver:
    """`lose_answers`: that many calls of bind are answered with Timeout; `write_them`: after they did their work."""

    def __init__(self, reader: Readable, writer: Writable) -> None:
        self.reader = reader
        self.writer = writer
        self.lose_answers = 0
        self.write_them = True
        self.calls: list[int] = []  # bindings per call

    async def create(self, kind: Any, obj: Obj) -> None:
        key = keys.key(kind, obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
        outcome = await self.writer.commit(Put(key, orjson.dumps(obj), expected=0))
        assert isinstance(outcome, Written)

    async def node(self, name: str, cpu: str = "4", **spec: Any) -> None:
        status = {"allocatable": {"cpu": cpu, "memory": "8Gi", "pods": "110"}}
        await self.create(NODE, {"metadata": {"name": name}, "spec": spec, "status": status})

    async def pod(self, name: str, cpu: str = "100m", labels: dict[str, str] | None = None, **spec: Any) -> None:
        container = {"name": "c", "resources": {"requests": {"cpu": cpu}}}
        meta = {"namespace": "default", "name": name, "uid": f"uid-{name}", "labels": labels or {}}
        spec = {"schedulerName": "default-scheduler", "containers": [container], **spec}
        await self.create(POD, {"metadata": meta, "spec": spec, "status": {"phase": "Pending"}})

    async def delete(self, kind: Any, name: str, namespace: str = "default") -> None:
        assert isinstance(await self.writer.commit(Remove(keys.key(kind, namespace, name))), Written)

    async def relabel(self, name: str, labels: dict[str, str]) -> None:
        def change(pod: Obj) -> None:
            pod["metadata"]["labels"] = labels

        assert not isinstance(await self._change(keys.key(POD, "default", name), change, None), StatusError)

    async def read(self, kind: Any, name: str) -> Obj:
        entry = await self.reader.get(keys.key(kind, "default", name))
        assert entry is not None
        obj: Obj = orjson.loads(entry.value)
        return obj

    async def all(self, kind: Any) -> list[Obj]:
        return [orjson.loads(entry.value) for entry in (await self.reader.range(keys.prefix(kind))).entries]

    async def bind(
        self, bindings: Sequence[Binding], fence: Any = None, *, timeout: float | None = None
    ) -> list[str | StatusError]:
        self.calls.append(len(bindings))
        lose, self.lose_answers = self.lose_answers > 0, max(self.lose_answers - 1, 0)
        if lose and not self.write_them:
            raise Timeout("the answer was lost")
        answers = [await self._change(keys.key(POD, binding.namespace, binding.name), _placing(binding), fence)
                   for binding in bindings]  # fmt: skip
        if lose:
            raise Timeout("the answer was lost")
        return [answer if isinstance(answer, StatusError) else "1" for answer in answers]

    async def batch(
        self, operations: Sequence[Operation], fence: Any = None, *, timeout: float | None = None
    ) -> list[Obj | StatusError]:
        answers: list[Obj | StatusError] = []
        for operation in operations:
            if isinstance(operation, CreateOp):
                assert operation.kind is EVENT
                answers.append(await self._create_event(operation.object, fence))
                continue
            if isinstance(operation, UpdateOp):
                answers.append(await self._update(operation, fence))
                continue
            assert isinstance(operation, PatchOp)
            key = keys.key(operation.kind, operation.namespace, operation.name)  # type: ignore[arg-type]
            answers.append(await self._change(key, _patching(operation.patch), fence))
        return answers

    async def preempt(
        self, victims: Sequence[Victim], fence: Any = None, *, timeout: float | None = None
    ) -> list[StatusError | None]:
        return await self._change_pods(victims, _ending, fence)

    async def report(
        self, outcomes: Sequence[Outcome], fence: Any = None, *, timeout: float | None = None
    ) -> list[StatusError | None]:
        return await self._change_pods(outcomes, _reporting, fence)

    async def _change_pods(self, all_: Sequence[Any], change: Any, fence: Any) -> list[StatusError | None]:
        answers = [await self._change(keys.key(POD, each.namespace, each.name), change(each), fence) for each in all_]
        return [answer if isinstance(answer, StatusError) else None for answer in answers]

    async def change(self, kind: Any, name: str, change: Callable[[Obj], None], namespace: str = "") -> None:
        """By a controller or a user."""
        assert not isinstance(await self._change(keys.key(kind, namespace, name), change, None), StatusError)

    async def _update(self, operation: UpdateOp, fence: Any) -> Obj | StatusError:
        """Compares resourceVersions, as the apiserver does."""
        new = operation.object
        key = keys.key(operation.kind, *key_of(new))  # type: ignore[arg-type]
        metadata = {name: each for name, each in new["metadata"].items() if name != "resourceVersion"}
        outcome = await self.writer.commit(Put(key, orjson.dumps({**new, "metadata": metadata}), revision_of(new)),
                                           Fence(*fence) if fence else None)  # fmt: skip
        if isinstance(outcome, Fenced):
            return FencedOff("somebody else leads")
        if isinstance(outcome, Written):
            return {**new, "metadata": {**new["metadata"], "resourceVersion": str(outcome.resource_version)}}
        return Conflict.object("", operation.kind.plural, new["metadata"]["name"])

    async def _create_event(self, event: Obj, fence: Any) -> Obj | StatusError:
        key = keys.key(EVENT, event["metadata"]["namespace"], event["metadata"]["name"])
        put = Put(key, orjson.dumps(event), expected=0)
        outcome = await self.writer.commit(put, Fence(*fence) if fence else None)
        if isinstance(outcome, Fenced):
            return FencedOff("somebody else leads")
        return event if isinstance(outcome, Written) else AlreadyExists(key)

    async def _change(self, key: str, change: Callable[[Obj], None], fence: Any) -> Obj | StatusError:
        while True:
            entry = await self.reader.get(key)
            if entry is None:
                return NotFound(key)
            obj: Obj = orjson.loads(entry.value)
            try:
                change(obj)
            except StatusError as error:
                return error
            put = Put(key, orjson.dumps(obj), entry.resource_version)
            outcome = await self.writer.commit(put, Fence(*fence) if fence else None)
            if isinstance(outcome, Fenced):
                return FencedOff("somebody else leads")
            if isinstance(outcome, Written):
                return obj


def _placing(binding: Binding) -> Callable[[Obj], None]:
    def change(pod: Obj) -> None:
        if pod["spec"].get("nodeName"):
            raise Conflict(f"pod {binding.name} is already assigned to node {pod['spec']['nodeName']}")
        if pod["metadata"]["uid"] != binding.uid:
            raise Conflict("another uid")
        pod["spec"]["nodeName"] = binding.node

    return change


def _ending(victim: Victim) -> Callable[[Obj], None]:
    """Gracefully: the pod stays until somebody removes it."""
    def change(pod: Obj) -> None:
        if pod["metadata"]["uid"] != victim.uid:
            raise Conflict("another uid")
        pod["status"]["conditions"] = conditions.set(
            pod["status"].get("conditions"), "DisruptionTarget", "True", "PreemptionByScheduler", victim.message, NOW)
        pod["metadata"].setdefault("deletionTimestamp", "2026-01-02T03:04:35Z")

    return change


def _reporting(outcome: Outcome) -> Callable[[Obj], None]:
    def change(pod: Obj) -> None:
        if pod["metadata"]["uid"] != outcome.uid:
            raise Conflict("another uid")
        pod["status"]["conditions"] = conditions.set(
            pod["status"].get("conditions"), "PodScheduled", "False", outcome.reason, outcome.message, NOW)
        if outcome.nominated_node is not None:
            pod["status"]["nominatedNodeName"] = outcome.nominated_node

    return change


def _patching(patch: Any) -> Callable[[Obj], None]:
    """Of an Event that happened again."""
    def change(obj: Obj) -> None:
        obj.update(copy.deepcopy(dict(patch)))

    return change


@pytest.fixture
def make_apiserver() -> Callable[[Readable, Writable], Apiserver]:
    return Apiserver


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binder, "_LATE", 0.05)


@pytest.fixture
async def world(make_apiserver: Any) -> AsyncIterator[World]:
    memory = MemoryStore()
    outcome = await memory.commit(Put("/registry/elections/scheduler/1", b"{}"))
    assert isinstance(outcome, Written)
    fence = ("/registry/elections/scheduler/1", outcome.resource_version >> 8)
    async with working(make_apiserver(memory, memory), fence) as world:
        yield world
