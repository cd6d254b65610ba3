"""KubeSchedulerConfiguration: what it chooses, and that nothing in it goes unnoticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.objects.meta import Obj
from services.scheduler.configuration import API_VERSION, KIND, ConfigurationError
from services.scheduler.profile import DEFAULT
from services.scheduler.settings import Settings
from tests.unit.scheduler.configured import configured, names, profile, weights


def test_nothing_said_is_the_default_profile() -> None:
    found = configured()
    assert names(found.profiles[0].filters) == names(DEFAULT.filters)
    assert weights(found.profiles[0]) == weights(DEFAULT)
    assert (found.profiles[0].name, found.profiles[0].preempts) == ("default-scheduler", True)
    assert (found.first_backoff, found.longest_backoff) == (1.0, 10.0)
    assert configured(podInitialBackoffSeconds=2, podMaxBackoffSeconds=20)[1:] == (2, 20, ())


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
        ({"profiles": [{}, {"schedulerName": "a"}]}, "profiles[0].schedulerName: Required value"),
        ({"profiles": [{"schedulerName": "a"}] * 2}, 'profiles[1].schedulerName: Duplicate value: "a"'),
        ({"profiles": [{"percentageOfNodesToScore": 101}]},
         "profiles[0].percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]"),
        ({"percentageOfNodesToScore": -1}, "percentageOfNodesToScore: Invalid value: -1: not in valid range [0-100]"),
        ({"parallelism": 0}, "parallelism: Invalid value: 0: should be an integer value greater than zero"),
        ({"leaderElection": {"elect": True}}, 'strict decoding error: unknown field "leaderElection.elect"'),
        ({"clientConnection": {"burst": "9"}}, "ClientConnectionConfiguration.clientConnection.burst of type int32"),
        ({"profiles": {}}, "KubeSchedulerConfiguration.profiles of type []v1.KubeSchedulerProfile"),
        ({"profiles": [1]}, "cannot unmarshal number"),
        ({"profiles": [{"plugins": {"score": []}}]}, "Plugins.profiles.plugins.score of type v1.PluginSet"),
        ({"podInitialBackoffSeconds": True}, "podInitialBackoffSeconds of type int64"),
        ({"extenders": [{}]}, "extenders: not supported"),
        ({"podInitialBackoffSeconds": 0}, "podInitialBackoffSeconds: Invalid value: 0: must be greater than 0"),
        ({"podMaxBackoffSeconds": 0}, "podMaxBackoffSeconds: Invalid value: 0: must be greater than or equal to"),
        ({"kind": "Other"}, "must be a KubeSchedulerConfiguration"),
        ({"profiles": [{"pluginConfig": [{"name": "PodTopologySpread", "args": {"defaultConstraints": [{}]}}]}]},
         'args.defaultingType: Invalid value: "System": when .defaultConstraints are not empty'),
        ({"profiles": [{"pluginConfig": [{"name": "VolumeBinding", "args": {"bindTimeoutSeconds": -1}}]}]},
         "bindTimeoutSeconds: Invalid value: -1: invalid BindTimeoutSeconds, should not be a negative value"),
        ({"profiles": [{"pluginConfig": [{"name": "VolumeBinding", "args": {"shape": []}}]}]},
         "profiles[0].pluginConfig[VolumeBinding].args.shape: Invalid value: []: unexpected field `shape`"),
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


@pytest.mark.parametrize(
    ("plugins", "message"),
    [
        ({"score": {"enabled": [{"name": "NodePorts"}]}},
         'score.enabled[0].name: plugin "NodePorts" does not extend ScorePlugin plugin'),
        ({"filter": {"enabled": [{"name": "ImageLocality"}]}}, 'plugin "ImageLocality" does not extend FilterPlugin'),
        ({"postFilter": {"enabled": [{"name": "NodeName"}]}}, 'plugin "NodeName" does not extend PostFilterPlugin'),
        ({"score": {"enabled": [{"name": "ImageLocality"}] * 2}},
         'score.enabled[1].name: plugin "ImageLocality" already registered as "ScorePlugin"'),
        ({"score": {"enabled": [{"name": "ImageLocality", "weight": -1}]}}, "score.enabled[0].weight: Invalid"),
        ({"preBind": {"disabled": [{"name": "Nope"}]}}, 'preBind.disabled[0].name: no plugin "Nope"'),
        ({"filter": {"enabled": [{"name": "*"}]}}, 'filter.enabled[0].name: no plugin "*"'),
        ({"multiPoint": {"disabled": [{"name": "PrioritySort"}]}}, "queueSort: only one queue sort plugin required"),
        ({"bind": {"disabled": [{"name": "*"}]}}, "bind: at least one bind plugin is needed"),
        ({"multiPoint": {"disabled": [{"name": "SchedulingGates"}]}}, "SchedulingGates cannot be disabled"),
    ],
)  # fmt: skip
def test_plugins_that_cannot_be_where_they_are_named(plugins: Obj, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        profile(plugins=plugins)
    assert str(caught.value).startswith("profiles[0].plugins")
    assert message in str(caught.value)


def test_only_what_is_enabled() -> None:
    few = ("SchedulingGates", "PrioritySort", "TaintToleration", "NodeName", "DefaultBinder")
    found = profile(plugins={"multiPoint": {"disabled": [{"name": "*"}], "enabled": [{"name": each} for each in few]}})
    assert (names(found.filters), weights(found)) == (["TaintToleration", "NodeName"], {"TaintToleration": 1})
    assert not found.preempts


def test_weights_are_one_where_none_is_said() -> None:
    """Whoever enables a plugin anew does not get its default weight."""
    assert weights(profile(plugins={"score": {"enabled": [{"name": "TaintToleration"}]}}))["TaintToleration"] == 1
    multi = {"multiPoint": {"enabled": [{"name": "TaintToleration"}, {"name": "NodeAffinity", "weight": 4}]}}
    assert {**weights(DEFAULT), "TaintToleration": 1, "NodeAffinity": 4} == weights(profile(plugins=multi))
    both = {**multi, "score": {"enabled": [{"name": "NodeAffinity", "weight": 9}]}}
    assert weights(profile(plugins=both))["NodeAffinity"] == 9


@pytest.mark.parametrize(
    ("plugins", "first", "last"),
    [
        ({"filter": {"enabled": [{"name": "NodeResourcesFit"}, {"name": "NodeName"}]}},
         ["NodeResourcesFit", "NodeName", "NodeUnschedulable"], DEFAULT.filters[-1].name),
        ({"filter": {"disabled": [{"name": "NodeName"}], "enabled": [{"name": "NodeName"}]}},
         ["NodeUnschedulable", "TaintToleration"], "NodeName"),
        ({"multiPoint": {"enabled": [{"name": "NodeResourcesFit"}]}},
         ["NodeUnschedulable", "NodeName", "TaintToleration"], DEFAULT.filters[-1].name),
        ({"multiPoint": {"disabled": [{"name": "NodeName"}], "enabled": [{"name": "NodeName"}]}},
         ["NodeUnschedulable", "TaintToleration"], "NodeName"),
    ],
)  # fmt: skip
def test_the_order_of_filters(plugins: Obj, first: list[str], last: str) -> None:
    found = names(profile(plugins=plugins).filters)
    assert (found[: len(first)], found[-1]) == (first, last)
    assert sorted(found) == sorted(names(DEFAULT.filters))


def test_what_makes_no_difference_is_told() -> None:
    constraint = {"maxSkew": 2, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "matchLabelKeys": ["a"]}
    said = configured(
        leaderElection={"leaderElect": True}, percentageOfNodesToScore=5, parallelism=16,
        clientConnection={"qps": 50.0}, enableProfiling=True, enableContentionProfiling=True,
        delayCacheUntilActive=True,
        profiles=[{"percentageOfNodesToScore": 9,
                   "plugins": {"preFilter": {"disabled": [{"name": "NodePorts"}]},
                               "preEnqueue": {"enabled": [{"name": "SchedulingGates"}]},
                               "bind": {"enabled": [{"name": "DefaultBinder"}]}},
                   "pluginConfig": [{"name": "DefaultPreemption", "args": {"minCandidateNodesAbsolute": 5}},
                                    {"name": "DynamicResources", "args": {"filterTimeout": "5s"}},
                                    {"name": "PodTopologySpread", "args": {"defaultConstraints": [constraint],
                                                                           "defaultingType": "List"}}]}])  # fmt: skip
    args = "profiles[0].pluginConfig"
    assert {field for field, _ in said.ignored} == {
        "leaderElection", "percentageOfNodesToScore", "parallelism", "clientConnection", "enableProfiling",
        "enableContentionProfiling", "delayCacheUntilActive", "profiles[0].percentageOfNodesToScore",
        "profiles[0].plugins.preFilter", f"{args}[DefaultPreemption].args.minCandidateNodesAbsolute",
        f"{args}[DynamicResources].args.filterTimeout",
        f"{args}[PodTopologySpread].args.defaultConstraints[0].matchLabelKeys"}  # fmt: skip
    assert all(why for _, why in said.ignored)
    assert names(said.profiles[0].filters) == names(DEFAULT.filters)


def test_nulls_say_nothing() -> None:
    assert configured(profiles=None, podInitialBackoffSeconds=None, podMaxBackoffSeconds=None)[1:] == (1, 10, ())
    args = {"hardPodAffinityWeight": None}
    assert weights(profile(plugins=None, pluginConfig=[{"name": "InterPodAffinity", "args": args}])) == weights(DEFAULT)


def test_how_long_a_gang_may_be_held() -> None:
    def patience(seconds: object) -> float:
        args = {"permitWaitingTimeSeconds": seconds}
        found: float = profile(pluginConfig=[{"name": "Coscheduling", "args": args}]).patience
        return found

    assert (profile().patience, patience(7)) == (60.0, 7.0)
    for wrong, message in ((0, "must be greater than 0"), ("x", "cannot unmarshal string")):
        with pytest.raises(ConfigurationError, match=message):
            patience(wrong)


def test_a_configuration_with_a_key_twice(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"apiVersion: {API_VERSION}\nkind: {KIND}\nkind: {KIND}\n")
    with pytest.raises(ConfigurationError, match="already set in map"):
        Settings(certificate=tmp_path, key=tmp_path, ca=tmp_path, config=config).configuration()
