# ruff: noqa: SIM905 (a row of words)
from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from services.load import metrics, report, scenario
from services.load.report import Measure, Report
from services.load.scenario import Scenario, ScenarioError


def made() -> Report:
    return Report(
        "127.0.0.1:6443", {"pods": 10},
        [Measure("creates", "pods/s", 3000, 2.0, 0.001, 0.0105),
         Measure("watch", "events/s", 0, 0.0, errors=2, error="gone")],
        {"event_loop_lag_p99_milliseconds": 1.25}, {"apiserver": 120_000_000},
    )  # fmt: skip


def test_a_report_is_what_it_was_written_from(tmp_path: Path) -> None:
    made().save(tmp_path / "report.json")
    assert report.parse((tmp_path / "report.json").read_bytes()) == made()
    assert made().measures[0].rate == 1500
    assert made().measures[1].rate == 0
    assert made().failed
    assert not Report("x", {}, [Measure("gets", "pods/s", 1, 1.0)]).failed


def test_what_people_see() -> None:
    output = io.StringIO()
    made().show(Console(file=output, width=120))
    lines = output.getvalue().splitlines()
    assert lines[0].split() == "measure unit rate count p50 ms p99 ms k8s 1.36 ratio errors".split()
    assert lines[1].split() == ["creates", "pods/s", "1,500", "3,000", "1.00", "10.50", "1,370", "1.1x", "0"]
    assert "2: gone" in lines[2]
    assert any(line.split() == "event loop lag p99, milliseconds 1.25".split() for line in lines)
    assert any(line.split() == "resident memory of apiserver, MB 120".split() for line in lines)


def test_quantiles() -> None:
    values = [float(n) for n in range(1, 101)]
    assert report.quantile(values, 0.5) == 51
    assert report.quantile(values, 0.99) == 100
    assert report.quantile([7.0], 0.99) == 7
    assert report.quantile([], 0.5) is None


METRICS = """# HELP pinnace_event_loop_lag_seconds How late
# TYPE pinnace_event_loop_lag_seconds histogram
pinnace_event_loop_lag_seconds_bucket{le="0.001"} 90.0
pinnace_event_loop_lag_seconds_bucket{le="0.01"} 100.0
pinnace_event_loop_lag_seconds_bucket{le="+Inf"} 100.0
pinnace_event_loop_lag_seconds_bucket{worker="2",le="0.001"} 10.0
pinnace_event_loop_lag_seconds_sum 1.0
other_bucket{le="0.001"} 5.0
"""


def test_the_lag_histogram_is_read_and_interpolated() -> None:
    after = metrics.buckets(METRICS)
    assert after == {0.001: 100.0, 0.01: 100.0, float("inf"): 100.0}
    assert metrics.quantile({}, {0.001: 90.0, 0.01: 100.0, float("inf"): 100.0}, 0.95) == pytest.approx(0.0055)
    assert metrics.quantile({0.001: 90.0}, {0.001: 90.0, 0.01: 10.0}, 0.5) == pytest.approx(0.0055)
    assert metrics.quantile({}, {0.001: 0.0, float("inf"): 10.0}, 0.99) == 0.001
    assert metrics.quantile(after, after, 0.99) is None
    assert metrics.quantile({}, {}, 0.99) is None


SCENARIOS = Path(__file__).parents[2] / "load"


def test_the_published_scenario_is_the_default() -> None:
    assert scenario.load(SCENARIOS / "api.yaml") == Scenario()


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_scenarios_can_be_read(path: Path) -> None:
    assert scenario.load(path).pods > 0


@pytest.mark.parametrize(
    ("text", "message"),
    [("pods: 0", "pods must be more than 0"), ("pods: many", "pods must be a number"), ("[]", "is no map"),
     ("speed: 1", "a scenario has no setting 'speed'"), ("measures: [sing]", "there is no measure 'sing'"),
     ("measures: creates", "measures must be a list"), ("a: [", "cannot be read")],
)  # fmt: skip
def test_wrong_scenarios(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(text)
    with pytest.raises(ScenarioError, match=message):
        scenario.load(path)


def test_options_come_on_top() -> None:
    assert scenario.changed(Scenario(), {"pods": 5, "duration": None, "measures": ["gets"]}) == Scenario(
        pods=5, measures=("gets",)
    )
