"""What the runs found: all figures as JSON, and the table for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from services.load.scheduling.workloads import WORKLOADS


@dataclass
class Row:
    """One run. Seconds from the first create: `seconds` until the last pod had a node, `created` until the last create
    was answered; `deciding` is what the scheduler spent in rounds. `cpu` is in seconds and `memory` in bytes, by
    process; `alone` is what the algorithm does without I/O, in pods per second."""

    name: str
    nodes: int
    existing: int
    pods: int
    seconds: float
    throughput: dict[str, float]
    created: float
    deciding: float
    cpu: dict[str, float]
    memory: dict[str, int]
    alone: float | None = None


def to_json(rows: Sequence[Row]) -> bytes:
    return orjson.dumps({"rows": [asdict(row) for row in rows]}, option=orjson.OPT_INDENT_2) + b"\n"


def parse(data: bytes) -> list[Row]:
    """The inverse of `to_json`."""
    return [Row(**row) for row in orjson.loads(data)["rows"]]


def save(rows: Sequence[Row], path: Path) -> None:
    path.write_bytes(to_json(rows))


def show(rows: Sequence[Row], console: Console) -> None:
    console.print(_speed(rows))
    console.print()
    console.print(_costs(rows))


def _speed(rows: Sequence[Row]) -> Table:
    table = Table(title="pods/s", title_justify="left", box=None, pad_edge=False)
    table.add_column("workload", no_wrap=True)
    for heading in ("nodes", "pods on", "average", "p50", "p90", "p99", "alone", "at least", "k8s floor"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        known = WORKLOADS.get(row.name)
        table.add_row(
            row.name, f"{row.nodes:,}", f"{row.pods:,} on {row.existing:,}",
            *(f"{row.throughput[name]:,.0f}" for name in ("average", "p50", "p90", "p99")),
            f"{row.alone:,.0f}" if row.alone is not None else "",
            f"{known.floor:,}" if known else "", known.kubernetes if known else "",
        )  # fmt: skip
    return table


def _costs(rows: Sequence[Row]) -> Table:
    """Where the time goes: CPU per timed pod by process, and how much of the run the scheduler was deciding."""
    table = Table(title="CPU µs per pod; memory in MB", title_justify="left", box=None, pad_edge=False)
    table.add_column("workload", no_wrap=True)
    processes = list(dict.fromkeys(name for row in rows for name in row.cpu))
    for heading in (*processes, "deciding", "created after", *(f"{name} MB" for name in processes if name != "load")):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row.name, *(f"{row.cpu.get(name, 0) / row.pods * 1e6:,.0f}" for name in processes),
            f"{row.deciding / row.pods * 1e6:,.0f}", f"{row.created / row.seconds:.0%}",
            *(f"{row.memory.get(name, 0) / 1e6:,.0f}" for name in processes if name != "load"),
        )  # fmt: skip
    return table
