"""ConfigMaps, Secrets, ServiceAccounts, Namespaces, Bindings."""


import pytest

from services.objects.kinds import BINDING, CONFIGMAP, NAMESPACE, SECRET, SERVICEACCOUNT

META = {"name": "web", "namespace": "default"}
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


@pytest.mark.parametrize(("target", "expected"), [
    ({"name": "n"}, []),
    ({"name": "n", "kind": "Node"}, []),
    ({"kind": "Pod"}, ['target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"',
                       "target.name: Required value"]),
])  # fmt: skip
def test_bindings(told, target, expected):
    assert told(BINDING.validate({"metadata": META, "target": target})) == expected
