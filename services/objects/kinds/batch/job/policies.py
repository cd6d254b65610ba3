"""What a Job makes of failed pods (podFailurePolicy) and which pods are enough (successPolicy)."""

from __future__ import annotations

from services.objects.kinds.batch.job import indexes
from services.objects.kinds.validation.field import (
    OMITTED,
    Causes,
    add_invalid,
    duplicate,
    invalid,
    not_negative,
    required,
    too_long,
    too_many,
    unsupported,
)
from services.objects.kinds.validation.labels import qualified_name_errors
from services.objects.meta import Obj

_ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
_OPERATORS = ("In", "NotIn")
_STATUSES = ("False", "True", "Unknown")
_RULES, _PATTERNS, _EXIT_CODES, _SUCCESS_RULES = 20, 20, 255, 20
_INDEXES_SIZE = 64 * 1024


def validate_failure_policy(causes: Causes, path: str, spec: Obj) -> None:
    pod = (spec.get("template") or {}).get("spec") or {}
    containers = {each.get("name") for side in ("containers", "initContainers") for each in pod.get(side) or ()}
    rules = spec["podFailurePolicy"].get("rules") or ()
    if len(rules) > _RULES:
        causes.append(too_many(f"{path}.rules", len(rules), _RULES))
    for index, rule in enumerate(rules):
        where = f"{path}.rules[{index}]"
        _validate_action(causes, f"{where}.action", rule.get("action") or "", spec)
        codes, patterns = rule.get("onExitCodes"), rule.get("onPodConditions") or ()
        if codes is not None:
            _validate_exit_codes(causes, f"{where}.onExitCodes", codes, containers)
        if patterns:
            _validate_conditions(causes, f"{where}.onPodConditions", patterns)
        if codes is not None and patterns:
            causes.append(invalid(where, OMITTED, "specifying both OnExitCodes and OnPodConditions is not supported"))
        if codes is None and not patterns:
            causes.append(invalid(where, OMITTED, "specifying one of OnExitCodes and OnPodConditions is required"))


def _chosen(causes: Causes, path: str, value: str, supported: tuple[str, ...]) -> None:
    """One of an enumeration, which the cause lists when nothing was chosen."""
    if not value:
        listed = " ".join(f'"{each}"' for each in supported)
        causes.append(required(path, f"valid values: [{listed}]"))
    elif value not in supported:
        causes.append(unsupported(path, value, supported))


def _validate_action(causes: Causes, path: str, action: str, spec: Obj) -> None:
    if action == "FailIndex" and spec.get("backoffLimitPerIndex") is None:
        causes.append(invalid(path, action, "requires the backoffLimitPerIndex to be set"))
    _chosen(causes, path, action, _ACTIONS)


def _validate_exit_codes(causes: Causes, path: str, requirement: Obj, containers: set[str]) -> None:
    operator, container = requirement.get("operator") or "", requirement.get("containerName")
    _chosen(causes, f"{path}.operator", operator, _OPERATORS)
    if container is not None and container not in containers:
        causes.append(invalid(f"{path}.containerName", container,
                              "must be one of the container or initContainer names in the pod template"))
    values = requirement.get("values") or []
    if not values:
        causes.append(invalid(f"{path}.values", values, "at least one value is required"))
    elif len(values) > _EXIT_CODES:
        causes.append(too_many(f"{path}.values", len(values), _EXIT_CODES))
    seen: set[int] = set()
    for index, value in enumerate(values):
        if operator == "In" and value == 0:
            causes.append(invalid(f"{path}.values[{index}]", value, "must not be 0 for the In operator"))
        if value in seen:
            causes.append(duplicate(f"{path}.values[{index}]", value))
        seen.add(value)
    if values != sorted(values):
        causes.append(invalid(f"{path}.values", values, "must be ordered"))


def _validate_conditions(causes: Causes, path: str, patterns: list[Obj]) -> None:
    if len(patterns) > _PATTERNS:
        causes.append(too_many(path, len(patterns), _PATTERNS))
    for index, pattern in enumerate(patterns):
        type = pattern.get("type") or ""
        add_invalid(causes, f"{path}[{index}].type", type, qualified_name_errors(type))
        _chosen(causes, f"{path}[{index}].status", pattern.get("status") or "", _STATUSES)


def validate_success_policy(causes: Causes, path: str, spec: Obj) -> None:
    """Of an Indexed Job."""
    rules = spec["successPolicy"].get("rules") or ()
    if not rules:
        causes.append(required(f"{path}.rules", "at least one rules must be specified when the successPolicy is "
                                                "specified"))  # fmt: skip
    if len(rules) > _SUCCESS_RULES:
        causes.append(too_many(f"{path}.rules", len(rules), _SUCCESS_RULES))
    for index, rule in enumerate(rules):
        _validate_success_rule(causes, f"{path}.rules[{index}]", rule, spec.get("completions") or 0)


def _validate_success_rule(causes: Causes, path: str, rule: Obj, completions: int) -> None:
    count, named = rule.get("succeededCount"), rule.get("succeededIndexes")
    if count is None and named is None:
        causes.append(required(path, "at least one of succeededCount or succeededIndexes must be specified"))
    total = 0
    if named is not None:
        if len(named.encode("utf-8", "replace")) > _INDEXES_SIZE:
            causes.append(too_long(f"{path}.succeededIndexes", _INDEXES_SIZE))
        try:
            total = indexes.count(named, completions)
        except indexes.IndexesError as error:
            causes.append(invalid(f"{path}.succeededIndexes", named, f"error parsing succeededIndexes: {error}"))
    if count is None:
        return
    not_negative(causes, f"{path}.succeededCount", count)
    if count > completions:
        causes.append(invalid(f"{path}.succeededCount", count, f"must be less than or equal to {completions} (the "
                                                               "number of specified completions)"))  # fmt: skip
    if named is not None and count > total:
        causes.append(invalid(f"{path}.succeededCount", count, f"must be less than or equal to {total} (the number of "
                                                               "indexes in the specified succeededIndexes field)"))
