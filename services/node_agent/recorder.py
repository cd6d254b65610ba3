"""Kubernetes Events about pods and the node: told in batches, never awaited by what they report, dropped when too many.

What repeats is counted on the Event that exists, as the kubelet's correlator does.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import OrderedDict, deque
from typing import NamedTuple

from services.client.sdk import Client, CreateOp, Operation, PatchOp
from services.foundation import clock, log
from services.node_agent.pods.actions import Emit
from services.objects import times
from services.objects.errors import NotFound, StatusError
from services.objects.kinds import EVENT
from services.objects.meta import Obj, name_of, namespace_of, uid_of

logger = log.get(__name__)

LIMIT = 1000  # events that wait
REMEMBERED = 1000  # events whose repetition is counted
BATCH = 50
GATHER = 0.2  # seconds
COMPONENT = "kubelet"


class _Line(NamedTuple):
    about: tuple[tuple[str, str], ...]  # the involvedObject
    type: str
    reason: str
    message: str


class Recorder:
    def __init__(self, client: Client, node: str) -> None:
        self._client = client
        self._node = node
        self._waiting: deque[tuple[_Line, str]] = deque(maxlen=LIMIT)
        self._known: OrderedDict[_Line, tuple[str, str, int]] = OrderedDict()  # namespace, name, count
        self._wake = asyncio.Event()

    def about_pod(self, pod: Obj, event: Emit) -> None:
        about = {"kind": "Pod", "namespace": namespace_of(pod), "name": name_of(pod), "uid": uid_of(pod),
                 "apiVersion": "v1", "resourceVersion": pod["metadata"].get("resourceVersion", "")}  # fmt: skip
        if event.container:
            initial = any(one["name"] == event.container for one in pod["spec"].get("initContainers") or ())
            about["fieldPath"] = f"spec.{'initContainers' if initial else 'containers'}{{{event.container}}}"
        self._add(about, event.type, event.reason, event.message)

    def about_node(self, type: str, reason: str, message: str) -> None:
        self._add({"kind": "Node", "name": self._node, "uid": self._node, "apiVersion": "v1"}, type, reason, message)

    def _add(self, about: dict[str, str], type: str, reason: str, message: str) -> None:
        about.pop("resourceVersion", None)
        self._waiting.append((_Line(tuple(sorted(about.items())), type, reason, message[:1024]),
                              times.rfc3339(clock.now())))  # fmt: skip
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER)
            self._wake.clear()
            while self._waiting:
                lines = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                try:
                    await self._send(lines)
                except StatusError as error:
                    logger.info("events dropped", count=len(lines), why=error.message)

    async def _send(self, lines: list[tuple[_Line, str]]) -> None:
        operations = [self._operation(line, at) for line, at in lines]
        answers = await self._client.batch(operations)
        for (line, _), answer in zip(lines, answers, strict=True):
            if isinstance(answer, StatusError):
                self._known.pop(line, None)
                if not isinstance(answer, NotFound):
                    logger.info("event dropped", reason=line.reason, why=answer.message)

    def _operation(self, line: _Line, at: str) -> Operation:
        known = self._known.get(line)
        if known is not None:
            namespace, name, count = known
            self._known[line] = (namespace, name, count + 1)
            self._known.move_to_end(line)
            return PatchOp(EVENT, namespace, name, {"count": count + 1, "lastTimestamp": at})
        event = self._event(line, at)
        self._known[line] = (namespace_of(event), name_of(event), 1)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return CreateOp(EVENT, event)

    def _event(self, line: _Line, at: str) -> Obj:
        about = dict(line.about)
        namespace = about.get("namespace") or "default"
        return {
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"namespace": namespace, "name": f"{about['name']}.{uuid.uuid4().hex[:16]}"},
            "involvedObject": about, "type": line.type, "reason": line.reason, "message": line.message,
            "source": {"component": COMPONENT, "host": self._node}, "count": 1,
            "firstTimestamp": at, "lastTimestamp": at,
            "reportingComponent": COMPONENT, "reportingInstance": self._node,
        }  # fmt: skip
