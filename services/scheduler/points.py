"""Which plugins a profile has at which extension point, with which weights: Kubernetes' rules of what goes before what.

What one point says outdoes what `multiPoint` says, which outdoes the default profile; enabling outdoes disabling. The
order matters: a node that refuses a pod is explained by the first filter that refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from services.objects.meta import Obj
from services.scheduler.plugins.catalogue import CATALOGUE, Entry

MULTI, FILTER, SCORE, POST_FILTER, QUEUE_SORT, BIND = (
    "multiPoint", "filter", "score", "postFilter", "queueSort", "bind")  # fmt: skip
PREEMPTION, GANGS = "DefaultPreemption", "Coscheduling"
# Plugins of Kubernetes whose work is not a filter or a score here, with their points. They can be named.
ELSEWHERE = {"SchedulingGates": "preEnqueue", "PrioritySort": QUEUE_SORT, PREEMPTION: POST_FILTER,
             "DefaultBinder": BIND, GANGS: "permit"}  # fmt: skip
# Here filters and scores do themselves what others have these points for.
IDLE = ("preFilter", "preScore", "reserve", "permit", "preBind", "postBind")
_LIKE_SCORES = 1  # the weight of a score that says none


class PointError(ValueError):
    """The message begins with the field below `plugins`."""


class _Choice(NamedTuple):
    """Names in their order, with weights."""

    enabled: Mapping[str, int]
    disabled: frozenset[str]


class Points:
    """`plugins` of a profile, of which types and names of fields are right. Raises PointError."""

    def __init__(self, plugins: Obj, catalogue: Mapping[str, Entry]) -> None:
        self._catalogue = catalogue
        self._choices = {point: self._read(point, chosen) for point, chosen in plugins.items()}
        defaults = {**dict.fromkeys(ELSEWHERE, 0), **{name: entry.weight for name, entry in CATALOGUE.items()}}
        multi = self._choices.get(MULTI, _NOTHING)
        self._inherited = {**_without(defaults, multi.disabled), **multi.enabled}

    def at(self, point: str) -> dict[str, int]:
        """The plugins of a point in their order, with their weights."""
        chosen = self._choices.get(point, _NOTHING)
        inherited = {name: weight for name, weight in self._inherited.items() if self._extends(name, point)}
        left = _without(inherited, chosen.disabled)
        first = [name for name in chosen.enabled if name in left]
        order = dict.fromkeys((*first, *left, *chosen.enabled))
        return {name: chosen.enabled.get(name, left.get(name, _LIKE_SCORES)) for name in order}

    def idle(self) -> list[str]:
        """The points at which something is said that makes no difference."""
        return [point for point in IDLE if any(self._choices.get(point, _NOTHING))]

    def _extends(self, name: str, point: str) -> bool:
        entry = self._catalogue.get(name)
        if entry is None:
            return ELSEWHERE.get(name) == point
        return (point == FILTER and entry.filter is not None) or (point == SCORE and entry.score is not None)

    def _read(self, point: str, chosen: Obj) -> _Choice:
        enabled: dict[str, int] = {}
        for number, each in enumerate(chosen.get("enabled") or ()):
            name, weight, path = each.get("name", ""), each.get("weight", 0), f"{point}.enabled[{number}]"
            self._check(name, f"{path}.name")
            if name in enabled:
                raise PointError(f'{path}.name: plugin "{name}" already registered as "{_type(point)}"')
            if point != MULTI and point not in IDLE and not self._extends(name, point):
                raise PointError(f'{path}.name: plugin "{name}" does not extend {_type(point)} plugin')
            if weight < 0:
                raise PointError(f"{path}.weight: Invalid value: {weight}: must be greater than or equal to 0")
            enabled[name] = weight or _LIKE_SCORES
        disabled = [each.get("name", "") for each in chosen.get("disabled") or ()]
        for number, name in enumerate(disabled):
            if name != "*":
                self._check(name, f"{point}.disabled[{number}].name")
        return _Choice(enabled, frozenset(disabled))

    def _check(self, name: str, path: str) -> None:
        if name not in self._catalogue and name not in ELSEWHERE:
            raise PointError(f'{path}: no plugin "{name}"')


_NOTHING = _Choice({}, frozenset())


def _without(plugins: Mapping[str, int], disabled: Iterable[str]) -> dict[str, int]:
    return {} if "*" in disabled else {name: weight for name, weight in plugins.items() if name not in disabled}


def _type(point: str) -> str:
    return f"{point[0].upper()}{point[1:]}Plugin"
