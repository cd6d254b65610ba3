"""`pinnace load scheduler` with real processes and small numbers; figures are for people, so none is asserted."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import pytest

from services.cli.control_plane import private
from services.load.ground import Refused
from services.load.local import processes
from services.load.scheduling import arrivals, report, run, starting
from services.load.scheduling.workloads import WORKLOADS, Workload, sized, start

PARTS = {"etcd", "apiserver", "scheduler"}
DEADLINE = 60.0  # seconds


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything that is made is below it, and so can be found."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left(scratch: Path) -> list[object]:
    """Processes and directories of control planes."""
    return [*(each for each in processes() if any(str(scratch) in word for word in each.command)),
            *scratch.glob("pinnace-load-*")]  # fmt: skip


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=lambda workload: workload.name)
async def test_every_pod_gets_a_node_and_nothing_is_left(workload: Workload, scratch: Path) -> None:
    small = sized(workload, 60) if workload.crowded else sized(workload, 20, 40)
    async with private() as place:
        assert len(left(scratch)) == len(PARTS) + 1
        row = await run.measure(small, place)  # raises unless the API says that every pod has a node
    assert row.pods == small.pods
    assert row.throughput["average"] > 0
    assert set(row.memory) == PARTS
    assert min(row.memory.values()) > 0
    assert left(scratch) == []


async def test_pods_can_be_made_over_rest(scratch: Path) -> None:
    async with private() as place:
        row = await run.measure(sized(WORKLOADS["basic"], 5, 20), place, rest=True)
    assert row.pods == 20
    assert left(scratch) == []


async def test_a_start_is_timed_until_the_first_pod_has_a_node(scratch: Path) -> None:
    async with private() as place:
        before = place.processes["scheduler"]
        found = await starting.measure(start(20, 50), place, idle=0.2)
        assert place.processes["scheduler"] != before
    assert (found.nodes, found.pods) == (20, 50)
    assert 0 < found.seconds < DEADLINE
    assert 0 <= found.idle < 1
    assert found.memory > 0
    assert left(scratch) == []


async def test_a_process_that_ends_ends_the_run(scratch: Path) -> None:
    async def lose_the_scheduler() -> None:
        async with asyncio.timeout(DEADLINE), private() as place:
            os.kill(place.processes["scheduler"], signal.SIGKILL)
            await asyncio.Event().wait()

    with pytest.raises(Refused, match="scheduler ended with code -9"):
        await lose_the_scheduler()
    assert left(scratch) == []


async def test_who_waits_in_vain_is_told_what_the_scheduler_did(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "QUIET", 5.0)
    small = sized(WORKLOADS["basic"], 1, 200)  # more than the node takes
    async with private() as place:
        with pytest.raises(Refused, match=r"only \d+ of 200 pods were decided about") as refused:
            await run.measure(small, place)
        assert 'scheduler_attempts_total{outcome="scheduled"} ' in str(refused.value)
        assert '"event":"leading"' in str(refused.value).replace(" ", "")


async def test_an_error_of_the_run_comes_through(scratch: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        async with private():
            raise ZeroDivisionError
    assert left(scratch) == []


async def test_the_command_keeps_figures_and_prints_them(scratch: Path) -> None:
    file = scratch / "figures.json"
    process = await command("--workload", "basic", "--nodes", "5", "--pods", "20", "--json", str(file), scratch=scratch)
    async with asyncio.timeout(DEADLINE):
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    (row,) = report.parse(file.read_bytes()).rows
    assert (row.name, row.nodes, row.pods) == ("basic", 5, 20)
    assert row.alone
    assert "basic" in output.decode()
    assert left(scratch) == []


async def test_a_terminated_command_leaves_nothing(scratch: Path) -> None:
    process = await command("--workload", "basic", "--nodes", "1000", "--pods", "20000", scratch=scratch)
    async with asyncio.timeout(DEADLINE):
        assert process.stdout is not None
        await process.stdout.readline()  # it begins
        await asyncio.to_thread(appeared, scratch)
        process.terminate()
        await process.wait()
    assert process.returncode == 130
    assert left(scratch) == []


def appeared(scratch: Path) -> None:
    """Until the processes are there."""
    deadline = time.monotonic() + DEADLINE
    while len(left(scratch)) <= len(PARTS) and time.monotonic() < deadline:
        time.sleep(0.05)


async def command(*arguments: str, scratch: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli.main", "load", "scheduler", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env={**os.environ, "TMPDIR": str(scratch)},
    )  # fmt: skip
