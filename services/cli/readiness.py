"""Waiting until the processes of a cluster answer, one after the other."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import aiohttp

from services.cli.cluster import Cluster
from services.cli.preflight import Refused
from services.foundation import tls
from services.objects.meta import Obj

DEADLINE = 120.0  # seconds for the whole cluster
ETCD, APISERVER, CONTROLLER_MANAGER, SCHEDULER, NODE = "etcd", "apiserver", "controller-manager", "scheduler", "node"
EVERYTHING = (ETCD, APISERVER, CONTROLLER_MANAGER, SCHEDULER, NODE)

Phase = Callable[[str], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def untold(name: str) -> AsyncIterator[None]:
    yield


async def wait(cluster: Cluster, parts: tuple[str, ...] = EVERYTHING, phase: Phase = untold) -> None:
    """Until all `parts` are ready; each is waited for within a `phase`. Raises Refused when they take too long."""
    etcd = tls.client_context(cluster.pki.identity("etcd/client", "etcd/ca"))
    admin = tls.client_context(cluster.pki.identity("admin"))
    deadline = time.monotonic() + DEADLINE
    api, health = cluster.server, cluster.health_port
    async with aiohttp.ClientSession() as session:

        async def answers(url: str, context: ssl.SSLContext | None, good: Callable[[Obj], bool] | None = None) -> bool:
            try:
                async with session.get(url, ssl=context or False, timeout=aiohttp.ClientTimeout(5)) as answer:
                    return answer.status == 200 and (good is None or good(await answer.json()))
            except (aiohttp.ClientError, OSError, TimeoutError):
                return False

        questions: dict[str, tuple[str, Callable[[], Awaitable[bool]]]] = {
            ETCD: ("etcd", lambda: answers(f"https://127.0.0.1:{cluster.etcd_port}/health", etcd)),
            APISERVER: ("apiserver", lambda: answers(f"{api}/readyz", admin)),
            CONTROLLER_MANAGER: ("controller-manager", lambda: answers(f"http://127.0.0.1:{health}/readyz", None)),
            SCHEDULER: ("scheduler", lambda: answers(f"http://127.0.0.1:{health + 2}/readyz", None)),
            NODE: (f"node {cluster.node_name} Ready",
                   lambda: answers(f"{api}/api/v1/nodes/{cluster.node_name}", admin, _is_ready)),
        }  # fmt: skip
        for part in parts:
            name, question = questions[part]
            async with phase(name):
                while not await question():
                    if time.monotonic() > deadline:
                        raise Refused(f"{name} did not come up in {DEADLINE:.0f} s: the reason is in {cluster.logs}")
                    await asyncio.sleep(0.05)


def _is_ready(node: Obj) -> bool:
    conditions = node.get("status", {}).get("conditions", ())
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
