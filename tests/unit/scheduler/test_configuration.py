"""KubeSchedulerConfiguration: what it chooses, and that nothing in it goes unnoticed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.objects.meta import Obj
from services.scheduler.algorithm import schedule
from services.scheduler.cluster.volumeplan import VolumePlan
from services.scheduler.configuration import API_VERSION, KIND, ConfigurationError, read
from services.scheduler.profile import DEFAULT, Default
from services.scheduler.settings import Settings, _plugin
from tests.unit.scheduler.storage import claim, stock, storage_class, using


def configured(**more: Any) -> Any:
    return read({"apiVersion": API_VERSION, "kind": KIND, **more}, _plugin)


def profile(**more: Any) -> Any:
    (found,) = configured(profiles=[more]).profiles
    return found


def names(plugins: Any) -> list[str]:
    return [plugin.name for plugin in plugins]


def weights(found: Any) -> dict[str, int]:
    return {score.name: weight for weight, score in found.scores}


def test_nothing_said_is_the_default_profile() -> None:
    found = configured()
    assert names(found.profiles[0].filters) == names(DEFAULT.filters)
    assert weights(found.profiles[0]) == weights(DEFAULT)
    assert (found.profiles[0].name, found.profiles[0].preempts) == ("default-scheduler", True)
    assert (found.first_backoff, found.longest_backoff) == (1.0, 10.0)
    assert configured(podInitialBackoffSeconds=2, podMaxBackoffSeconds=20, percentageOfNodesToScore=5)[1:] == (2, 20)


def test_plugins_are_taken_away_and_weighed() -> None:
    found = profile(schedulerName="mine", plugins={
        "score": {"disabled": [{"name": "ImageLocality"}], "enabled": [{"name": "NodeResourcesFit", "weight": 7}]},
        "filter": {"disabled": [{"name": "NodePorts"}]},
        "multiPoint": {"disabled": [{"name": "TaintToleration"}]},
        "postFilter": {"disabled": [{"name": "*"}]},
    })  # fmt: skip
    assert found.name == "mine"
    assert weights(found) == {"NodeAffinity": 2, "NodeResourcesFit": 7, "PodTopologySpread": 2, "InterPodAffinity": 2,
                              "NodeResourcesBalancedAllocation": 1}  # fmt: skip
    assert not {"NodePorts", "TaintToleration"} & set(names(found.filters))
    assert not found.preempts


def test_everything_off_but_one() -> None:
    found = profile(plugins={"score": {"disabled": [{"name": "*"}], "enabled": [{"name": "ImageLocality"}]}})
    assert weights(found) == {"ImageLocality": 1}
    assert names(found.filters) == names(DEFAULT.filters)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"foo": 1}, 'strict decoding error: unknown field "foo"'),
        ({"profiles": [{"foo": 1}]}, 'strict decoding error: unknown field "profiles[0].foo"'),
        ({"profiles": [{"plugins": {"filters": {}}}]}, 'unknown field "profiles[0].plugins.filters"'),
        ({"profiles": [{"plugins": {"filter": {"enabled": [{"name": "NodeName", "wieght": 1}]}}}]},
         'unknown field "profiles[0].plugins.filter.enabled[0].wieght"'),
        ({"profiles": [{"plugins": {"filter": {"enabled": [{"name": "Nope"}]}}}]},
         'profiles[0].plugins.filter.enabled[0].name: no plugin "Nope"'),
        ({"profiles": [{"pluginConfig": [{"name": "Nope", "args": {}}]}]}, 'no plugin "Nope"'),
        ({"profiles": [{"pluginConfig": [{"name": "NodeName", "args": {"x": 1}}]}]},
         'profiles[0].pluginConfig[NodeName].args: unknown field "x"'),
        ({"profiles": [{"pluginConfig": [{"name": "NodeResourcesFit", "args": {"scoringStrategy": {"type": "X"}}}]}]},
         'Unsupported value: "X"'),
        ({"profiles": [{}, {}]}, 'profiles[1].schedulerName: Duplicate value: "default-scheduler"'),
        ({"extenders": [{}]}, "extenders: not supported"),
        ({"podInitialBackoffSeconds": 0}, "podInitialBackoffSeconds: must be greater than 0"),
        ({"podMaxBackoffSeconds": 0}, "podMaxBackoffSeconds: must be greater"),
        ({"kind": "Other"}, "must be a KubeSchedulerConfiguration"),
        ({"profiles": [{"pluginConfig": [{"name": "PodTopologySpread", "args": {"defaultConstraints": [{}]}}]}]},
         "when .defaultingType is System"),
        ({"profiles": [{"pluginConfig": [{"name": "VolumeBinding", "args": {"bindTimeoutSeconds": -1}}]}]},
         "bindTimeoutSeconds: Invalid value: -1: invalid BindTimeoutSeconds, should not be a negative value"),
        ({"profiles": [{"pluginConfig": [{"name": "VolumeBinding", "args": {"shape": []}}]}]},
         "profiles[0].pluginConfig[VolumeBinding].args: shape: Invalid value: unexpected field `shape`"),
        ({"profiles": [{"pluginConfig": [{"name": "VolumeBinding", "args": {"bindTimeout": 1}}]}]},
         'profiles[0].pluginConfig[VolumeBinding].args: unknown field "bindTimeout"'),
        ({"profiles": [{"pluginConfig": [{"name": "Mine", "args": {"python": "/nowhere.py"}}]}]},
         "profiles[0].pluginConfig[Mine].args: FileNotFoundError"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(document: Obj, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        configured(**document)
    assert message in str(caught.value)


@pytest.mark.parametrize(("args", "seconds"), [({}, 600.0), ({"bindTimeoutSeconds": 30}, 30.0)])
def test_how_long_claims_may_take(args: Obj, seconds: float, make_cluster: Any, make_node: Any, make_info: Any) -> None:
    chosen = profile(pluginConfig=[{"name": "VolumeBinding", "args": args}])
    cluster = make_cluster(make_node("a"))
    stock(cluster, classes=[storage_class("fast", "csi.example.com")], claims=[claim("c", of="fast")])
    pod = make_info(volumes=using("c"))
    (decision,) = schedule([pod], cluster.columns, np.random.default_rng(1), chosen)
    (plan,) = decision.plans
    assert isinstance(plan, VolumePlan)
    assert plan.timeout == seconds


def test_default_constraints() -> None:
    constraint = {"maxSkew": 2, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
    args = {"defaultConstraints": [constraint], "defaultingType": "List"}
    found = profile(pluginConfig=[{"name": "PodTopologySpread", "args": args}])
    assert found.spreads == (Default("zone", 2, True, False),)


@pytest.mark.parametrize(
    ("strategy", "best"),
    [
        ({}, "empty"),
        ({"type": "MostAllocated"}, "used"),
        ({"type": "RequestedToCapacityRatio", "resources": [{"name": "cpu", "weight": 1}],
          "requestedToCapacityRatio": {"shape": [{"utilization": 0, "score": 0}, {"utilization": 100, "score": 10}]}},
         "used"),
        ({"type": "RequestedToCapacityRatio", "resources": [{"name": "cpu", "weight": 1}],
          "requestedToCapacityRatio": {"shape": [{"utilization": 0, "score": 10}, {"utilization": 100, "score": 0}]}},
         "empty"),
    ],
)  # fmt: skip
def test_strategies(strategy: Obj, best: str, make_cluster: Any, make_node: Any, make_info: Any) -> None:
    found = profile(pluginConfig=[{"name": "NodeResourcesFit", "args": {"scoringStrategy": strategy}}], plugins={
        "score": {"disabled": [{"name": "*"}], "enabled": [{"name": "NodeResourcesFit"}]}})  # fmt: skip
    cluster = make_cluster(make_node("empty"), make_node("used"))
    cluster.assign(make_info("old", cpu="2", memory="2Gi"), "used")
    (decision,) = schedule([make_info("new", cpu="1")], cluster.columns, np.random.default_rng(1), found)
    assert decision.node == best


def test_shapes_are_broken_lines(make_cluster: Any, make_node: Any, make_info: Any) -> None:
    shape = [{"utilization": 0, "score": 0}, {"utilization": 40, "score": 10}, {"utilization": 80, "score": 2}]
    args = {"scoringStrategy": {"type": "RequestedToCapacityRatio", "resources": [{"name": "cpu", "weight": 1}],
                                "requestedToCapacityRatio": {"shape": shape}}}  # fmt: skip
    found = profile(pluginConfig=[{"name": "NodeResourcesFit", "args": args}])
    (score,) = [each for _, each in found.scores if each.name == "NodeResourcesFit"]
    cluster = make_cluster(make_node("n", cpu="10"))
    columns = cluster.columns
    points = [int(score.score(make_info(cpu=f"{each}m").demand, columns, columns.present)[0])
              for each in (100, 2000, 4000, 6000, 8000, 9000, 20000)]  # fmt: skip
    assert points == [2, 50, 100, 60, 20, 20, 20]


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


def test_how_long_a_gang_may_be_held() -> None:
    def patience(**args: Any) -> Any:
        return profile(pluginConfig=[{"name": "Coscheduling", "args": args}]).patience

    assert (profile().patience, patience(permitWaitingTimeSeconds=7)) == (60.0, 7.0)
    for wrong, message in ((0, "must be greater than 0"), ("x", "must be greater than 0")):
        with pytest.raises(ConfigurationError, match=message):
            patience(permitWaitingTimeSeconds=wrong)
    with pytest.raises(ConfigurationError, match="unknown field .*deniedPGExpirationTimeSeconds"):
        patience(deniedPGExpirationTimeSeconds=3)


def test_a_configuration_with_a_key_twice(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"apiVersion: {API_VERSION}\nkind: {KIND}\nkind: {KIND}\n")
    with pytest.raises(ConfigurationError, match="already set in map"):
        Settings(certificate=tmp_path, key=tmp_path, ca=tmp_path, config=config).configuration()
