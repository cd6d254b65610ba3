"""How long a scheduler takes to begin in a cluster that is there already, and what it takes while nothing happens.

The pods have their nodes when they are made: the scheduler that would have placed them is not the one that is timed.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

from services.load import local
from services.load.scheduling import workloads
from services.load.scheduling.arrivals import arrivals
from services.load.scheduling.creating import grpc
from services.load.scheduling.place import SCHEDULER, Place
from services.load.scheduling.preparing import prepare
from services.load.scheduling.workloads import MEASURED, Workload
from services.objects.meta import Obj

IDLE = 10.0  # seconds


@dataclass
class Start:
    """`seconds` from the start of the process until the first pod it placed had its node; `idle` is the share of one
    CPU that it takes afterwards, `memory` its resident bytes by then."""

    nodes: int
    pods: int
    seconds: float
    idle: float
    memory: int


async def measure(workload: Workload, place: Place, idle: float = IDLE) -> Start:
    """`idle`: seconds over which that is measured. Raises Refused."""
    async with grpc(place) as writer:
        await prepare(workload, writer)
        await place.stop(SCHEDULER)
        await writer.pods(_bound(workload))()
        await writer.pods(workloads.measured(workload))()
        gc.collect()
        async with arrivals(place.endpoint, MEASURED) as seen:
            began = perf_counter()
            await place.start(SCHEDULER)
            await seen.wait(workload.pods)
            took = min(seen.times.values()) - began
    pid = place.processes[SCHEDULER]
    await asyncio.sleep(idle / 2)  # what it still has to write is written by then
    earlier, at = local.cpu(pid), perf_counter()
    await asyncio.sleep(idle)
    share = (local.cpu(pid) - earlier) / (perf_counter() - at)
    return Start(workload.nodes, workload.existing, took, share, local.resident(pid))


def _bound(workload: Workload) -> Iterator[Obj]:
    names = workloads.node_names(workload)
    for number, pod in enumerate(workloads.existing(workload)):
        pod["spec"]["nodeName"] = names[number % len(names)]
        yield pod
