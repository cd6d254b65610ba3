"""Two schedulers, real processes over a real apiserver and etcd, of which the leader is killed or frozen under load.

Whatever happens, the history of etcd has no pod with two nodes, and at no moment a node with more than it has.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from services.client.sdk import Client, CreateOp
from services.objects.kinds import NODE, POD
from services.objects.meta import Obj
from services.storage.channel import connect
from services.storage.election import Election
from tests.integration.conftest import Etcd
from tests.integration.plane import Plane, wait_ready

NODES, EACH = 30, 10  # pods of a tenth of a node's CPU
FROZEN = 18.0  # seconds: longer than a leader's lease is valid
PATIENCE = 90.0  # seconds for everything to come to rest


@pytest.fixture
def plane(tmp_path: Path, etcd: Etcd) -> Iterator[Plane]:
    made = Plane(tmp_path, etcd)
    yield made
    made.stop()


class Checker:
    """Follows every change of every pod, in the order of etcd."""

    def __init__(self) -> None:
        self.nodes: dict[str, str] = {}  # by uid, of pods that are there
        self.waiting: set[str] = set()
        self.bound = 0
        self.used: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.news = asyncio.Event()

    def see(self, type_: str, pod: Obj) -> None:
        uid, node = pod["metadata"]["uid"], pod["spec"].get("nodeName", "")
        before = self.nodes.get(uid, "")
        if type_ == "DELETED":
            self.waiting.discard(uid)
            self.used[self.nodes.pop(uid, "")] -= 1
        elif before and before != node:
            self.wrong.append(f"{pod['metadata']['name']} was on {before} and is on {node or 'none'}")
        elif node and not before:
            self.nodes[uid] = node
            self.waiting.discard(uid)
            self.bound += 1
            self.used[node] += 1
            if self.used[node] > EACH:
                self.wrong.append(f"{node} has {self.used[node]} pods")
        elif not node:
            self.waiting.add(uid)
        self.news.set()

    async def until(self, condition: Any) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self.news.clear()
                await self.news.wait()


class Schedulers:
    """Two processes by the names under which they stand for election."""

    def __init__(self, plane: Plane, election: Election) -> None:
        self._plane = plane
        self._election = election
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        self._running[name], health = self._plane.scheduler(identity=name)
        wait_ready(health)

    async def leader(self) -> str:
        async with asyncio.timeout(PATIENCE):
            while True:
                name = await self._election.leader()
                if name in self._running:
                    return name
                await asyncio.sleep(0.1)

    async def kill(self) -> None:
        name = await self.leader()
        self._running[name].send_signal(signal.SIGKILL)
        await asyncio.to_thread(self._running[name].wait)
        await asyncio.to_thread(self.start, name)

    async def freeze(self) -> None:
        name = await self.leader()
        self._running[name].send_signal(signal.SIGSTOP)
        await asyncio.sleep(FROZEN)
        self._running[name].send_signal(signal.SIGCONT)


def pod(number: int) -> Obj:
    container = {"name": "c", "image": "example.com/c:1", "resources": {"requests": {"cpu": "100m"}}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"p{number:05d}", "namespace": "default"},
            "spec": {"automountServiceAccountToken": False, "terminationGracePeriodSeconds": 0,
                     "containers": [container]}}  # fmt: skip


async def load(client: Client, checker: Checker, rng: Random) -> None:
    """More pods than there is room for; some of those that have a node go, and others take their places."""
    number = 0
    while True:
        missing = NODES * EACH + 50 - len(checker.nodes) - len(checker.waiting)
        if missing > 0:
            await client.batch([CreateOp(POD, pod(number + each)) for each in range(missing)])
            number += missing
        names = [each["metadata"]["name"] for each in await client.pods("default").list()
                 if each["spec"].get("nodeName")]  # fmt: skip
        for name in rng.sample(names, min(len(names), 8)):
            await client.pods("default").delete(name)
        await asyncio.sleep(0.2)


async def follow(client: Client, checker: Checker, since: str) -> None:
    async for event in client.pods("default").watch(resource_version=since):
        checker.see(event.type, event.object)


async def end(task: asyncio.Task[None]) -> None:
    """Raises what the task raised."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_the_leader_is_killed_and_frozen_under_load(plane: Plane, etcd: Etcd) -> None:
    plane.apiserver()
    rng, checker = Random(1), Checker()
    async with (
        connect(etcd.endpoints) as store, Client(plane.address, identity=plane.pki.identity("admin")) as client,
    ):  # fmt: skip
        await client.serviceaccounts("default").create({"metadata": {"name": "default"}})
        amounts = {"cpu": "1", "memory": "8Gi", "pods": "110"}
        answers = await client.batch([CreateOp(NODE, {"metadata": {"name": f"n{number:02d}"}, "status": {
            "capacity": amounts, "allocatable": amounts}}) for number in range(NODES)])  # fmt: skip
        assert all(isinstance(answer, dict) for answer in answers)
        since = (await client.pods("default").list()).resource_version
        schedulers = Schedulers(plane, Election(store.channel, "scheduler", "nobody"))
        for name in ("one", "two"):
            await asyncio.to_thread(schedulers.start, name)
        following = asyncio.create_task(follow(client, checker, since))
        loading = asyncio.create_task(load(client, checker, rng))
        for trouble in (schedulers.kill, schedulers.freeze, schedulers.kill):
            before = checker.bound
            await checker.until(lambda before=before: checker.bound > before + 100)
            await asyncio.sleep(rng.random())
            await trouble()
        before = checker.bound
        await checker.until(lambda: checker.bound > before + 100)
        await end(loading)
        await checker.until(lambda: not checker.waiting or len(checker.nodes) == NODES * EACH)
        await end(following)
    assert checker.wrong == []
    assert checker.bound > 500
