"""The annotations in which autoscaling/v1 carries what it has no field for, as JSON in forms of Kubernetes' past.

Metrics and their statuses are there in the form that v2 gave up (targetAverageValue and the like), the behavior with
Go's names of fields. Users can write anything into annotations: what is not of the form is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from services.objects import quantity, times
from services.objects.meta import Obj

_PREFIX = "autoscaling.alpha.kubernetes.io/"
ANNOTATIONS = tuple(f"{_PREFIX}{name}" for name in ("metrics", "current-metrics", "behavior", "conditions"))


class _Source(NamedTuple):
    """Fields of a metric source: what the old form calls them -> v2's. `zero` is there in the old form even when it
    is nothing."""

    names: dict[str, str]  # in the source itself
    metric: dict[str, str]  # in v2's `metric`
    targets: dict[str, str]  # in v2's `target`
    current: dict[str, str]  # in v2's `current`
    zero: tuple[str, ...] = ()


_REFERENCE = {"target": "describedObject"}
_NAMED = {"metricName": "name", "selector": "selector"}
_RESOURCE_TARGETS = {"targetAverageUtilization": "averageUtilization", "targetAverageValue": "averageValue"}
_RESOURCE_CURRENT = {"currentAverageUtilization": "averageUtilization", "currentAverageValue": "averageValue"}
_SOURCES = {
    "object": _Source(_REFERENCE, _NAMED, {"targetValue": "value", "averageValue": "averageValue"},
                      {"currentValue": "value", "averageValue": "averageValue"}, ("targetValue", "currentValue")),
    "pods": _Source({}, _NAMED, {"targetAverageValue": "averageValue"}, {"currentAverageValue": "averageValue"},
                    ("targetAverageValue", "currentAverageValue")),
    "resource": _Source({"name": "name"}, {}, _RESOURCE_TARGETS, _RESOURCE_CURRENT, ("currentAverageValue",)),
    "containerResource": _Source({"name": "name", "container": "container"}, {}, _RESOURCE_TARGETS, _RESOURCE_CURRENT,
                                 ("currentAverageValue",)),
    "external": _Source({}, {"metricName": "name", "metricSelector": "selector"},
                        {"targetValue": "value", "targetAverageValue": "averageValue"},
                        {"currentValue": "value", "currentAverageValue": "averageValue"}, ("currentValue",)),
}  # fmt: skip
_RULES = {"StabilizationWindowSeconds": "stabilizationWindowSeconds", "SelectPolicy": "selectPolicy",
          "Policies": "policies", "Tolerance": "tolerance"}  # fmt: skip
# with what Go has for none
_POLICY = {"Type": ("type", ""), "Value": ("value", 0), "PeriodSeconds": ("periodSeconds", 0)}
_CONDITION = ("type", "status", "reason", "message", "lastTransitionTime")


# Writing


def _text(value: Any) -> str:
    """The same for what is the same: whoever reads and writes back changes nothing."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def metrics_text(metrics: list[Obj]) -> str:
    return _text([_old(metric, "target", lambda source: source.targets) for metric in metrics]) if metrics else ""


def statuses_text(statuses: list[Obj]) -> str:
    return _text([_old(status, "current", lambda source: source.current) for status in statuses]) if statuses else ""


def _old(metric: Obj, side: str, fields_of: Callable[[_Source], dict[str, str]]) -> Obj:
    made: Obj = {"type": metric.get("type", "")}
    for name, source in _SOURCES.items():
        given = metric.get(name)
        if given is None:
            continue
        values, identifier, fields = given.get(side) or {}, given.get("metric") or {}, fields_of(source)
        old = {was: given[now] for was, now in source.names.items() if now in given}
        old |= {was: identifier[now] for was, now in source.metric.items() if now in identifier}
        old |= {was: "0" for was in source.zero if was in fields}
        old |= {was: values[now] for was, now in fields.items() if now in values}
        made[name] = old
    return made


def behavior_text(behavior: Obj | None) -> str:
    if behavior is None:
        return ""

    def rules(given: Obj | None) -> Obj | None:
        if given is None:
            return None
        made = {was: given.get(now) for was, now in _RULES.items()}
        made["Policies"] = [{was: policy.get(now, none) for was, (now, none) in _POLICY.items()}
                            for policy in given.get("policies") or ()] or None  # fmt: skip
        return made

    return _text({"ScaleUp": rules(behavior.get("scaleUp")), "ScaleDown": rules(behavior.get("scaleDown"))})


def conditions_text(conditions: list[Obj] | None) -> str:
    return _text(conditions) if conditions else ""


# Reading


class _NotOfTheForm(Exception):
    pass


def _read(text: str | None, make: Callable[[Any], Any], nothing: Any) -> Any:
    if not text:
        return nothing
    try:
        return make(json.loads(text))
    except (ValueError, RecursionError, _NotOfTheForm):
        return nothing


def metrics_of(text: str | None) -> list[Obj]:
    found: list[Obj] = _read(text, lambda listed: [_metric(each) for each in _list(listed)], [])
    return found


def statuses_of(text: str | None) -> list[Obj]:
    found: list[Obj] = _read(text, lambda listed: [_status(each) for each in _list(listed)], [])
    return found


def behavior_of(text: str | None) -> Obj:
    found: Obj = _read(text, _behavior, {})
    return found


def conditions_of(text: str | None) -> list[Obj]:
    found: list[Obj] = _read(text, lambda listed: [_condition(each) for each in _list(listed)], [])
    return found


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _NotOfTheForm
    return value


def _dict(value: Any) -> Obj:
    if not isinstance(value, dict):
        raise _NotOfTheForm
    return value


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise _NotOfTheForm
    return value


def _int32(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -(1 << 31) <= value < 1 << 31:
        raise _NotOfTheForm
    return value


def _quantity(value: Any) -> str:
    return quantity.canonical(quantity.parse(value))  # its error is a ValueError


def _selector(value: Any) -> Obj:
    made: Obj = {}
    given = _dict(value)
    if given.get("matchLabels") is not None:
        made["matchLabels"] = {_str(key): _str(label) for key, label in _dict(given["matchLabels"]).items()}
    if given.get("matchExpressions") is not None:
        made["matchExpressions"] = [_expression(each) for each in _list(given["matchExpressions"])]
    return made


def _expression(value: Any) -> Obj:
    given = _dict(value)
    made: Obj = {name: _str(given[name]) for name in ("key", "operator") if given.get(name) is not None}
    if given.get("values"):
        made["values"] = [_str(each) for each in _list(given["values"])]
    return made


def _reference(value: Any) -> Obj:
    given = _dict(value)
    return {name: _str(given[name]) for name in ("kind", "name", "apiVersion") if given.get(name) is not None}


_READERS: dict[str, Callable[[Any], Any]] = {
    "describedObject": _reference, "selector": _selector, "averageUtilization": _int32, "value": _quantity,
    "averageValue": _quantity,
}  # fmt: skip


def _taken(given: Obj, fields: dict[str, str]) -> Obj:
    made: Obj = {}
    for was, now in fields.items():
        read: Callable[[Any], Any] = _READERS.get(now, _str)
        if given.get(was) is not None:
            made[now] = read(given[was])
    return made


def _metric(value: Any) -> Obj:
    given = _dict(value)
    made: Obj = {"type": _str(given.get("type", ""))}
    for name, source in _SOURCES.items():
        if given.get(name) is None:
            continue
        old = _dict(given[name])
        target = _taken(old, source.targets)
        if len(target) > 1 and target.get("value") == "0":
            del target["value"]  # it was written for want of anything else
        made[name] = _taken(old, source.names) | ({"metric": _taken(old, source.metric)} if source.metric else {})
        made[name]["target"] = {"type": _target_type(name, target), **target}
    return made


def _target_type(source: str, target: Obj) -> str:
    if "averageUtilization" in target:
        return "Utilization"
    if source == "external":
        return "Value" if "value" in target else "AverageValue"
    return "Value" if source == "object" and "averageValue" not in target else "AverageValue"


def _status(value: Any) -> Obj:
    given = _dict(value)
    made: Obj = {"type": _str(given.get("type", ""))}
    for name, source in _SOURCES.items():
        if given.get(name) is None:
            continue
        old = _dict(given[name])
        made[name] = _taken(old, source.names) | ({"metric": _taken(old, source.metric)} if source.metric else {})
        made[name]["current"] = _taken(old, source.current)
    return made


def _lowered(value: Any) -> Obj:
    """By names in lower case: Go takes a field in any."""
    return {key.lower(): each for key, each in _dict(value).items()}


def _behavior(value: Any) -> Obj:
    given = _lowered(value)
    return {name: _rules(given[name.lower()]) for name in ("scaleUp", "scaleDown") if given.get(name.lower())}


def _rules(value: Any) -> Obj:
    given = _lowered(value)
    made: Obj = {}
    for was, now, read in (("stabilizationwindowseconds", "stabilizationWindowSeconds", _int32),
                           ("selectpolicy", "selectPolicy", _str), ("policies", "policies", _policies),
                           ("tolerance", "tolerance", _quantity)):  # fmt: skip
        if given.get(was) is not None:
            made[now] = read(given[was])
    return made


def _policies(value: Any) -> list[Obj]:
    return [{"type": _str(each.get("type") or ""), "value": _int32(each.get("value") or 0),
             "periodSeconds": _int32(each.get("periodseconds") or 0)}
            for each in map(_lowered, _list(value))]  # fmt: skip


def _condition(value: Any) -> Obj:
    given = _dict(value)
    made = {name: _str(given[name]) for name in _CONDITION if given.get(name) is not None}
    if "lastTransitionTime" in made:
        made["lastTransitionTime"] = times.rfc3339(times.parse(made["lastTransitionTime"]))
    return made
