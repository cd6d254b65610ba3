"""What the runs found: all figures as JSON, and the table for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from services.load.scheduling.starting import Start
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


@dataclass
class Figures:
    """What one command measured; `failures` says by workload why there are no figures."""

    rows: list[Row] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


def to_json(figures: Figures) -> bytes:
    return orjson.dumps(asdict(figures), option=orjson.OPT_INDENT_2) + b"\n"


def parse(data: bytes) -> Figures:
    """The inverse of `to_json`."""
    found = orjson.loads(data)
    rows, starts = [Row(**row) for row in found["rows"]], [Start(**start) for start in found["starts"]]
    return Figures(rows, starts, found["failures"])


def save(figures: Figures, path: Path) -> None:
    path.write_bytes(to_json(figures))


def show(figures: Figures, console: Console) -> None:
    tables = [_speed(figures.rows), _costs(figures.rows)] if figures.rows else []
    tables += [_starts(figures.starts)] if figures.starts else []
    for number, table in enumerate(tables):
        if number:
            console.print()
        console.print(table)


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


def _starts(starts: Sequence[Start]) -> Table:
    table = Table(title="a scheduler's start", title_justify="left", box=None, pad_edge=False)
    for heading in ("nodes", "pods", "seconds to the first binding", "CPU while idle", "MB"):
        table.add_column(heading, justify="right", no_wrap=True)
    for start in starts:
        table.add_row(f"{start.nodes:,}", f"{start.pods:,}", f"{start.seconds:.2f}", f"{start.idle:.1%}",
                      f"{start.memory / 1e6:,.0f}")  # fmt: skip
    return table
