import copy
from datetime import UTC, datetime

import pytest

from services.objects.kinds import DAEMONSET

NOT_NEGATIVE = "must be greater than or equal to 0"
GENERATION = "deprecated.daemonset.template.generation"


@pytest.fixture
def make():
    def make(labels=("app",), pod=None, **spec):
        template = {"metadata": {"labels": dict.fromkeys(labels, "web")},
                    "spec": {"containers": [{"name": "a", "image": "web:1"}], **(pod or {})}}  # fmt: skip
        daemonset = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "log", "namespace": "default"},
                     "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template,
                              **copy.deepcopy(spec)}}  # fmt: skip
        DAEMONSET.default(daemonset)
        DAEMONSET.prepare(daemonset)
        return daemonset

    return make


def test_defaults(make):
    made = make()
    assert made["spec"]["updateStrategy"] == {
        "type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}  # fmt: skip
    assert made["spec"]["revisionHistoryLimit"] == 10
    assert made["status"] == {"currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0,
                              "numberReady": 0}  # fmt: skip
    assert make(updateStrategy={"type": "OnDelete"})["spec"]["updateStrategy"] == {"type": "OnDelete"}


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, []),
    ({"updateStrategy": {"rollingUpdate": {"maxSurge": "10%", "maxUnavailable": 0}}}, []),
    ({"selector": None}, [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`']),
    ({"selector": {}}, ["spec.selector: Invalid value: {}: empty selector is invalid for daemonset"]),
    ({"labels": ["other"]}, [
        'spec.template.metadata.labels: Invalid value: {"other":"web"}: `selector` does not match template `labels`']),
    ({"pod": {"restartPolicy": "Never", "activeDeadlineSeconds": 1}}, [
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
        "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported"]),
    ({"minReadySeconds": -1, "revisionHistoryLimit": -1}, [
        f"spec.minReadySeconds: Invalid value: -1: {NOT_NEGATIVE}",
        f"spec.revisionHistoryLimit: Invalid value: -1: {NOT_NEGATIVE}"]),
    ({"updateStrategy": {"type": "Sudden"}}, [
        'spec.updateStrategy: Unsupported value: {"type":"Sudden"}: supported values: "RollingUpdate", "OnDelete"']),
    ({"updateStrategy": {"rollingUpdate": {"maxUnavailable": 1, "maxSurge": 1}}}, [
        "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is "
        "non-zero"]),
    ({"updateStrategy": {"rollingUpdate": {"maxUnavailable": 0}}}, [
        "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0"]),
    ({"updateStrategy": {"rollingUpdate": {"maxUnavailable": "101%"}}}, [
        'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%']),
])  # fmt: skip
def test_rules(make, told, spec, expected):
    daemonset = make(**spec)
    if daemonset["spec"]["selector"] is None:
        del daemonset["spec"]["selector"]
    assert told(DAEMONSET.validate(daemonset)) == expected


def test_the_selector_is_for_life(make, told):
    old = make()
    new = make(selector={"matchLabels": {"app": "other"}})
    assert told(DAEMONSET.validate_update(new, old)) == [
        'spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable']


def test_changes_of_the_template_are_counted(make):
    old = make()
    assert old["metadata"]["annotations"] == {GENERATION: "1"}
    new = make(pod={"hostNetwork": True})
    new["metadata"] = {"annotations": {"mine": "x", GENERATION: "77"}}
    DAEMONSET.prepare_update(new, old)
    assert new["metadata"]["annotations"] == {"mine": "x", GENERATION: "2"}
    again = copy.deepcopy(new)
    again["metadata"].pop("annotations")
    DAEMONSET.prepare_update(again, new)
    assert again["metadata"]["annotations"] == {GENERATION: "2"}


@pytest.mark.parametrize(("old", "new", "expected"), [
    ({}, {"numberReady": 1, "collisionCount": 1}, []),
    ({}, {"numberReady": -1, "updatedNumberScheduled": -1}, [
        f"status.numberReady: Invalid value: -1: {NOT_NEGATIVE}",
        f"status.updatedNumberScheduled: Invalid value: -1: {NOT_NEGATIVE}"]),
    ({"collisionCount": 2}, {"collisionCount": 1}, ["status.collisionCount: Invalid value: 1: cannot be decremented"]),
    ({"collisionCount": 2}, {}, ["status.collisionCount: Invalid value: 0: cannot be decremented"]),
])  # fmt: skip
def test_statuses(make, told, old, new, expected):
    before = make() | {"status": old}
    assert told(DAEMONSET.validate_status(before | {"status": new}, before)) == expected


def test_columns(make):
    made = make(pod={"nodeSelector": {"disk": "ssd"}})
    made["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    made["status"] = {"desiredNumberScheduled": 5, "currentNumberScheduled": 4, "numberReady": 3,
                      "updatedNumberScheduled": 2, "numberAvailable": 1}  # fmt: skip
    assert DAEMONSET.printer.row(made, datetime(2026, 1, 1, 1, tzinfo=UTC)) == [
        "log", 5, 4, 3, 2, 1, "disk=ssd", "60m", "a", "web:1", "app=web"]  # fmt: skip
    assert DAEMONSET.printer.row(make(), datetime(2026, 1, 1, tzinfo=UTC))[6] == "<none>"
