"""The control plane that is measured: etcd, an apiserver and a scheduler, made for one run by whoever calls."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from services.load import endpoint as endpoints
from services.load import local
from services.load.endpoint import Endpoint
from services.load.http import HttpError

SCHEDULER = "scheduler"
_PATIENCE = 5.0  # seconds for the scheduler's metrics
_COUNTS = re.compile(
    r"^pinnace_((?:scheduler|events)_[a-z_]+(?<!_bucket)(?<!_created)(?:\{[^}]*\})? [^ ]+)$", re.MULTILINE
)
_ROUNDS = re.compile(r"^pinnace_scheduler_round_seconds_sum ([0-9.e+-]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Place:
    """`grpc` is the address for client certificates, `scheduler` the port of the scheduler's metrics; `processes` are
    the ids by name of those that run. `start` returns once a process has been made, `stop` once it has ended;
    `said` gives the end of a process's log."""

    kubeconfig: Path
    grpc: str
    scheduler: int
    processes: Mapping[str, int]
    start: Callable[[str], Awaitable[None]]
    stop: Callable[[str], Awaitable[None]]
    said: Callable[[str], str]

    @property
    def endpoint(self) -> Endpoint:
        return endpoints.from_kubeconfig(self.kubeconfig)

    def memory(self) -> dict[str, int]:
        """Resident bytes by process."""
        return {name: local.resident(pid) for name, pid in self.processes.items()}


Bring = Callable[[], AbstractAsyncContextManager[Place]]


class Spent(NamedTuple):
    """CPU seconds by process, that of the load generator among them, and the seconds the scheduler took to decide."""

    cpu: dict[str, float]
    deciding: float

    def since(self, earlier: Spent) -> Spent:
        cpu = {name: seconds - earlier.cpu[name] for name, seconds in self.cpu.items()}
        return Spent(cpu, self.deciding - earlier.deciding)


async def spent(place: Place) -> Spent:
    cpu = {name: local.cpu(pid) for name, pid in place.processes.items()}
    found = _ROUNDS.search(await _metrics(place))
    return Spent({**cpu, "load": local.cpu(os.getpid())}, float(found[1]) if found else 0.0)


async def doing(place: Place) -> str:
    """What the scheduler has done and said: for whoever waits for it in vain."""
    try:
        async with asyncio.timeout(_PATIENCE):
            counts = ", ".join(_COUNTS.findall(await _metrics(place)))
    except (HttpError, OSError, TimeoutError) as error:
        counts = f"its metrics cannot be had: {error or 'no answer in time'}"
    return f"the scheduler counts: {counts}\nthe scheduler said: {place.said(SCHEDULER)}"


async def _metrics(place: Place) -> str:
    metrics = endpoints.from_server(f"http://127.0.0.1:{place.scheduler}")
    connection = await metrics.connect()
    try:
        answer = await connection.request(metrics.requests.make("GET", "/metrics", accept="*/*"))
    finally:
        connection.close()
    return answer.body.decode()
