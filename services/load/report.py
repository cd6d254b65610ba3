"""What a run found: figures as JSON for machines, and as a table for people."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

# A Kubernetes 1.36 apiserver on 2 cores: what to beat. Nothing is asserted against it.
KUBERNETES = {"creates": 1370, "gets": 3800, "patches": 440, "list": 56_000, "watch": 47_000}

_WIDE = 1000  # characters, more than any table has


@dataclass(frozen=True)
class Measure:
    """`count` things in `seconds`; latencies are those of single requests (of deliveries, for a watch), in seconds."""

    name: str
    unit: str
    count: int
    seconds: float
    p50: float | None = None
    p99: float | None = None
    errors: int = 0
    error: str = ""

    @property
    def rate(self) -> float:
        return self.count / self.seconds if self.seconds else 0.0


@dataclass
class Report:
    """`facts` are single numbers by name, with the unit at its end: `up_to_ready_seconds`."""

    server: str
    scenario: dict[str, Any]
    measures: list[Measure] = field(default_factory=list)
    facts: dict[str, float] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)  # resident bytes by process

    @property
    def failed(self) -> bool:
        return any(measure.errors for measure in self.measures)

    def to_json(self) -> bytes:
        return orjson.dumps(
            {
                "server": self.server,
                "scenario": self.scenario,
                "measures": [{**asdict(measure), "rate": measure.rate} for measure in self.measures],
                "facts": self.facts,
                "memory": self.memory,
            },
            option=orjson.OPT_INDENT_2,
        )

    def save(self, path: Path) -> None:
        path.write_bytes(self.to_json() + b"\n")

    def show(self, console: Console) -> None:
        console.print(self._figures())
        facts = [(_words(name), value) for name, value in self.facts.items()]
        facts += [(f"resident memory of {name}, MB", size / 1e6) for name, size in sorted(self.memory.items())]
        if facts:
            table = Table("fact", box=None, pad_edge=False)
            table.add_column("value", justify="right")
            for name, value in facts:
                table.add_row(name, f"{value:,.0f}" if value >= 100 else f"{value:.3g}")
            console.print()
            console.print(table)

    def _figures(self) -> Table:
        table = Table(box=None, pad_edge=False)
        table.add_column("measure", no_wrap=True)
        table.add_column("unit", no_wrap=True)
        for heading in ("rate", "count", "p50 ms", "p99 ms", "k8s 1.36", "ratio", "errors"):
            table.add_column(heading, justify="right")
        for measure in self.measures:
            reference = KUBERNETES.get(measure.name)
            table.add_row(
                measure.name, measure.unit, f"{measure.rate:,.0f}", f"{measure.count:,}",
                _milliseconds(measure.p50), _milliseconds(measure.p99),
                f"{reference:,}" if reference else "", f"{measure.rate / reference:.1f}x" if reference else "",
                f"[red]{measure.errors}: {measure.error}[/red]" if measure.errors else "0",
            )  # fmt: skip
        return table


def console() -> Console:
    """Where tables are shown: a file or a pipe has no width that they would have to be cut to."""
    found = Console(highlight=False)
    if not found.is_terminal:
        found.width = _WIDE
    return found


def parse(data: bytes) -> Report:
    """The inverse of `to_json`."""
    given = orjson.loads(data)
    for each in given["measures"]:
        del each["rate"]
    measures = [Measure(**each) for each in given["measures"]]
    return Report(given["server"], given["scenario"], measures, given["facts"], given["memory"])


def quantile(values: list[float], share: float) -> float | None:
    """Of sorted values: the smallest that `share` of them do not exceed."""
    return values[min(int(len(values) * share), len(values) - 1)] if values else None


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1000:.2f}"


def _words(name: str) -> str:
    words, _, unit = name.rpartition("_")
    return f"{words.replace('_', ' ')}, {unit}"
