from datetime import UTC, datetime

import pytest

from services.objects.kinds import PRIORITYCLASS

RESERVED = "priority class names with 'system-' prefix are reserved for system use only. error: "


def make(name="high", **fields):
    priority = {"metadata": {"name": name}, **fields}
    PRIORITYCLASS.default(priority)
    return priority


@pytest.mark.parametrize(("priority", "expected"), [
    (make(value=1_000_000_000, globalDefault=True), []),
    (make(value=-5, preemptionPolicy="Never"), []),
    (make("system-node-critical", value=2_000_001_000), []),
    (make(value=1_000_000_001), ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"]),
    (make("system-mine", value=1), [
        f"metadata.name: Forbidden: {RESERVED}system-mine is not a known system priority class"]),
    (make("system-cluster-critical", value=1), [
        f"metadata.name: Forbidden: {RESERVED}value of system-cluster-critical PriorityClass must be 2000000000"]),
    (make("system-cluster-critical", value=2_000_000_000, globalDefault=True), [
        f"metadata.name: Forbidden: {RESERVED}globalDefault of system-cluster-critical PriorityClass must be false"]),
    (make(preemptionPolicy="Maybe"), [
        'preemptionPolicy: Unsupported value: "Maybe": supported values: "PreemptLowerPriority", "Never"']),
    (make(preemptionPolicy=""), ["preemptionPolicy: Required value"]),
])  # fmt: skip
def test_rules(told, priority, expected):
    assert told(PRIORITYCLASS.validate(priority)) == expected


def test_a_namespace_is_not_for_it(told):
    assert told(PRIORITYCLASS.validate({"metadata": {"name": "a", "namespace": "b"}, "value": 1})) == [
        "metadata.namespace: Forbidden: not allowed on this type"]


@pytest.mark.parametrize(("change", "expected"), [
    ({"description": "x", "globalDefault": True}, []),
    ({"value": 2}, ["value: Forbidden: may not be changed in an update."]),
    ({"preemptionPolicy": "Never"}, ['preemptionPolicy: Invalid value: "Never": field is immutable']),
])  # fmt: skip
def test_updates(told, change, expected):
    old = make(value=1)
    assert told(PRIORITYCLASS.validate_update(old | change, old)) == expected


def test_columns():
    priority = make(value=7, globalDefault=True)
    priority["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    assert PRIORITYCLASS.printer.row(priority, datetime(2026, 1, 1, 1, tzinfo=UTC)) == [
        "high", 7, True, "60m", "PreemptLowerPriority"]  # fmt: skip
