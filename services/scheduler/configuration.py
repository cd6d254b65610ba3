"""KubeSchedulerConfiguration: which plugins decide, with which weights and arguments, for which schedulerName.

https://kubernetes.io/docs/reference/config-api/kube-scheduler-config.v1/. An unknown key is an error that names it.
What only tells Kubernetes' scheduler how to run (leader election, connections, parallelism, how many nodes to sample)
is taken and has no effect: all nodes are looked at, and a process has settings of its own.

A plugin of one's own is a class in a Python file: its entry in pluginConfig says `args: {python: /a/file.py, ...}`, the
class bears the plugin's name, and all other arguments are passed to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from services.objects.meta import Obj
from services.scheduler.plugins.catalogue import CATALOGUE, Entry
from services.scheduler.plugins.plugin import Filter, Score
from services.scheduler.profile import DEFAULT, DEFAULT_NAME, PATIENCE, SYSTEM_DEFAULTS, Default, Profile

API_VERSION, KIND = "kubescheduler.config.k8s.io/v1", "KubeSchedulerConfiguration"
_WITHOUT_EFFECT = ("leaderElection", "clientConnection", "parallelism", "percentageOfNodesToScore", "enableProfiling",
                   "enableContentionProfiling", "delayCacheUntilActive")  # fmt: skip
# Points at which plugins here have something to do, and those at which others' plugins have.
_FILTER, _SCORE, _POST = "filter", "score", "postFilter"
_POINTS = ("multiPoint", "preEnqueue", "queueSort", "preFilter", _FILTER, _POST, "preScore", _SCORE, "reserve",
           "permit", "preBind", "bind", "postBind")  # fmt: skip
_PREEMPTION = "DefaultPreemption"
# Plugins of Kubernetes whose work is not a filter or a score here; naming them is no error.
_GANGS = "Coscheduling"
_ELSEWHERE = ("SchedulingGates", "PrioritySort", "DefaultBinder", _PREEMPTION, _GANGS)

# The class of a name in a Python file; raises OSError, AttributeError or whatever the file raises.
Loader = Callable[[str, str], type[Any]]


class ConfigurationError(Exception):
    """`message` names the field."""


class Configuration(NamedTuple):
    """Backoffs in seconds."""

    profiles: tuple[Profile, ...] = (DEFAULT,)
    first_backoff: float = 1.0
    longest_backoff: float = 10.0


STANDARD = Configuration()


def read(document: Any, load: Loader) -> Configuration:
    """Raises ConfigurationError."""
    if not isinstance(document, dict) or (document.get("apiVersion"), document.get("kind")) != (API_VERSION, KIND):
        raise ConfigurationError(f"the configuration must be a {KIND} of {API_VERSION}")
    _only(document, "", "apiVersion", "kind", "profiles", "extenders", "podInitialBackoffSeconds",
          "podMaxBackoffSeconds", *_WITHOUT_EFFECT)  # fmt: skip
    if document.get("extenders"):
        raise ConfigurationError("extenders: not supported: write a plugin instead")
    first, longest = document.get("podInitialBackoffSeconds", 1), document.get("podMaxBackoffSeconds", 10)
    if not isinstance(first, int) or first <= 0:
        raise ConfigurationError("podInitialBackoffSeconds: must be greater than 0")
    if not isinstance(longest, int) or longest < first:
        raise ConfigurationError("podMaxBackoffSeconds: must be greater than or equal to podInitialBackoffSeconds")
    profiles = tuple(_profile(each, f"profiles[{number}]", load)
                     for number, each in enumerate(document.get("profiles") or [{}]))  # fmt: skip
    names = [profile.name for profile in profiles]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise ConfigurationError(f'profiles[{number}].schedulerName: Duplicate value: "{name}"')
    return Configuration(profiles, float(first), float(longest))


def _only(document: Mapping[str, Any], path: str, *known: str) -> None:
    for key in document:
        if key not in known:
            raise ConfigurationError(f'strict decoding error: unknown field "{f"{path}." if path else ""}{key}"')


def _profile(profile: Obj, path: str, load: Loader) -> Profile:
    _only(profile, path, "schedulerName", "percentageOfNodesToScore", "plugins", "pluginConfig")
    arguments = _arguments(profile.get("pluginConfig") or (), f"{path}.pluginConfig")
    catalogue = {**CATALOGUE, **{name: _own(name, args, load, f"{path}.pluginConfig[{name}].args")
                                 for name, args in arguments.items() if "python" in args}}  # fmt: skip
    for name in arguments:
        if name not in catalogue and name not in _ELSEWHERE:
            raise ConfigurationError(f'{path}.pluginConfig: no plugin "{name}"')
    plugins = profile.get("plugins") or {}
    _only(plugins, f"{path}.plugins", *_POINTS)
    sets = {point: _Set.of(plugins.get(point) or {}, f"{path}.plugins.{point}", catalogue) for point in plugins}
    filters, scores = _chosen(_FILTER, sets, catalogue), _chosen(_SCORE, sets, catalogue)
    made_filters: list[Filter] = []
    made_scores: list[tuple[int, Score]] = []
    for name in filters:
        make = catalogue[name].filter
        if make is not None:
            made_filters.append(_made(name, make, arguments, path))
    for name, weight in scores.items():
        make_score = catalogue[name].score
        if make_score is not None:
            made_scores.append((weight or catalogue[name].weight, _made(name, make_score, arguments, path)))
    return Profile(
        tuple(made_filters), tuple(made_scores), profile.get("schedulerName") or DEFAULT_NAME,
        _PREEMPTION in _applied(_applied({_PREEMPTION: 0}, sets.get("multiPoint")), sets.get(_POST)),
        _spreads(arguments.get("PodTopologySpread") or {}, f"{path}.pluginConfig[PodTopologySpread].args"),
        _patience(arguments.get(_GANGS) or {}, f"{path}.pluginConfig[{_GANGS}].args"),
    )  # fmt: skip


class _Set(NamedTuple):
    """What one point enables, with weights (0: the plugin's own), and disables."""

    enabled: Mapping[str, int]
    disabled: Sequence[str]

    @classmethod
    def of(cls, of: Obj, path: str, catalogue: Mapping[str, Entry]) -> _Set:
        _only(of, path, "enabled", "disabled")
        for side in ("enabled", "disabled"):
            for number, each in enumerate(of.get(side) or ()):
                _only(each, f"{path}.{side}[{number}]", "name", "weight")
                name = each.get("name")
                known = name in catalogue or name in _ELSEWHERE or (name == "*" and side == "disabled")
                if not known:
                    raise ConfigurationError(f'{path}.{side}[{number}].name: no plugin "{name}"')
        return cls({each["name"]: each.get("weight") or 0 for each in of.get("enabled") or ()},
                   [each["name"] for each in of.get("disabled") or ()])  # fmt: skip


def _chosen(point: str, sets: Mapping[str, _Set], catalogue: Mapping[str, Entry]) -> dict[str, int]:
    """Names and weights of the plugins that a point has, in their order."""
    found = _applied(_applied(dict.fromkeys(CATALOGUE, 0), sets.get("multiPoint")), sets.get(point))
    return {name: weight for name, weight in found.items() if name in catalogue}


def _applied(to: dict[str, int], chosen: _Set | None) -> dict[str, int]:
    if chosen is None:
        return to
    left = {name: weight for name, weight in to.items() if name not in chosen.disabled and "*" not in chosen.disabled}
    return {**left, **chosen.enabled}


def _arguments(entries: Sequence[Obj], path: str) -> dict[str, Obj]:
    found: dict[str, Obj] = {}
    for number, each in enumerate(entries):
        _only(each, f"{path}[{number}]", "name", "args")
        if each.get("name") in found:
            raise ConfigurationError(f'{path}[{number}].name: Duplicate value: "{each["name"]}"')
        args = dict(each.get("args") or {})
        args.pop("apiVersion", None)
        args.pop("kind", None)
        found[str(each.get("name"))] = args
    return found


def _made(name: str, make: Callable[[Obj], Any], arguments: Mapping[str, Obj], path: str) -> Any:
    try:
        return make(arguments.get(name) or {})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"{path}.pluginConfig[{name}].args: {error}") from error


def _own(name: str, args: Obj, load: Loader, path: str) -> Entry:
    """A plugin of the user's: one object for both of its sides."""
    try:
        cls = load(str(args["python"]), name)
        plugin = cls(**{key: value for key, value in args.items() if key != "python"})
    except Exception as error:
        raise ConfigurationError(f"{path}: {type(error).__name__}: {error}") from error
    if not isinstance(plugin, Filter | Score):
        raise ConfigurationError(f"{path}: {name} is neither a Filter nor a Score of services.scheduler.plugins")
    plugin.name = name
    return Entry((lambda args: plugin) if isinstance(plugin, Filter) else None,
                 (lambda args: plugin) if isinstance(plugin, Score) else None)  # fmt: skip


def _patience(args: Obj, path: str) -> float:
    """The key is that of the plugin of kubernetes-sigs/scheduler-plugins."""
    _only(args, path, "permitWaitingTimeSeconds")
    seconds = args.get("permitWaitingTimeSeconds", PATIENCE)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
        raise ConfigurationError(f"{path}.permitWaitingTimeSeconds: must be greater than 0")
    return float(seconds)


def _spreads(args: Obj, path: str) -> tuple[Default, ...]:
    constraints, kind = args.get("defaultConstraints") or (), args.get("defaultingType") or "System"
    if kind == "System":
        if constraints:
            raise ConfigurationError(f"{path}.defaultConstraints: when .defaultingType is System, must be empty")
        return SYSTEM_DEFAULTS
    if kind != "List":
        raise ConfigurationError(f'{path}.defaultingType: Unsupported value: "{kind}": supported values: "List", '
                                 '"System"')  # fmt: skip
    for number, each in enumerate(constraints):
        _only(each, f"{path}.defaultConstraints[{number}]", "maxSkew", "topologyKey", "whenUnsatisfiable")
    return tuple(Default(each["topologyKey"], each["maxSkew"], each.get("whenUnsatisfiable") == "DoNotSchedule", False)
                 for each in constraints)  # fmt: skip
