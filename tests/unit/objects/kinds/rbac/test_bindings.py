import copy
from datetime import UTC, datetime

import pytest

from services.objects.kinds import CLUSTERROLEBINDING, ROLEBINDING

GROUP = "rbac.authorization.k8s.io"
ACCOUNT, USER, TEAM = ({"kind": kind, "name": "a"} for kind in ("ServiceAccount", "User", "Group"))


def make(binding_kind, *subjects, **reference):
    namespace = {"namespace": "default"} if binding_kind is ROLEBINDING else {}
    binding = {"metadata": {"name": "read", **namespace},
               "roleRef": {"kind": "ClusterRole", "name": "reader", **reference},
               "subjects": copy.deepcopy(list(subjects))}  # fmt: skip
    binding_kind.default(binding)
    return binding


def test_defaults():
    binding = make(ROLEBINDING, ACCOUNT, USER, TEAM)
    assert binding["roleRef"]["apiGroup"] == GROUP
    assert [subject.get("apiGroup") for subject in binding["subjects"]] == [None, GROUP, GROUP]


@pytest.mark.parametrize(("subjects", "reference", "expected"), [
    ([ACCOUNT, USER, TEAM], {}, []),
    ([], {"kind": "Role"}, []),
    ([], {"apiGroup": "apps", "kind": "Deployment", "name": ""}, [
        f'roleRef.apiGroup: Unsupported value: "apps": supported values: "{GROUP}"',
        'roleRef.kind: Unsupported value: "Deployment": supported values: "ClusterRole", "Role"',
        "roleRef.name: Required value"]),
    ([], {"name": "a/b"}, ["roleRef.name: Invalid value: \"a/b\": may not contain '/'"]),
    ([{"kind": "Robot"}], {}, [
        "subjects[0].name: Required value",
        'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"']),
    ([{**USER, "apiGroup": "x"}, {**ACCOUNT, "apiGroup": "x"}], {}, [
        f'subjects[0].apiGroup: Unsupported value: "x": supported values: "{GROUP}"',
        'subjects[1].apiGroup: Unsupported value: "x": supported values: ""']),
])  # fmt: skip
def test_role_bindings(told, subjects, reference, expected):
    assert told(ROLEBINDING.validate(make(ROLEBINDING, *subjects, **reference))) == expected


def test_cluster_role_bindings(told):
    assert told(CLUSTERROLEBINDING.validate(make(CLUSTERROLEBINDING, ACCOUNT, kind="Role"))) == [
        'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
        "subjects[0].namespace: Required value"]
    assert CLUSTERROLEBINDING.validate(make(CLUSTERROLEBINDING, {**ACCOUNT, "namespace": "default"}, USER)) == []


@pytest.mark.parametrize("kind", [ROLEBINDING, CLUSTERROLEBINDING], ids=lambda kind: kind.kind)
def test_the_role_is_for_life(told, kind):
    old = make(kind, USER)
    assert kind.validate_update(make(kind, TEAM), old) == []
    assert told(kind.validate_update(make(kind, USER, name="writer"), old)) == [
        f'roleRef: Invalid value: {{"kind":"ClusterRole","name":"writer","apiGroup":"{GROUP}"}}: cannot change roleRef']


def test_columns():
    subjects = [USER, {"kind": "User", "name": "b"}, TEAM, {**ACCOUNT, "namespace": "n"}, {"kind": "Robot"}]
    binding = make(ROLEBINDING, *subjects)
    binding["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    assert ROLEBINDING.printer.row(binding, datetime(2026, 1, 1, 1, tzinfo=UTC)) == [
        "read", "ClusterRole/reader", "60m", "a, b", "a", "n/a"]
