import copy

import pytest

from services.objects.kinds import MUTATINGWEBHOOKCONFIGURATION, VALIDATINGWEBHOOKCONFIGURATION

RULE = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["deployments"]}
SERVICE = {"namespace": "default", "name": "check"}
HOOK = {"name": "check.example.com", "rules": [RULE], "sideEffects": "None", "admissionReviewVersions": ["v1"],
        "clientConfig": {"service": SERVICE}}  # fmt: skip
LABEL_1035 = ("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
              "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for "
              "validation is '[a-z]([-a-z0-9]*[a-z0-9])?')")  # fmt: skip
SUBDOMAIN = ("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
             "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
             r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')")  # fmt: skip


def configuration(*hooks, kind=VALIDATINGWEBHOOKCONFIGURATION):
    obj = {"metadata": {"name": "c"}, "webhooks": [copy.deepcopy({**HOOK, **hook}) for hook in hooks]}
    kind.default(obj)
    return obj


def test_defaults():
    [hook] = configuration({})["webhooks"]
    assert hook == {
        **HOOK, "failurePolicy": "Fail", "matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {},
        "timeoutSeconds": 10, "rules": [{**RULE, "scope": "*"}],
        "clientConfig": {"service": {**SERVICE, "port": 443}}}  # fmt: skip
    [mutating] = configuration({}, kind=MUTATINGWEBHOOKCONFIGURATION)["webhooks"]
    assert mutating == {**hook, "reinvocationPolicy": "Never"}


@pytest.mark.parametrize(("hook", "expected"), [
    ({}, []),
    ({"name": ""}, ["name: Required value"]),
    ({"name": "a.b"}, [
        'name: Invalid value: "a.b": should be a domain with at least three segments separated by dots']),
    ({"name": "A.b.c"}, [f'name: Invalid value: "A.b.c": {SUBDOMAIN}']),
    ({"failurePolicy": "Retry"}, ['failurePolicy: Unsupported value: "Retry": supported values: "Fail", "Ignore"']),
    ({"matchPolicy": "Some"}, ['matchPolicy: Unsupported value: "Some": supported values: "Equivalent", "Exact"']),
    ({"sideEffects": None}, ["sideEffects: Required value: must specify one of None, NoneOnDryRun"]),
    ({"sideEffects": "Some"}, ['sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"']),
    ({"timeoutSeconds": 31}, [
        "timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds"]),
    ({"objectSelector": {"matchLabels": {"a": "_"}}}, [
        "objectSelector.matchLabels: Invalid value: \"_\": a valid label must be an empty string or consist of "
        "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. "
        "'MyValue',  or 'my_value',  or '12345', regex used for validation is "
        "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"]),
    ({"admissionReviewVersions": []}, ["admissionReviewVersions: Required value: must specify one of v1, v1beta1"]),
    ({"admissionReviewVersions": ["v2", "v2", "1"]}, [
        'admissionReviewVersions[1]: Invalid value: "v2": duplicate version',
        f'admissionReviewVersions[2]: Invalid value: "1": {LABEL_1035}',
        'admissionReviewVersions: Invalid value: ["v2","v2","1"]: must include at least one of v1, v1beta1']),
    ({"matchConditions": [{"name": "a", "expression": "request.operation == 'CREATE'"}]}, []),
    ({"matchConditions": [{}]}, [
        "matchConditions[0].expression: Required value", "matchConditions[0].name: Required value"]),
    ({"matchConditions": [{"name": "a", "expression": " params.x "}, {"name": "a", "expression": "1"}]}, [
        'matchConditions[0].expression: Invalid value: "params.x": compilation failed: ERROR: <input>:1:1: undeclared '
        "reference to 'params' (in container '')\n | params.x\n | ^",
        'matchConditions[1].expression: Invalid value: "1": must evaluate to bool',
        'matchConditions[1].name: Duplicate value: "a"']),
])  # fmt: skip
def test_hooks(told, hook, expected):
    given = configuration(hook)
    given["webhooks"][0].update(hook)
    assert told(VALIDATINGWEBHOOKCONFIGURATION.validate(given)) == [f"webhooks[0].{each}" for each in expected]


def test_names_are_unique_and_conditions_few(told):
    assert told(VALIDATINGWEBHOOKCONFIGURATION.validate(configuration({}, {}))) == [
        'webhooks[1].name: Duplicate value: "check.example.com"']
    many = [{"name": f"a{number}", "expression": "true"} for number in range(65)]
    assert told(VALIDATINGWEBHOOKCONFIGURATION.validate(configuration({"matchConditions": many}))) == [
        "webhooks[0].matchConditions: Too many: 65: must have at most 64 items"]


def test_only_mutating_webhooks_are_called_again(told):
    kind = MUTATINGWEBHOOKCONFIGURATION
    given = configuration({"reinvocationPolicy": "Always"}, kind=kind)
    assert told(kind.validate(given)) == [
        'webhooks[0].reinvocationPolicy: Unsupported value: "Always": supported values: "IfNeeded", "Never"']
    assert kind.validate(configuration({"reinvocationPolicy": "IfNeeded"}, kind=kind)) == []


@pytest.mark.parametrize(("rule", "expected"), [
    ({}, []),
    ({"operations": ["CREATE", "*"], "apiGroups": ["", "*"], "apiVersions": ["v1", "*"]}, [
        'operations: Invalid value: ["CREATE","*"]: if \'*\' is present, must not specify other operations',
        'apiGroups: Invalid value: ["","*"]: if \'*\' is present, must not specify other API groups',
        'apiVersions: Invalid value: ["v1","*"]: if \'*\' is present, must not specify other API versions']),
    ({"operations": ["READ"]}, [
        'operations[0]: Unsupported value: "READ": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"']),
    ({"apiVersions": [""], "scope": "Local"}, [
        "apiVersions[0]: Required value",
        'scope: Unsupported value: "Local": supported values: "*", "Cluster", "Namespaced"']),
    ({"operations": [], "apiGroups": [], "apiVersions": [], "resources": []}, [
        f"{name}: Required value" for name in ("operations", "apiGroups", "apiVersions", "resources")]),
    ({"resources": ["pods", "pods/*", "*/scale", "*"]}, []),
    ({"resources": ["", "pods/*", "pods/log", "*/scale", "a/scale"]}, [
        "resources[0]: Required value",
        "resources[2]: Invalid value: \"pods/log\": if 'pods/*' is present, must not specify pods/log",
        "resources[4]: Invalid value: \"a/scale\": if '*/scale' is present, must not specify a/scale"]),
    ({"resources": ["*/*", "pods"]}, [
        'resources: Invalid value: ["*/*","pods"]: if \'*/*\' is present, must not specify other resources']),
    ({"resources": ["*", "pods"]}, [
        'resources: Invalid value: ["*","pods"]: if \'*\' is present, must not specify other resources without '
        "subresources"]),
])  # fmt: skip
def test_rules(told, rule, expected):
    given = configuration({"rules": [{**RULE, **rule}]})
    assert told(VALIDATINGWEBHOOKCONFIGURATION.validate(given)) == [f"webhooks[0].rules[0].{each}" for each in expected]


FORM = "; desired format: https://host[/path]"


@pytest.mark.parametrize(("config", "expected"), [
    ({"url": "https://example.com:8443/check"}, []),
    ({"url": "https://[2001:db8::1]:8443/check"}, []),
    ({}, [": Required value: exactly one of url or service is required"]),
    ({"url": "https://a", "service": SERVICE}, [": Required value: exactly one of url or service is required"]),
    ({"url": "http://a"}, [f".url: Invalid value: \"http\": 'https' is the only allowed URL scheme{FORM}"]),
    ({"url": "https:///a"}, [f'.url: Invalid value: "": host must be specified{FORM}']),
    ({"url": "https://me:secret@a/b?c=d#e"}, [
        '.url: Invalid value: "me:secret": user information is not permitted in the URL',
        '.url: Invalid value: "e": fragments are not permitted in the URL',
        '.url: Invalid value: "c=d": query parameters are not permitted in the URL']),
    ({"url": ":a"}, [f'.url: Required value: url must be a valid URL: parse ":a": missing protocol scheme{FORM}']),
    ({"url": "https://a/%zz"}, [
        f'.url: Required value: url must be a valid URL: parse "https://a/%zz": invalid URL escape "%zz"{FORM}']),
    ({"url": "https://a:b/"}, [
        f'.url: Required value: url must be a valid URL: parse "https://a:b/": invalid port ":b" after host{FORM}']),
    ({"url": "https://[a/"}, [
        f'.url: Required value: url must be a valid URL: parse "https://[a/": missing \']\' in host{FORM}']),
    ({"url": "a\nb"}, [
        r'.url: Required value: url must be a valid URL: parse "a\x0ab": net/url: invalid control character in URL'
        f"{FORM}"]),
    ({"service": {**SERVICE, "path": "/a/b/"}}, []),
    # Kubernetes passes the two in the wrong order.
    ({"service": {"name": "check"}}, [".service.name: Required value"]),
    ({"service": {"namespace": "default"}}, [".service.namespace: Required value"]),
    ({"service": {**SERVICE, "port": 70000}}, [
        ".service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive"]),
    ({"service": {**SERVICE, "path": "//"}}, ['.service.path: Invalid value: "//": segment[0] may not be empty']),
    ({"service": {**SERVICE, "path": "ab"}}, [
        '.service.path: Invalid value: "ab": must start with a \'/\'']),
    ({"service": {**SERVICE, "path": "/a//B"}}, [
        '.service.path: Invalid value: "/a//B": segment[1] may not be empty',
        f'.service.path: Invalid value: "/a//B": segment[2]: {SUBDOMAIN}']),
])  # fmt: skip
def test_who_is_called(told, config, expected):
    given = configuration({"clientConfig": config})
    assert told(VALIDATINGWEBHOOKCONFIGURATION.validate(given)) == [f"webhooks[0].clientConfig{each}"
                                                                    for each in expected]


def test_rows(row):
    assert row(VALIDATINGWEBHOOKCONFIGURATION, configuration({}, {})) == ["c", 2, "<unknown>"]
    assert row(MUTATINGWEBHOOKCONFIGURATION, configuration()) == ["c", 0, "<unknown>"]
