"""ConfigMaps, Secrets, Namespaces, Nodes, Leases, Bindings, Events."""

import pytest

from services.objects.kinds import (
    BINDING,
    CONFIGMAP,
    EVENT,
    EVENTS_EVENT,
    LEASE,
    NAMESPACE,
    NODE,
    SECRET,
    SERVICEACCOUNT,
)

META = {"name": "web", "namespace": "default"}
QUALIFIED = ("name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
             "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
             "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')")  # fmt: skip
FROZEN = "Forbidden: field is immutable when `immutable` is set"
KEY = ("a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  "
       "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')")  # fmt: skip


@pytest.mark.parametrize(("fields", "expected"), [
    ({"data": {"a.b_c-D": "x"}}, []),
    ({"data": {"a/b": "x"}}, [f'data[a/b]: Invalid value: "a/b": {KEY}']),
    ({"data": {"..": "x"}}, ["data[..]: Invalid value: \"..\": must not be '..'"]),
    ({"data": {"a": "x"}, "binaryData": {"a": "eA=="}}, [
        'data[a]: Invalid value: "a": duplicate of key present in binaryData']),
    ({"data": {"a": "x" * 1048577}}, ["[]: Too long: may not be more than 1048576 bytes"]),
    ({"data": {"a": "x" * 1048576}}, []),
])  # fmt: skip
def test_configmaps(told, fields, expected):
    assert told(CONFIGMAP.validate({"metadata": META, **fields})) == expected


@pytest.mark.parametrize(("fields", "expected"), [
    ({"type": "Opaque", "data": {"a": "eA=="}}, []),
    ({"type": "Opaque", "data": {"a b": "eA=="}}, [f'data[a b]: Invalid value: "a b": {KEY}']),
    ({"type": "Opaque", "data": {"a": "AAAA" * 349526}}, ["data: Too long: may not be more than 1048576 bytes"]),
    ({"type": "kubernetes.io/service-account-token"}, [
        "metadata.annotations[kubernetes.io/service-account.name]: Required value"]),
    ({"type": "kubernetes.io/dockerconfigjson"}, ["data[.dockerconfigjson]: Required value"]),
    ({"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": "e30="}}, []),
    ({"type": "kubernetes.io/basic-auth"}, ["data[username]: Required value", "data[password]: Required value"]),
    ({"type": "kubernetes.io/basic-auth", "data": {"password": ""}}, []),
    ({"type": "kubernetes.io/tls", "data": {"tls.crt": ""}}, ["data[tls.key]: Required value"]),
    ({"type": "kubernetes.io/ssh-auth"}, ["data[ssh-privatekey]: Required value"]),
])  # fmt: skip
def test_secrets(told, fields, expected):
    assert told(SECRET.validate({"metadata": META, **fields})) == expected


def test_a_broken_docker_config_does_not_tell_its_contents(told):
    secret = {"metadata": META, "type": "kubernetes.io/dockercfg", "data": {".dockercfg": "c2VjcmV0"}}
    [text] = told(SECRET.validate(secret))
    assert text.startswith('data[.dockercfg]: Invalid value: "<secret contents redacted>": ')
    assert "c2VjcmV0" not in text


@pytest.mark.parametrize(("kind", "old", "new", "expected"), [
    (CONFIGMAP, {"data": {"a": "1"}}, {"data": {"a": "2"}, "immutable": True}, []),
    (CONFIGMAP, {"data": {"a": "1"}, "immutable": True}, {"data": {"a": "1"}, "immutable": True}, []),
    (CONFIGMAP, {"data": {"a": "1"}, "immutable": True}, {"data": {"a": "2"}}, [
        f"immutable: {FROZEN}", f"data: {FROZEN}"]),
    (CONFIGMAP, {"immutable": True}, {"binaryData": {"a": "eA=="}, "immutable": True}, [f"binaryData: {FROZEN}"]),
    (SECRET, {"type": "Opaque"}, {"type": "kubernetes.io/tls"}, [
        'type: Invalid value: "kubernetes.io/tls": field is immutable']),
    (SECRET, {"type": "a", "immutable": True}, {"type": "a", "immutable": True, "data": {"a": "eA=="}}, [
        f"data: {FROZEN}"]),
    (SERVICEACCOUNT, {}, {"secrets": [{"name": "x"}]}, []),
])  # fmt: skip
def test_updates(told, kind, old, new, expected):
    assert told(kind.validate_update({"metadata": META, **new}, {"metadata": META, **old})) == expected


class TestNamespaces:
    def test_names_are_labels(self, told):
        [text] = told(NAMESPACE.validate({"metadata": {"name": "a.b"}}))
        assert text.startswith('metadata.name: Invalid value: "a.b": a lowercase RFC 1123 label must consist of')

    def test_it_has_no_namespace(self, told):
        assert told(NAMESPACE.validate({"metadata": {"name": "a", "namespace": "b"}})) == [
            "metadata.namespace: Forbidden: not allowed on this type"]

    def test_finalizers(self, told):
        namespace = {"metadata": {"name": "a"}, "spec": {"finalizers": ["kubernetes", "x"]}}
        assert told(NAMESPACE.validate(namespace)) == [
            'spec.finalizers: Invalid value: "x": name is neither a standard finalizer name nor is it fully '
            "qualified"]

    @pytest.mark.parametrize(("deleting", "phase", "expected"), [
        (False, "Active", []),
        (True, "Terminating", []),
        (False, "Terminating", ["status.Phase: Invalid value: \"Terminating\": may only be 'Active' if "
                                "`deletionTimestamp` is empty"]),
        (True, "Active", ["status.Phase: Invalid value: \"Active\": may only be 'Terminating' if `deletionTimestamp` "
                          "is not empty"]),
    ])  # fmt: skip
    def test_phase(self, told, deleting, phase, expected):
        metadata = {"name": "a", **({"deletionTimestamp": "2026-01-02T03:04:05Z"} if deleting else {})}
        obj = {"metadata": metadata, "status": {"phase": phase}}
        assert told(NAMESPACE.validate_status(obj, obj)) == expected


class TestNodes:
    def test_taints(self, told):
        taint = {"key": "a", "effect": "NoSchedule"}
        node = {"metadata": {"name": "n"}, "spec": {"taints": [taint, taint, {"key": "b", "effect": "x"}]}}
        assert told(NODE.validate(node)) == [
            'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: '
            "taints must be unique by key and effect pair",
            'metadata.taints[2].effect: Unsupported value: "x": supported values: "NoSchedule", "PreferNoSchedule", '
            '"NoExecute"',
        ]

    @pytest.mark.parametrize(("old", "new", "expected"), [
        ({}, {"podCIDR": "10.0.0.0/24", "unschedulable": True, "taints": []}, []),
        ({"podCIDRs": ["10.0.0.0/24"]}, {"podCIDRs": ["10.0.1.0/24"]}, [
            'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid']),
        ({"providerID": "a"}, {"providerID": "b"}, [
            'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid']),
        ({}, {"externalID": "x"}, [
            "spec.externalID: Forbidden: may not be updated"]),
    ])  # fmt: skip
    def test_updates(self, told, old, new, expected):
        meta = {"metadata": {"name": "n"}}
        assert told(NODE.validate_update({**meta, "spec": new}, {**meta, "spec": old})) == expected

    def test_status(self, told):
        old = {"metadata": {"name": "n"}}
        address = {"type": "InternalIP", "address": "10.0.0.1"}
        new = {**old, "status": {"capacity": {"cpu": "-1"}, "addresses": [address, address]}}
        assert told(NODE.validate_status(new, old)) == [
            'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
            'status.addresses[1]: Duplicate value: {"Type":"InternalIP","Address":"10.0.0.1"}',
        ]


@pytest.mark.parametrize(("spec", "expected"), [
    ({"leaseDurationSeconds": 15, "leaseTransitions": 0}, []),
    ({"leaseDurationSeconds": 0}, ["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"]),
    ({"leaseTransitions": -1}, ["spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0"]),
])  # fmt: skip
def test_leases(told, spec, expected):
    assert told(LEASE.validate({"metadata": META, "spec": spec})) == expected


@pytest.mark.parametrize(("target", "expected"), [
    ({"name": "n"}, []),
    ({"name": "n", "kind": "Node"}, []),
    ({"kind": "Pod"}, ['target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"',
                       "target.name: Required value"]),
])  # fmt: skip
def test_bindings(told, target, expected):
    assert told(BINDING.validate({"metadata": META, "target": target})) == expected


class TestEvents:
    @pytest.mark.parametrize(("namespace", "about", "expected"), [
        ("default", "default", []),
        ("default", "", []),
        ("kube-system", "", ['involvedObject.namespace: Invalid value: "": does not match event.namespace']),
        ("other", "default", ['involvedObject.namespace: Invalid value: "default": does not match event.namespace']),
        ("other", "", ['involvedObject.namespace: Invalid value: "": does not match event.namespace']),
    ])  # fmt: skip
    def test_an_event_lives_beside_what_it_is_about(self, told, namespace, about, expected):
        event = {"metadata": {"name": "a", "namespace": namespace}, "involvedObject": {"namespace": about}}
        assert told(EVENT.validate(event)) == expected

    good = (
        ("eventTime", "2026-01-02T03:04:05.000000Z"), ("reportingController", "example.com/x"),
        ("reportingInstance", "x-1"), ("action", "Binding"), ("reason", "Scheduled"), ("type", "Normal"),
        ("regarding", {"namespace": "default"}),
    )  # fmt: skip

    @pytest.mark.parametrize(("fields", "expected"), [
        ({}, []),
        ({"eventTime": None}, ["eventTime: Required value"]),
        ({"reportingController": "a b"}, [f'reportingController: Invalid value: "a b": {QUALIFIED}']),
        ({"reason": "x" * 129}, ['reason: Invalid value: "": can have at most 128 characters']),
        ({"note": "x" * 1025}, ['message: Invalid value: "": can have at most 1024 characters']),
        ({"deprecatedCount": 3, "deprecatedSource": {"component": "x"}}, [
            'count: Invalid value: "": needs to be unset', 'source: Invalid value: "": needs to be unset']),
        ({"series": {"count": 1}}, [
            'series.count: Invalid value: "": should be at least 2', "series.lastObservedTime: Required value"]),
        ({"type": "Odd"}, ['type: Invalid value: "": has invalid value: Odd']),
        ({"action": ""}, ["action: Required value"]),
    ])  # fmt: skip
    def test_the_newer_kind_is_strict(self, told, fields, expected):
        event = {"metadata": META, **dict(self.good), **fields}
        assert told(EVENTS_EVENT.validate(event) + EVENTS_EVENT.validate_create(event)) == expected

    @pytest.mark.parametrize(("fields", "expected"), [
        ({}, []),
        ({"eventTime": "2026-01-02T03:04:05.000000Z"}, [
            "reportingComponent: Required value",
            'reportingComponent: Invalid value: "": name part must be non-empty',
            f'reportingComponent: Invalid value: "": {QUALIFIED}',
            "reportingInstance: Required value", "action: Required value", "reason: Required value"]),
        ({"eventTime": "2026-01-02T03:04:05.000000Z", "reportingComponent": "example.com/x", "reportingInstance": "x",
          "action": "a", "reason": "r", "message": "é" * 513}, [
              'message: Invalid value: "": can have at most 1024 characters']),
    ])  # fmt: skip
    def test_the_older_kind_is_strict_with_new_clients(self, told, fields, expected):
        event = {"metadata": META, "involvedObject": {"namespace": "default"}, **fields}
        assert told(EVENT.validate(event)) == expected

    def test_only_the_series_changes(self, told):
        old = {"metadata": META, **dict(self.good)}
        series = {"count": 2, "lastObservedTime": "2026-01-02T03:04:06.000000Z"}
        assert EVENTS_EVENT.validate_update({**old, "series": series}, old) == []
        assert told(EVENTS_EVENT.validate_update({**old, "note": "x"}, old)) == [
            'message: Invalid value: "x": field is immutable']
