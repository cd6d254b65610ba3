import copy
from datetime import UTC, datetime

import pytest

from services.objects.kinds import STATEFULSET

NOT_NEGATIVE = "must be greater than or equal to 0"
LABEL = ("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
         "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
         "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')")  # fmt: skip
LABELS = {"app": "db"}
MOUNTING = {"containers": [{"name": "a", "image": "db:1", "volumeMounts": [{"name": "data", "mountPath": "/data"}]}]}


def claim(name="data", **spec):
    return {"metadata": {"name": name},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **spec}}


@pytest.fixture
def make():
    def make(name="db", labels=LABELS, pod=None, **spec):
        template = {"metadata": {"labels": labels},
                    "spec": {"containers": [{"name": "a", "image": "db:1"}], **(pod or {})}}  # fmt: skip
        statefulset = {"apiVersion": "apps/v1", "kind": "StatefulSet",
                       "metadata": {"name": name, "namespace": "default"},
                       "spec": {"selector": {"matchLabels": LABELS}, "serviceName": "db", "template": template,
                                **copy.deepcopy(spec)}}  # fmt: skip
        STATEFULSET.default(statefulset)
        return statefulset

    return make


def test_defaults(make):
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}
    spec = make(volumeClaimTemplates=[claim])["spec"]
    assert (spec["replicas"], spec["revisionHistoryLimit"], spec["podManagementPolicy"]) == (1, 10, "OrderedReady")
    assert spec["updateStrategy"] == {"type": "RollingUpdate", "rollingUpdate": {"partition": 0, "maxUnavailable": 1}}
    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    assert spec["volumeClaimTemplates"] == [{
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "volumeMode": "Filesystem"}, "status": {"phase": "Pending"}}]
    assert make(updateStrategy={"type": "OnDelete"})["spec"]["updateStrategy"] == {"type": "OnDelete"}
    assert make(updateStrategy={"type": "RollingUpdate"})["spec"]["updateStrategy"] == {"type": "RollingUpdate"}


ROLLING = "spec.updateStrategy.rollingUpdate"


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, []),
    ({"podManagementPolicy": "Parallel", "updateStrategy": {"type": "OnDelete"}, "replicas": 0}, []),
    ({"pod": {"containers": []}}, ["spec.template.spec.containers: Required value"]),
    ({"pod": MOUNTING}, ['spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"']),
    ({"pod": MOUNTING, "volumeClaimTemplates": [claim()]}, []),
    ({"pod": {**MOUNTING, "volumes": [{"name": "data", "emptyDir": {}}]},
      "volumeClaimTemplates": [claim(), claim()]}, []),  # the pods get the claim, and one of the name
    ({"pod": {**MOUNTING, "volumes": [{"name": "X", "emptyDir": {}}]}, "volumeClaimTemplates": [claim()]}, [
        f'spec.template.spec.volumes[1].name: Invalid value: "X": {LABEL}']),
    ({"volumeClaimTemplates": [claim("Data")]}, [
        f'spec.template.spec.volumes[0].name: Invalid value: "Data": {LABEL}']),
    ({"podManagementPolicy": "Sorted"}, [
        'spec.podManagementPolicy: Invalid value: "Sorted": must be \'OrderedReady\' or \'Parallel\'']),
    ({"updateStrategy": {"type": "Recreate"}}, [
        'spec.updateStrategy: Invalid value: {"type":"Recreate"}: must be \'RollingUpdate\' or \'OnDelete\'']),
    ({"updateStrategy": {"type": "OnDelete", "rollingUpdate": {"partition": 1}}}, [
        f'{ROLLING}: Invalid value: {{"partition":1}}: only allowed for updateStrategy \'RollingUpdate\'']),
    ({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": -1, "maxUnavailable": 0}}}, [
        f"{ROLLING}.partition: Invalid value: -1: {NOT_NEGATIVE}",
        f"{ROLLING}.maxUnavailable: Invalid value: 0: cannot be 0"]),
    ({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "200%"}}}, [
        f'{ROLLING}.maxUnavailable: Invalid value: "200%": must not be greater than 100%']),
    ({"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Shred", "whenScaled": "Delete"}}, [
        'spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Shred": supported values: '
        '"Retain", "Delete"']),
    ({"replicas": -1, "minReadySeconds": -1, "ordinals": {"start": -1}}, [
        f"spec.replicas: Invalid value: -1: {NOT_NEGATIVE}",
        f"spec.minReadySeconds: Invalid value: -1: {NOT_NEGATIVE}",
        f"spec.ordinals.start: Invalid value: -1: {NOT_NEGATIVE}"]),
    ({"selector": {"matchExpressions": [{"key": "app", "operator": "Is"}]}, "pod": {"containers": []}}, [
        'spec.selector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
        'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Is"}]}']),
    ({"selector": {}}, ["spec.selector: Invalid value: {}: empty selector is invalid for statefulset"]),
    ({"labels": {"x": "y"}}, [
        'spec.template.metadata.labels: Invalid value: {"x":"y"}: `selector` does not match template `labels`']),
    ({"pod": {"restartPolicy": "OnFailure", "activeDeadlineSeconds": 9}}, [
        'spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"',
        "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported"]),
])  # fmt: skip
def test_rules(make, told, spec, expected):
    assert told(STATEFULSET.validate(make(**spec))) == expected


def test_a_selector_is_needed_and_a_name_that_pods_can_have(make, told):
    made = make(name="a.b")
    del made["spec"]["selector"]
    named, selected, matched = told(STATEFULSET.validate(made))
    assert named.startswith('metadata.name: Invalid value: "a.b": a lowercase RFC 1123 label must consist of')
    assert selected == "spec.selector: Required value"
    assert matched == (
        'spec.template.metadata.labels: Invalid value: {"app":"db"}: `selector` does not match template `labels`')


@pytest.mark.parametrize(("spec", "expected"), [
    ({"volumeClaimTemplates": [claim()]}, []),
    ({"serviceName": ""}, []),
    ({"serviceName": "a.b"}, [f'spec.serviceName: Invalid value: "a.b": {LABEL}']),
    ({"volumeClaimTemplates": [claim(), claim(accessModes=[], resources={})]}, [
        "spec.volumeClaimTemplates[1].spec.accessModes: Required value: at least 1 access mode is required",
        "spec.volumeClaimTemplates[1].spec.resources[storage]: Required value"]),
])  # fmt: skip
def test_rules_of_new_ones(make, told, spec, expected):
    assert told(STATEFULSET.validate_create(make(**spec))) == expected


def test_warnings(make):
    stored = "statefulsets are stored, but not acted on yet"
    assert STATEFULSET.warnings(make(volumeClaimTemplates=[claim()])) == [stored]
    amounts = {"requests": {"storage": "1500m"}}
    assert STATEFULSET.warnings(make(volumeClaimTemplates=[claim(resources=amounts)], revisionHistoryLimit=-1)) == [
        stored,
        'spec.volumeClaimTemplates[0].resources.requests[storage]: fractional byte value "1500m" is invalid, must be '
        "an integer",
        "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"]


FORBIDDEN = ("spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
             "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' "
             "are forbidden")  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), [
    ({"replicas": 5, "minReadySeconds": 3, "ordinals": {"start": 1}, "revisionHistoryLimit": 1}, []),
    ({"updateStrategy": {"type": "OnDelete"}, "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}}, []),
    ({"pod": {"hostNetwork": True}, "labels": {"app": "db", "x": "y"}}, []),
    ({"serviceName": "other"}, [FORBIDDEN]),
    ({"podManagementPolicy": "Parallel"}, [FORBIDDEN]),
    ({"volumeClaimTemplates": [{"metadata": {"name": "data"}}]}, [FORBIDDEN]),
    ({"selector": {"matchLabels": {"x": "y"}}}, [FORBIDDEN]),
])  # fmt: skip
def test_updates(make, told, change, expected):
    assert told(STATEFULSET.validate_update(make(**change), make())) == expected


@pytest.mark.parametrize(("status", "expected"), [
    ({"replicas": 2, "readyReplicas": 2, "currentReplicas": 1, "updatedReplicas": 1, "availableReplicas": 2}, []),
    ({"replicas": -1}, [f"status.replicas: Invalid value: -1: {NOT_NEGATIVE}", *(
        f"status.{name}Replicas: Invalid value: 0: cannot be greater than status.replicas"
        for name in ("ready", "current", "updated", "available"))]),
    ({"replicas": 1, "currentReplicas": 2}, [
        "status.currentReplicas: Invalid value: 2: cannot be greater than status.replicas"]),
    ({"replicas": 2, "readyReplicas": 1, "availableReplicas": 2}, [
        "status.availableReplicas: Invalid value: 2: cannot be greater than status.readyReplicas"]),
])  # fmt: skip
def test_statuses(make, told, status, expected):
    old = make()
    assert told(STATEFULSET.validate_status(old | {"status": status}, old)) == expected


def test_columns(make):
    made = make(replicas=3) | {"status": {"readyReplicas": 2}}
    made["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    assert STATEFULSET.printer.row(made, datetime(2026, 1, 1, 1, tzinfo=UTC)) == ["db", "2/3", "60m", "a", "db:1"]
    assert [column.name for column in STATEFULSET.printer.columns] == ["Name", "Ready", "Age", "Containers", "Images"]
