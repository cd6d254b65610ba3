"""The control plane that is measured: etcd, an apiserver and a scheduler, made for one run by whoever calls."""

from __future__ import annotations

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

_ROUNDS = re.compile(r"^pinnace_scheduler_round_seconds_sum ([0-9.e+-]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Place:
    """`grpc` is the address for client certificates, `scheduler` the port of the scheduler's metrics; `processes` are
    the ids by name of those that run. `start` returns once a process has been made, `stop` once it has ended."""

    kubeconfig: Path
    grpc: str
    scheduler: int
    processes: Mapping[str, int]
    start: Callable[[str], Awaitable[None]]
    stop: Callable[[str], Awaitable[None]]

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
    metrics = endpoints.from_server(f"http://127.0.0.1:{place.scheduler}")
    connection = await metrics.connect()
    try:
        answer = await connection.request(metrics.requests.make("GET", "/metrics", accept="*/*"))
    finally:
        connection.close()
    found = _ROUNDS.search(answer.body.decode())
    return Spent({**cpu, "load": local.cpu(os.getpid())}, float(found[1]) if found else 0.0)
