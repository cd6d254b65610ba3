import copy

import pytest

from services.objects.kinds import FLOWSCHEMA, PRIORITYLEVELCONFIGURATION
from services.objects.kinds.flowcontrol import mandatory

USER = {"kind": "User", "user": {"name": "me"}}
ALL = {"verbs": ["*"], "nonResourceURLs": ["*"]}
LABEL = ("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
         "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
         "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')")  # fmt: skip
SUBDOMAIN = ("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
             "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
             r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')")  # fmt: skip


def schema(name="mine", **spec):
    obj = {"metadata": {"name": name}, "spec": {"priorityLevelConfiguration": {"name": "level"}, **copy.deepcopy(spec)}}
    FLOWSCHEMA.default(obj)
    return obj


def test_the_default_precedence():
    assert schema()["spec"]["matchingPrecedence"] == 1000
    assert schema(matchingPrecedence=5)["spec"]["matchingPrecedence"] == 5


@pytest.mark.parametrize(("spec", "expected"), [
    ({"rules": [{"subjects": [USER], "nonResourceRules": [ALL]}], "distinguisherMethod": {"type": "ByUser"}}, []),
    ({"matchingPrecedence": -1}, ["matchingPrecedence: Invalid value: -1: must be a positive value"]),
    ({"matchingPrecedence": 10001}, ["matchingPrecedence: Invalid value: 10001: must not be greater than 10000"]),
    ({"matchingPrecedence": 1}, [
        "matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1"]),
    ({"distinguisherMethod": {"type": "ByIP"}}, [
        'distinguisherMethod.type: Unsupported value: {"Type":"ByIP"}: supported values: "ByNamespace", "ByUser"']),
    ({"priorityLevelConfiguration": {}}, [
        "priorityLevelConfiguration.name: Required value: must reference a priority level"]),
    ({"priorityLevelConfiguration": {"name": "A"}}, [
        f'priorityLevelConfiguration.name: Invalid value: "A": {SUBDOMAIN}']),
    ({"rules": [{}]}, [
        "rules[0].subjects: Required value: subjects must contain at least one value",
        "rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty"]),
])  # fmt: skip
def test_schemas(told, spec, expected):
    assert told(FLOWSCHEMA.validate(schema(**spec))) == [f"spec.{each}" for each in expected]


@pytest.mark.parametrize(("subject", "expected"), [
    (USER, []),
    ({"kind": "Group", "group": {"name": "system:masters"}}, []),
    ({"kind": "ServiceAccount", "serviceAccount": {"name": "*", "namespace": "default"}}, []),
    ({"kind": "Robot"}, ['.kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"']),
    ({"kind": "User"}, [".user: Required value: user is required when subject kind is 'User'"]),
    ({"kind": "User", "user": {}}, [".user.name: Required value"]),
    ({**USER, "group": {"name": "g"}, "serviceAccount": {"name": "s"}}, [
        ".serviceAccount: Forbidden: serviceAccount is forbidden when subject kind is not 'ServiceAccount'",
        ".group: Forbidden: group is forbidden when subject kind is not 'Group'"]),
    ({"kind": "ServiceAccount", "serviceAccount": {"name": "A"}}, [
        f'.serviceAccount.name: Invalid value: "A": {SUBDOMAIN}',
        ".serviceAccount.namespace: Required value: must specify namespace for service account"]),
])  # fmt: skip
def test_subjects(told, subject, expected):
    given = schema(rules=[{"subjects": [subject], "nonResourceRules": [ALL]}])
    assert told(FLOWSCHEMA.validate(given)) == [f"spec.rules[0].subjects[0]{each}" for each in expected]


RULE = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "namespaces": ["default"]}
VERBS = '"create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"'


@pytest.mark.parametrize(("rule", "expected"), [
    (RULE, []),
    ({**RULE, "namespaces": [], "clusterScope": True}, []),
    ({}, ["verbs: Required value: verbs must contain at least one value",
          "apiGroups: Required value: resource rules must supply at least one api group",
          "resources: Required value: resource rules must supply at least one resource",
          "namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace"]),
    ({key: ["*", "a"] for key in RULE}, [
        'verbs: Invalid value: ["*","a"]: if \'*\' is present, must not specify other verbs',
        'apiGroups: Invalid value: ["*","a"]: if \'*\' is present, must not specify other api groups',
        'resources: Invalid value: ["*","a"]: if \'*\' is present, must not specify other resources',
        'namespaces: Invalid value: ["*","a"]: if \'*\' is present, must not specify other namespaces']),
    ({**RULE, "verbs": ["get", "eat"]}, [f'verbs: Unsupported value: ["get","eat"]: supported values: {VERBS}']),
    ({**RULE, "namespaces": ["A"]}, [
        f'namespaces[0]: Invalid value: "A": each member of this list must be \'*\' or a DNS-1123 label; {LABEL}']),
])  # fmt: skip
def test_resource_rules(told, rule, expected):
    given = schema(rules=[{"subjects": [USER], "resourceRules": [rule]}])
    assert told(FLOWSCHEMA.validate(given)) == [f"spec.rules[0].resourceRules[0].{each}" for each in expected]


@pytest.mark.parametrize(("url", "error"), [
    ("/", ""), ("/healthz", ""), ("/api/*", ""), ("", "must not be empty"), ("api", "must start with slash"),
    ("/a b", "must not contain white-space"), ("/a//b", "must not contain double slash"),
    ("/a*", "wildcard can only do suffix matching"), ("/*/*", "wildcard can only do suffix matching"),
])  # fmt: skip
def test_urls(told, url, error):
    given = schema(rules=[{"subjects": [USER], "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": [url]}]}])
    expected = [f'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "{url}": {error}']
    assert told(FLOWSCHEMA.validate(given)) == (expected if error else [])


@pytest.mark.parametrize("kind", [FLOWSCHEMA, PRIORITYLEVELCONFIGURATION])
def test_conditions(told, kind):
    new = {"metadata": {"name": "a"}, "status": {"conditions": [{"type": "Dangling"}, {"type": "Dangling"}, {}]}}
    assert told(kind.validate_status(new, new)) == [
        'status.conditions[1].type: Duplicate value: "Dangling"',
        "status.conditions[2].type: Required value: must not be empty"]


def level(name="mine", **spec):
    obj = {"metadata": {"name": name}, "spec": copy.deepcopy(spec)}
    PRIORITYLEVELCONFIGURATION.default(obj)
    return obj


def limited(**fields):
    return {"type": "Limited", "limited": {"limitResponse": {"type": "Reject"}, **fields}}


def queuing(**fields):
    return limited(limitResponse={"type": "Queue", "queuing": fields})


def test_defaults_of_levels():
    assert level(**limited())["spec"]["limited"] == {
        "nominalConcurrencyShares": 30, "lendablePercent": 0, "limitResponse": {"type": "Reject"}}
    assert level(**limited(nominalConcurrencyShares=0))["spec"]["limited"]["nominalConcurrencyShares"] == 0
    assert level(**queuing())["spec"]["limited"]["limitResponse"]["queuing"] == {
        "queues": 64, "handSize": 8, "queueLengthLimit": 50}
    assert level("exempt", type="Exempt", exempt={})["spec"]["exempt"] == {
        "nominalConcurrencyShares": 0, "lendablePercent": 0}


@pytest.mark.parametrize(("spec", "expected"), [
    (limited(), []),
    (limited(nominalConcurrencyShares=0, borrowingLimitPercent=0, lendablePercent=100), []),
    (queuing(), []),
    (queuing(queues=10**7, handSize=2), []),
    ({"type": "Other"}, ['type: Unsupported value: "Other": supported values: "Exempt", "Limited"']),
    ({"type": "Limited"}, ["limited: Required value: must not be empty when type is Limited"]),
    ({**limited(), "exempt": {}}, ["exempt: Forbidden: must be nil if the type is Limited"]),
    ({"type": "Exempt"}, ['type: Invalid value: "Exempt": type must be \'Exempt\' if and only if name is \'exempt\'']),
    (limited(nominalConcurrencyShares=-1, lendablePercent=101, borrowingLimitPercent=-1), [
        "limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer",
        "limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive",
        "limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer"]),
    (limited(limitResponse={"type": "Wait"}), [
        'limited.limitResponse.type: Unsupported value: "Wait": supported values: "Queue", "Reject"']),
    (limited(limitResponse={"type": "Queue"}), [
        "limited.limitResponse.queuing: Required value: must not be empty if limited.limitResponse.type is Limited"]),
    (limited(limitResponse={"type": "Reject", "queuing": {}}), [
        "limited.limitResponse.queuing: Forbidden: must be nil if limited.limitResponse.type is not Limited"]),
    (queuing(queues=-1, handSize=-1, queueLengthLimit=-1), [
        f"limited.limitResponse.queuing.{name}: Invalid value: -1: must be positive"
        for name in ("queueLengthLimit", "queues", "handSize")]),
    (queuing(queues=7, handSize=8), [
        "limited.limitResponse.queuing.handSize: Invalid value: 8: should not be greater than queues (7)"]),
    (queuing(queues=512, handSize=8), [
        "limited.limitResponse.queuing.handSize: Invalid value: 8: required entropy bits of deckSize 512 and handSize "
        "8 should not be greater than 60"]),
    (queuing(queues=2**31 - 1, handSize=1), [
        "limited.limitResponse.queuing.queues: Invalid value: 2147483647: must not be greater than 10000000"]),
])  # fmt: skip
def test_levels(told, spec, expected):
    assert told(PRIORITYLEVELCONFIGURATION.validate(level(**spec))) == [f"spec.{each}" for each in expected]


@pytest.mark.parametrize(("kind", "specs"), [
    (FLOWSCHEMA, mandatory.FLOWSCHEMAS), (PRIORITYLEVELCONFIGURATION, mandatory.PRIORITY_LEVELS)])
def test_what_flow_control_cannot_do_without_is_valid_and_complete(kind, specs):
    assert specs.keys() == {"exempt", "catch-all"}
    for name, spec in specs.items():
        obj = {"metadata": {"name": name}, "spec": copy.deepcopy(spec)}
        kind.default(obj)
        assert obj["spec"] == spec
        assert kind.validate(obj) == []


def test_nobody_changes_what_flow_control_cannot_do_without(told):
    catch_all = {"metadata": {"name": "catch-all"}, "spec": {**mandatory.FLOWSCHEMAS["catch-all"], "rules": []}}
    [text] = told(FLOWSCHEMA.validate(catch_all))
    assert text.endswith("spec of 'catch-all' must equal the fixed value")
    [text] = told(PRIORITYLEVELCONFIGURATION.validate(level("catch-all", **limited())))
    assert text.endswith("spec of 'catch-all' must equal the fixed value")
    assert PRIORITYLEVELCONFIGURATION.validate(level("exempt", type="Exempt", exempt={"lendablePercent": 5})) == []
    assert told(PRIORITYLEVELCONFIGURATION.validate(level("exempt", **limited())))[1].endswith(
        "spec of 'exempt' except the 'spec.exempt' field must equal the fixed value")
    bad = level("exempt", type="Exempt", exempt={"lendablePercent": 101, "nominalConcurrencyShares": -1})
    assert told(PRIORITYLEVELCONFIGURATION.validate(bad)) == [
        "spec.exempt.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer",
        "spec.exempt.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive"]


def test_rows(row):
    full = {**schema(distinguisherMethod={"type": "ByUser"}), "status": {"conditions": [
        {"type": "Dangling", "status": "False"}]}}
    assert row(FLOWSCHEMA, full) == ["mine", "level", 1000, "ByUser", "<unknown>", "False"]
    assert row(FLOWSCHEMA, schema()) == ["mine", "level", 1000, "<none>", "<unknown>", "?"]
    assert row(PRIORITYLEVELCONFIGURATION, level(**queuing())) == ["mine", "Limited", 30, 64, 8, 50, "<unknown>"]
    assert row(PRIORITYLEVELCONFIGURATION, level("exempt", type="Exempt", exempt={})) == [
        "exempt", "Exempt", "<none>", "<none>", "<none>", "<none>", "<unknown>"]
