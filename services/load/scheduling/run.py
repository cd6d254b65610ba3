"""One workload against one control plane: what has to be there first, then the clock, then a check."""

from __future__ import annotations

import gc
from time import perf_counter

from services.load.ground import Refused
from services.load.scheduling import workloads
from services.load.scheduling.arrivals import BOUND, UNSCHEDULABLE, arrivals, without_node
from services.load.scheduling.creating import Rest, grpc
from services.load.scheduling.place import Place, doing, spent
from services.load.scheduling.preparing import prepare
from services.load.scheduling.report import Row
from services.load.scheduling.throughput import throughput
from services.load.scheduling.workloads import MEASURED, Workload


async def measure(workload: Workload, place: Place, *, rest: bool = False) -> Row:
    """The clock runs from the first create to the last pod that has a node. Raises Refused, with what the scheduler was
    doing."""
    try:
        return await _measure(workload, place, rest=rest)
    except Refused as error:
        raise Refused(f"{error}\n{await doing(place)}") from error


async def _measure(workload: Workload, place: Place, *, rest: bool) -> Row:
    endpoint = place.endpoint
    async with grpc(place) as writer:
        await prepare(workload, writer)
        sign = BOUND if workload.placed else UNSCHEDULABLE
        async with arrivals(endpoint, sign=sign) as before:
            await writer.pods(workloads.existing(workload))()
            await before.wait(workload.existing)
        create = (Rest(place) if rest else writer).pods(workloads.measured(workload))
        gc.collect()
        gc.freeze()
        async with arrivals(endpoint, MEASURED) as seen:
            earlier = await spent(place)
            began = perf_counter()
            await create()
            created = perf_counter() - began
            await seen.wait(workload.pods)
            costs = (await spent(place)).since(earlier)
    left = await without_node(endpoint, MEASURED)
    if left:
        raise Refused(f"{len(left)} pods have no node, {left[0]} among them")
    times = [time - began for time in seen.times.values()]
    return Row(
        workload.name, workload.nodes, workload.existing, workload.pods, max(times), throughput(times)._asdict(),
        created, costs.deciding, costs.cpu, place.memory(),
    )  # fmt: skip
