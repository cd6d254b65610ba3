"""The table and the file."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from services.load.scheduling import report
from services.load.scheduling.report import Figures, Row
from services.load.scheduling.starting import Start

ROW = Row(
    "basic", 5000, 1000, 10_000, 4.0, {"average": 2500.0, "p50": 2400.0, "p90": 2600.0, "p99": 2700.0}, 3.0, 0.5,
    {"etcd": 1.0, "scheduler": 2.0, "load": 0.5}, {"etcd": 30_000_000, "scheduler": 80_000_000}, 21_000.0,
)  # fmt: skip
START = Start(5000, 30_000, 4.321, 0.0049, 250_000_000)


def test_the_file_has_all_figures(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    figures = Figures([ROW], [START])
    report.save(figures, path)
    assert report.parse(path.read_bytes()) == figures


def test_the_table_shows_them() -> None:
    shown = show(Figures([ROW]))
    lines = [line.split() for line in shown.splitlines() if line.startswith("basic")]
    assert lines == [
        ["basic", "5,000", "10,000", "on", "1,000", "2,500", "2,400", "2,600", "2,700", "21,000", "2,000", "270-680"],
        ["basic", "100", "200", "50", "50", "75%", "30", "80"],
    ]
    assert "start" not in shown


def test_a_start_has_a_table_of_its_own() -> None:
    shown = show(Figures(starts=[START]))
    assert shown.splitlines()[-1].split() == ["5,000", "30,000", "4.32", "0.5%", "250"]
    assert "pods/s" not in shown
    assert [line for line in show(Figures([ROW], [START])).splitlines() if not line.strip()] == ["", ""]


def show(figures: Figures) -> str:
    console = Console(width=200, file=io.StringIO(), record=True)
    report.show(figures, console)
    return console.export_text()
