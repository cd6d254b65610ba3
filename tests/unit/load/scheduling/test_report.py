"""The table and the file."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from services.load.scheduling import report
from services.load.scheduling.report import Row

ROW = Row(
    "basic", 5000, 1000, 10_000, 4.0, {"average": 2500.0, "p50": 2400.0, "p90": 2600.0, "p99": 2700.0}, 3.0, 0.5,
    {"etcd": 1.0, "scheduler": 2.0, "load": 0.5}, {"etcd": 30_000_000, "scheduler": 80_000_000}, 21_000.0,
)  # fmt: skip


def test_the_file_has_all_figures(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    report.save([ROW], path)
    assert report.parse(path.read_bytes()) == [ROW]


def test_the_table_shows_them() -> None:
    console = Console(width=200, file=io.StringIO(), record=True)
    report.show([ROW], console)
    lines = [line.split() for line in console.export_text().splitlines() if line.startswith("basic")]
    assert lines == [
        ["basic", "5,000", "10,000", "on", "1,000", "2,500", "2,400", "2,600", "2,700", "21,000", "2,000", "270-680"],
        ["basic", "100", "200", "50", "50", "75%", "30", "80"],
    ]
