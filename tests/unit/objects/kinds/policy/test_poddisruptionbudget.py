from datetime import UTC, datetime

import pytest

from services.objects.kinds import PODDISRUPTIONBUDGET

PERCENT = ("a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex "
           "used for validation is '[0-9]+%')")  # fmt: skip
NOT_NEGATIVE = "must be greater than or equal to 0"


def make(name="web", **spec):
    return {"metadata": {"name": name, "namespace": "default"}, "spec": spec}


@pytest.mark.parametrize(("budget", "expected"), [
    (make(), []),
    (make(minAvailable=2, selector={"matchLabels": {"a": "b"}}), []),
    (make(maxUnavailable="25%", selector={}, unhealthyPodEvictionPolicy="AlwaysAllow"), []),
    (make("Any_Name at all"), []),
    (make("a/b"), ["metadata.name: Invalid value: \"a/b\": may not contain '/'"]),
    (make(minAvailable=1, maxUnavailable=1), [
        'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both '
        "set"]),
    (make(minAvailable=-1), [f"spec.minAvailable: Invalid value: -1: {NOT_NEGATIVE}"]),
    (make(maxUnavailable="101%"), ['spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%']),
    (make(maxUnavailable="few"), [f'spec.maxUnavailable: Invalid value: "few": {PERCENT}']),
    (make(selector={"matchExpressions": [{"key": "a", "operator": "In"}]}), [
        "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or "
        "'NotIn'"]),
    (make(unhealthyPodEvictionPolicy="Never"), [
        'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", '
        '"IfHealthyBudget"']),
])  # fmt: skip
def test_rules(told, budget, expected):
    assert told(PODDISRUPTIONBUDGET.validate(budget)) == expected


def test_statuses(told):
    new = make() | {"status": {"disruptionsAllowed": -1, "currentHealthy": -1, "conditions": [{"type": "a"}]}}
    refused = told(PODDISRUPTIONBUDGET.validate_status(new, make()))
    assert 'status.conditions[0].status: Unsupported value: "": supported values: "False", "True", "Unknown"' in refused
    assert refused[-2:] == [f"status.podDisruptionsAllowed: Invalid value: -1: {NOT_NEGATIVE}",
                            f"status.currentHealthy: Invalid value: -1: {NOT_NEGATIVE}"]  # fmt: skip


def test_what_nobody_counts_is_warned_of():
    assert PODDISRUPTIONBUDGET.warnings({}) == [
        "poddisruptionbudgets are not counted yet: the pods they select cannot be evicted"]


def test_its_status_begins_with_nothing_allowed():
    budget = make() | {"status": {"disruptionsAllowed": 7}}
    PODDISRUPTIONBUDGET.prepare(budget)
    assert budget["status"] == {"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0}


@pytest.mark.parametrize(("spec", "cells"), [
    ({"minAvailable": 2}, ["2", "N/A"]), ({"maxUnavailable": "25%"}, ["N/A", "25%"]), ({}, ["N/A", "N/A"]),
])  # fmt: skip
def test_columns(spec, cells):
    budget = make(**spec) | {"status": {"disruptionsAllowed": 3}}
    budget["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    assert PODDISRUPTIONBUDGET.printer.row(budget, datetime(2026, 1, 1, 1, tzinfo=UTC)) == ["web", *cells, 3, "60m"]
