"""`pinnace load scheduler`: measures this machine's scheduler in a control plane of its own, made for each workload."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop
from rich.console import Console

from services.foundation import process
from services.load import report as reports
from services.load.endpoint import EndpointError
from services.load.ground import Refused
from services.load.http import HttpError
from services.load.scheduling import alone, report, run, starting, workloads
from services.load.scheduling.place import Bring
from services.load.scheduling.report import Figures
from services.load.scheduling.workloads import Workload, WorkloadError


def main(argv: Sequence[str], bring: Bring) -> int:
    """0: everything was measured; 2: something could not be measured, and why; 130: stopped. What was measured until
    then is shown and kept. `bring` makes a control plane and removes it."""
    options = _parser().parse_args(argv)
    gc.set_threshold(*process.COLLECT)  # as in the scheduler's process
    console, figures, stopped = reports.console(), Figures(), False
    try:
        chosen = workloads.find(options.workload, options.nodes, options.pods)
    except WorkloadError as error:
        print(f"pinnace load: {error}", file=sys.stderr)
        return 2
    try:
        uvloop.run(_measure(chosen, bring, options.rest, console, figures))
    except (KeyboardInterrupt, asyncio.CancelledError):
        stopped = True
    report.show(figures, console)
    if options.json:
        report.save(figures, options.json)
    return 130 if stopped else 2 if figures.failures else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pinnace load scheduler",
        description="Measures how fast pods find nodes, with an etcd, an apiserver and a scheduler made for it.",
    )
    parser.add_argument("--workload", required=True, help=f"all, or one of {', '.join(workloads.NAMES)}")
    parser.add_argument("--nodes", type=int, help="default: as many as the workload has")
    parser.add_argument("--pods", type=int, help="that are timed (start: that are there); default: as the workload")
    parser.add_argument("--rest", action="store_true", help="create pods one by one over REST, not in batches by gRPC")
    parser.add_argument("--json", type=Path, help="keep the figures in this file")
    return parser


async def _measure(chosen: Sequence[Workload], bring: Bring, rest: bool, console: Console, figures: Figures) -> None:
    """A workload that cannot be measured does not keep the others from it: each has a control plane of its own."""
    running = asyncio.current_task()
    assert running is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)  # what was made is removed then, too
    for workload in chosen:
        timed = "" if workload.name == workloads.START else f"{workload.pods:,} pods on "
        console.print(f"measuring {workload.name}: {timed}{workload.existing:,}, {workload.nodes:,} nodes")
        try:
            await _measure_one(workload, bring, rest, figures)
        except (WorkloadError, EndpointError, Refused, HttpError, OSError, TimeoutError) as error:
            figures.failures[workload.name] = str(error) or "no answer in time"
            print(f"pinnace load: {workload.name}: {figures.failures[workload.name]}", file=sys.stderr)


async def _measure_one(workload: Workload, bring: Bring, rest: bool, figures: Figures) -> None:
    if workload.name == workloads.START:
        async with bring() as place:
            figures.starts.append(await starting.measure(workload, place))
        return
    rate = alone.rate(workload)
    async with bring() as place:
        row = await run.measure(workload, place, rest=rest)
    row.alone = rate
    figures.rows.append(row)
