"""The load generator measures a real cluster; figures are for people, so none is asserted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson

from tests.e2e.harness import Cluster


def test_load_api_runs_for_two_seconds_and_its_report_parses(cluster: Cluster, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "services.cli.main", "load", "api", "--kubeconfig", str(cluster.kubeconfig),
               "--duration", "2", "--pods", "200", "--json", str(report)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = orjson.loads(report.read_bytes())
    assert figures
    assert "creates" in done.stdout
