"""What the store's whole history says of placements, revision by revision: who is where, and what each node holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from itertools import groupby
from typing import Any, NamedTuple

import orjson

from services.objects.kinds import NODE, POD
from services.objects.meta import Obj
from services.scheduler.cluster.requests import amount
from services.scheduler.state import has_ended
from services.storage import keys
from services.storage.store import Changes, Event, Readable

_NODES, _PODS = keys.prefix(NODE), keys.prefix(POD)


class _Held(NamedTuple):
    uid: str
    node: str
    amounts: dict[str, int]


class Ledger:
    """Raises AssertionError at the first revision that breaks a law: a pod's node never changes and is never taken
    away; a node never holds more than it can, be it there at the moment or not.

    `bound`: node by uid, of every pod that ever had one; `waiting`: keys of pods that are there without a node.
    """

    def __init__(self) -> None:
        self.bound: dict[str, str] = {}
        self.waiting: set[str] = set()
        self.pods: set[str] = set()
        self.revision = 0
        self._held: dict[str, _Held] = {}  # by key
        self._used: dict[str, dict[str, int]] = {}
        self._allocatable: dict[str, dict[str, int]] = {}
        self._turned = asyncio.Condition()

    async def follow(self, reader: Readable, after: int) -> None:
        """For ever."""
        watching: Any = reader.watch(after)
        async with aclosing(watching) as stream:
            async for changes in stream:
                async with self._turned:
                    self.see(changes)
                    self._turned.notify_all()

    async def until(self, condition: Any, seconds: float) -> None:
        """Waits for a revision of which the condition holds."""
        async with asyncio.timeout(seconds), self._turned:
            await self._turned.wait_for(condition)

    def see(self, changes: Changes) -> None:
        for revision, events in groupby(changes.events, key=lambda event: event.resource_version >> 8):
            touched = {node for event in events for node in self._see(event)}
            for node in touched:
                self._check(node, revision)
        self.revision = changes.revision

    def _see(self, event: Event) -> list[str]:
        """The nodes on which something changed."""
        obj = orjson.loads(event.entry.value) if event.entry else None
        if event.key.startswith(_NODES):
            if obj is not None:
                texts = (obj.get("status") or {}).get("allocatable") or {}
                name = obj["metadata"]["name"]
                self._allocatable[name] = {each: amount(each, text) for each, text in texts.items()}
            return []
        return self._see_pod(event.key, obj) if event.key.startswith(_PODS) else []

    def _see_pod(self, key: str, pod: Obj | None) -> list[str]:
        before = self._held.pop(key, None)
        self.waiting.discard(key)
        self.pods.discard(key)
        if before is not None:
            self._count(before, -1)
        if pod is not None:
            self.pods.add(key)
            uid, node = pod["metadata"]["uid"], pod["spec"].get("nodeName") or ""
            assert self.bound.get(uid, node) == node, f"{key} was on {self.bound[uid]} and is on {node!r} now"
            if node:
                self.bound[uid] = node
            elif not has_ended(pod):
                self.waiting.add(key)
            if node and not has_ended(pod):
                self._held[key] = _Held(uid, node, _requests(pod))
                self._count(self._held[key], 1)
                return [node]
        return []

    def _count(self, held: _Held, sign: int) -> None:
        used = self._used.setdefault(held.node, {})
        for name, number in held.amounts.items():
            used[name] = used.get(name, 0) + sign * number

    def _check(self, node: str, revision: int) -> None:
        for name, number in self._used[node].items():
            has = self._allocatable[node].get(name, 0)
            assert number <= has, f"at revision {revision} {node} holds {number} of {name} and has {has}"


def _requests(pod: Obj) -> dict[str, int]:
    found = {"pods": 1}
    for container in pod["spec"]["containers"]:
        for name, text in container["resources"]["requests"].items():
            found[name] = found.get(name, 0) + amount(name, text)
    return found


@asynccontextmanager
async def audited(reader: Readable, after: int = 0) -> AsyncIterator[Ledger]:
    """A ledger that is kept during the block; what breaks a law ends the block."""
    ledger = Ledger()
    try:
        async with asyncio.TaskGroup() as group:
            keeping = group.create_task(ledger.follow(reader, after))
            yield ledger
            keeping.cancel()
    except* AssertionError as broken:
        raise broken.exceptions[0] from None
