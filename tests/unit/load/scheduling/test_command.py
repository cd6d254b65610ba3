"""What the command does with what its runs find, or do not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from services.load.ground import Refused
from services.load.scheduling import alone, command, report, run, starting
from services.load.scheduling.report import Row
from services.load.scheduling.starting import Start
from services.load.scheduling.workloads import NAMES, START, Workload

LONG = "namespace-selector-anti-affinity"


class Runs:
    """Of workloads, each of which finds the same or raises its error."""

    def __init__(self) -> None:
        self.errors: dict[str, BaseException] = {}

    async def measure(self, workload: Workload, place: Any, *, rest: bool = False) -> Row:
        if workload.name in self.errors:
            raise self.errors[workload.name]
        return Row(workload.name, workload.nodes, workload.existing, workload.pods, 4.0,
                   {"average": 2500.0, "p50": 2400.0, "p90": 2600.0, "p99": 2700.0}, 3.0, 0.5,
                   {"etcd": 1.0, "apiserver": 3.0, "scheduler": 2.0, "load": 0.5}, {"etcd": 30_000_000})  # fmt: skip

    async def start(self, workload: Workload, place: Any) -> Start:
        return Start(workload.nodes, workload.existing, 4.3, 0.005, 250_000_000)


@asynccontextmanager
async def bring() -> AsyncIterator[Any]:
    yield None


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    made = Runs()
    monkeypatch.setattr(run, "measure", made.measure)
    monkeypatch.setattr(starting, "measure", made.start)
    monkeypatch.setattr(alone, "rate", lambda workload: 20_000.0)
    return made


def test_what_was_measured_is_kept_when_something_else_cannot_be(
    runs: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.errors = {"mixed": Refused("no pods"), "preemption": TimeoutError()}
    file = tmp_path / "figures.json"
    assert command.main(["--workload", "all", "--json", str(file)], bring) == 2
    said = capsys.readouterr()
    assert said.err == "pinnace load: mixed: no pods\npinnace load: preemption: no answer in time\n"
    kept = report.parse(file.read_bytes())
    assert kept.failures == {"mixed": "no pods", "preemption": "no answer in time"}
    measured = [name for name in NAMES if name not in (*kept.failures, START)]
    assert [row.name for row in kept.rows] == measured
    assert len(kept.starts) == 1
    shown = [line.split()[0] for line in said.out.splitlines() if line and not line.startswith("measuring")]
    assert [name for name in shown if name in measured] == [*measured, *measured]


def test_a_stopped_command_shows_what_it_has(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    runs.errors = {"node-affinity": asyncio.CancelledError()}
    assert command.main(["--workload", "all"], bring) == 130
    rows = [line.split()[0] for line in capsys.readouterr().out.splitlines() if "20,000" in line]
    assert rows == ["basic", "topology-spread"]


def test_nothing_is_cut_where_there_is_no_terminal(
    runs: Runs, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert command.main(["--workload", LONG], bring) == 0
    shown = capsys.readouterr().out
    assert "…" not in shown
    (row,) = (line.split() for line in shown.splitlines() if line.startswith(LONG) and " on " in line)
    assert row == [LONG, "6,000", "2,000", "on", "4,000", "2,500", "2,400", "2,600", "2,700", "20,000", "500", "24"]


def test_a_workload_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--workload", "none"], bring) == 2
    assert "there is no workload 'none'" in capsys.readouterr().err
