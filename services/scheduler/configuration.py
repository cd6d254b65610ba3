"""KubeSchedulerConfiguration: which plugins decide, with which weights and arguments, for which schedulerName.

https://kubernetes.io/docs/reference/config-api/kube-scheduler-config.v1/. An unknown key is an error that names it, and
so is a value that Kubernetes refuses. What has no effect here (how Kubernetes' scheduler elects, connects, samples) is
checked all the same, and `ignored` says why it makes no difference. Extenders are refused: without them, what the user
asked for would not be done.

A plugin of one's own is a class in a Python file: its entry in pluginConfig says `args: {python: /a/file.py, ...}`, the
class bears the plugin's name, and all other arguments are passed to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, NamedTuple

from services.objects.meta import Obj
from services.objects.schema.checking import Compiler, Found
from services.scheduler import points
from services.scheduler.plugins import arguments
from services.scheduler.plugins.arguments import FLAG, INT32, INT64, TEXT, list_of, ref, struct
from services.scheduler.plugins.catalogue import CATALOGUE, Entry
from services.scheduler.plugins.own import guarded
from services.scheduler.plugins.plugin import Filter, Score
from services.scheduler.points import PointError, Points
from services.scheduler.profile import DEFAULT, DEFAULT_NAME, PATIENCE, SYSTEM_DEFAULTS, Default, Profile

API_VERSION, KIND = "kubescheduler.config.k8s.io/v1", "KubeSchedulerConfiguration"
_POINTS = (points.MULTI, "preEnqueue", points.QUEUE_SORT, points.FILTER, points.POST_FILTER, points.SCORE, points.BIND,
           *points.IDLE)  # fmt: skip
_DEFINITIONS = {f"scheduler.v1.{name}": fields for name, fields in {
    KIND: struct(
        apiVersion=TEXT, kind=TEXT, parallelism=INT32, leaderElection=ref("LeaderElectionConfiguration"),
        clientConnection=ref("ClientConnectionConfiguration"), enableProfiling=FLAG, enableContentionProfiling=FLAG,
        percentageOfNodesToScore=INT32, podInitialBackoffSeconds=INT64, podMaxBackoffSeconds=INT64,
        profiles=list_of(ref("KubeSchedulerProfile")), extenders=list_of({}), delayCacheUntilActive=FLAG),
    "LeaderElectionConfiguration": struct(leaderElect=FLAG, leaseDuration=TEXT, renewDeadline=TEXT, retryPeriod=TEXT,
                                          resourceLock=TEXT, resourceName=TEXT, resourceNamespace=TEXT),
    "ClientConnectionConfiguration": struct(kubeconfig=TEXT, acceptContentTypes=TEXT, contentType=TEXT,
                                            qps={"type": "number"}, burst=INT32),
    "KubeSchedulerProfile": struct(schedulerName=TEXT, percentageOfNodesToScore=INT32, plugins=ref("Plugins"),
                                   pluginConfig=list_of(ref("PluginConfig"))),
    "Plugins": struct(**dict.fromkeys(_POINTS, ref("PluginSet"))),
    "PluginSet": struct(enabled=list_of(ref("Plugin")), disabled=list_of(ref("Plugin"))),
    "Plugin": struct(name=TEXT, weight=INT32),
    "PluginConfig": struct(name=TEXT, args={"type": "object"}),
}.items()}  # fmt: skip
_COMPILER = Compiler(_DEFINITIONS)
_OF_THE_PROCESS = "the process has settings of its own: see --help"
_ALL_NODES = "all nodes are looked at, and none by itself"
_WITHOUT_EFFECT = {
    "leaderElection": _OF_THE_PROCESS, "clientConnection": _OF_THE_PROCESS, "parallelism": _ALL_NODES,
    "percentageOfNodesToScore": _ALL_NODES, "enableProfiling": "there is no profiler to ask",
    "enableContentionProfiling": "there is no profiler to ask",
    "delayCacheUntilActive": "who does not lead follows the cluster, so as to take over at once",
}  # fmt: skip

# The class of a name in a Python file; raises OSError, AttributeError or whatever the file raises.
Loader = Callable[[str, str], type[Any]]


class ConfigurationError(Exception):
    """`message` names the field."""


class Ignored(NamedTuple):
    """Something that is said and makes no difference."""

    field: str
    why: str


class Configuration(NamedTuple):
    """Backoffs in seconds."""

    profiles: tuple[Profile, ...] = (DEFAULT,)
    first_backoff: float = 1.0
    longest_backoff: float = 10.0
    ignored: tuple[Ignored, ...] = ()


STANDARD = Configuration()


def read(document: Any, load: Loader) -> Configuration:
    """Raises ConfigurationError."""
    if not isinstance(document, dict) or (document.get("apiVersion"), document.get("kind")) != (API_VERSION, KIND):
        raise ConfigurationError(f"the configuration must be a {KIND} of {API_VERSION}")
    document, found = deepcopy(document), Found()
    _COMPILER.object(f"scheduler.v1.{KIND}")(document, None, found)
    if found.wrong is not None:
        raise ConfigurationError(found.wrong)
    if found.unknown:
        raise ConfigurationError(f"strict decoding error: {', '.join(found.unknown)}")
    first, longest = _checked(document)
    profiles = document.get("profiles") or [{}]
    if len(profiles) == 1:
        profiles[0].setdefault("schedulerName", DEFAULT_NAME)
    made: dict[str, Profile] = {}
    for number, each in enumerate(profiles):
        path, name = f"profiles[{number}]", each.get("schedulerName", "")
        if not name:
            raise ConfigurationError(f"{path}.schedulerName: Required value")
        if name in made:
            raise ConfigurationError(f'{path}.schedulerName: Duplicate value: "{name}"')
        made[name] = _profile(each, path, load)
    return Configuration(tuple(made.values()), float(first), float(longest), tuple(_ignored(document, profiles)))


def _checked(document: Obj) -> tuple[int, int]:
    """The backoffs."""
    if document.get("extenders"):
        raise ConfigurationError("extenders: not supported: write a plugin instead")
    if document.get("parallelism", 1) <= 0:
        raise ConfigurationError(f"parallelism: Invalid value: {document['parallelism']}: should be an integer value "
                                 "greater than zero")  # fmt: skip
    _check_percentage(document, "")
    first, longest = document.get("podInitialBackoffSeconds", 1), document.get("podMaxBackoffSeconds", 10)
    if first <= 0:
        raise ConfigurationError(f"podInitialBackoffSeconds: Invalid value: {first}: must be greater than 0")
    if longest < first:
        raise ConfigurationError(f"podMaxBackoffSeconds: Invalid value: {longest}: must be greater than or equal to "
                                 "PodInitialBackoffSeconds")  # fmt: skip
    return first, longest


def _check_percentage(of: Obj, path: str) -> None:
    percentage = of.get("percentageOfNodesToScore", 0)
    if not 0 <= percentage <= 100:
        raise ConfigurationError(f"{path}percentageOfNodesToScore: Invalid value: {percentage}: not in valid range "
                                 "[0-100]")  # fmt: skip


def _ignored(document: Obj, profiles: list[Obj]) -> Iterator[Ignored]:
    for field, why in _WITHOUT_EFFECT.items():
        if field in document:
            yield Ignored(field, why)
    for number, profile in enumerate(profiles):
        path = f"profiles[{number}]"
        if "percentageOfNodesToScore" in profile:
            yield Ignored(f"{path}.percentageOfNodesToScore", _ALL_NODES)
        for point in points.IDLE:
            if profile.get("plugins", {}).get(point):
                yield Ignored(f"{path}.plugins.{point}", "plugins here are filters and scores")
        for each in profile.get("pluginConfig") or ():
            args, where = each.get("args") or {}, f"{path}.pluginConfig[{each['name']}].args"
            for (plugin, field), why in arguments.WITHOUT_EFFECT.items():
                if each["name"] == plugin and field in args:
                    yield Ignored(f"{where}.{field}", why)
            for place, constraint in enumerate(args.get("defaultConstraints") or ()):
                if each["name"] == "PodTopologySpread" and "matchLabelKeys" in constraint:
                    yield Ignored(f"{where}.defaultConstraints[{place}].matchLabelKeys",
                                  "what is alike is told by Services and controllers")  # fmt: skip


def _profile(profile: Obj, path: str, load: Loader) -> Profile:
    """Of a profile that has a name."""
    _check_percentage(profile, f"{path}.")
    args = _arguments(profile, f"{path}.pluginConfig")
    own = {name: _own(name, each, load, f"{path}.pluginConfig[{name}].args")
           for name, each in args.items() if "python" in each}  # fmt: skip
    catalogue = {**CATALOGUE, **own}
    for name in args.keys() - own.keys():
        if name not in CATALOGUE and name not in points.ELSEWHERE:
            raise ConfigurationError(f'{path}.pluginConfig: no plugin "{name}"')
        for problem in arguments.problems(name, args[name]):
            raise ConfigurationError(f"{path}.pluginConfig[{name}].args{problem}")
    try:
        chosen = Points(profile.get("plugins") or {}, catalogue)
    except PointError as error:
        raise ConfigurationError(f"{path}.plugins.{error}") from error
    for point, words in ((points.QUEUE_SORT, "only one queue sort plugin required, but got 0"),
                         (points.BIND, "at least one bind plugin is needed")):  # fmt: skip
        if not chosen.at(point):
            raise ConfigurationError(f"{path}.plugins.{point}: {words}")
    if not chosen.at("preEnqueue"):
        raise ConfigurationError(f"{path}.plugins: SchedulingGates cannot be disabled: pods that are gated wait")
    filters = [make(args.get(name, {})) for name in chosen.at(points.FILTER)
               if (make := catalogue[name].filter) is not None]  # fmt: skip
    scores = [(weight, make_score(args.get(name, {}))) for name, weight in chosen.at(points.SCORE).items()
              if (make_score := catalogue[name].score) is not None]  # fmt: skip
    return Profile(tuple(filters), tuple(scores), profile["schedulerName"],
                   points.PREEMPTION in chosen.at(points.POST_FILTER), _spreads(args.get("PodTopologySpread", {})),
                   float(args.get(points.GANGS, {}).get("permitWaitingTimeSeconds", PATIENCE)))  # fmt: skip


def _arguments(profile: Obj, path: str) -> dict[str, Obj]:
    found: dict[str, Obj] = {}
    for number, each in enumerate(profile.get("pluginConfig") or ()):
        name, args = each.setdefault("name", ""), each.get("args", {})
        if name in found:
            raise ConfigurationError(f'{path}[{number}]: Duplicate value: "{name}"')
        if not isinstance(args, dict):
            raise ConfigurationError(f"{path}[{number}].args: must be an object")
        found[name] = args
    return found


def _own(name: str, args: Obj, load: Loader, path: str) -> Entry:
    """A plugin of the user's: one object for both of its sides."""
    try:
        cls = load(str(args["python"]), name)
        plugin = cls(**{key: value for key, value in args.items() if key != "python"})
    except Exception as error:
        raise ConfigurationError(f"{path}: {type(error).__name__}: {error}") from error
    if not isinstance(plugin, Filter | Score):
        raise ConfigurationError(f"{path}: {name} is neither a Filter nor a Score of services.scheduler.plugins")
    guarded(name, plugin)
    return Entry((lambda args: plugin) if isinstance(plugin, Filter) else None,
                 (lambda args: plugin) if isinstance(plugin, Score) else None)  # fmt: skip


def _spreads(args: Obj) -> tuple[Default, ...]:
    if args.get("defaultingType", "System") == "System":
        return SYSTEM_DEFAULTS
    return tuple(
        Default(each["topologyKey"], each["maxSkew"], each["whenUnsatisfiable"] == "DoNotSchedule", False,
                each.get("minDomains", 1), each.get("nodeAffinityPolicy") != "Ignore",
                each.get("nodeTaintsPolicy") == "Honor")
        for each in args.get("defaultConstraints") or ()
    )  # fmt: skip
