"""Plugins of users' own, from a Python file that the configuration names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.scheduler.algorithm import schedule
from services.scheduler.configuration import API_VERSION, KIND, ConfigurationError
from services.scheduler.explaining import explain
from services.scheduler.plugins.own import InvalidAnswer
from services.scheduler.settings import Settings
from tests.unit.scheduler.configured import profile


def test_a_plugin_of_ones_own(tmp_path: Path, make_cluster: Any, make_node: Any, make_info: Any) -> None:
    """The example of the scheduler's README."""
    (tmp_path / "own.py").write_text((Path(__file__).parents[3] / "deploy/examples/scheduler/plugin.py").read_text())
    config = tmp_path / "config.yaml"
    config.write_text(f"""
apiVersion: {API_VERSION}
kind: {KIND}
profiles:
- schedulerName: default-scheduler
  plugins:
    multiPoint:
      enabled: [{{name: WarmNodes, weight: 50}}]
  pluginConfig:
  - name: WarmNodes
    args: {{python: {tmp_path / "own.py"}, label: temperature, least: 10}}
""")
    settings = Settings(certificate=tmp_path, key=tmp_path, ca=tmp_path, config=config)
    (found,) = settings.configuration().profiles
    degrees = {"cold": "5", "warm": "20", "hot": "35"}
    cluster = make_cluster(make_node("unknown"), *(make_node(name, labels={"temperature": warm})
                                                   for name, warm in degrees.items()))  # fmt: skip
    rng = np.random.default_rng(1)
    (decision,) = schedule([make_info("p")], cluster.columns, rng, found)
    assert decision.node == "hot"
    cold = make_info("p", nodeSelector={"kubernetes.io/hostname": "cold"})
    (decision,) = schedule([cold], cluster.columns, rng, found)
    assert decision.refusal is not None
    assert "1 node(s) were too cold" in decision.refusal.message
    told = explain(make_info("p"), cluster.columns, found)
    assert dict(told.weights)["WarmNodes"] == 50
    points = {verdict.node: verdict.points[[*dict(told.weights)].index("WarmNodes")] for verdict in told.verdicts
              if not verdict.filter}  # fmt: skip
    assert points == {"hot": 100, "warm": 57}
    refused = {verdict.node: (verdict.filter, verdict.reasons) for verdict in told.verdicts if verdict.filter}
    assert refused == dict.fromkeys(("cold", "unknown"), ("WarmNodes", ("node(s) were too cold",)))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("def score(self, pod, nodes, feasible): return nodes.rows * 0 + 101",
         'plugin "Mine" returns an invalid score 101, it should in the range of [0, 100]'),
        ("def score(self, pod, nodes, feasible): return nodes.rows - 1", "an invalid score -1"),
        ("def score(self, pod, nodes, feasible): return nodes.rows / 2", "scores of float64 of shape (16,)"),
        ("def score(self, pod, nodes, feasible): return nodes.rows[:1]", "of shape (1,), they should be integers"),
        ("def score(self, pod, nodes, feasible): return 1 // 0", 'plugin "Mine" fails: ZeroDivisionError: integer'),
        ("def feasible(self, pod, nodes): return ~nodes.present\n    def explain(self, *_): return 'no'",
         "plugin \"Mine\" fails: AttributeError: 'str' object"),
        ("def feasible(self, pod, nodes): return ~nodes.present\n    def explain(self, *_): return {'no': 1}",
         'plugin "Mine" should explain with reasons and, for each, bool of shape (16,)'),
        ("def feasible(self, pod, nodes): return nodes.rose", 'plugin "Mine" fails: AttributeError'),
        ("def feasible(self, pod, nodes): return nodes.rows", 'plugin "Mine" says int64 of shape (16,)'),
        ("def feasible(self, pod, nodes): return nodes.present[:1]", "it should be bool of shape (16,)"),
    ],
)
def test_a_plugin_that_answers_nonsense(
    body: str, message: str, tmp_path: Path, make_cluster: Any, make_node: Any, make_info: Any
) -> None:
    side = "Filter" if "feasible(" in body else "Score"
    code = f"from services.scheduler.plugins import {side}\nclass Mine({side}):\n    {body}\n"
    (tmp_path / "own.py").write_text(code)
    found = profile(pluginConfig=[{"name": "Mine", "args": {"python": str(tmp_path / "own.py")}}],
                    plugins={"multiPoint": {"enabled": [{"name": "Mine"}]}})  # fmt: skip
    with pytest.raises(InvalidAnswer) as caught:
        schedule([make_info("p")], make_cluster(make_node("a")).columns, np.random.default_rng(1), found)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("from services.scheduler.plugins.plugin import Filter\nclass Mine(Filter): pass\n", "feasible"),
        ("from services.scheduler.plugins.plugin import Score\nclass Mine(Score): pass\n", "score"),
        ("class Mine: pass\n", "Mine is neither a Filter nor a Score"),
        ("class Yours: pass\n", "Mine"),
    ],
)
def test_a_plugin_that_is_none(code: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(code)
    args = {"python": str(tmp_path / "own.py")}
    with pytest.raises(ConfigurationError, match=message) as refused:
        profile(pluginConfig=[{"name": "Mine", "args": args}], plugins={"multiPoint": {"enabled": [{"name": "Mine"}]}})
    assert str(refused.value).startswith("profiles[0].pluginConfig[Mine].args: ")
