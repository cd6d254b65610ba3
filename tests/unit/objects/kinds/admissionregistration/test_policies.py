import copy

import pytest

from services.objects.kinds import (
    MUTATINGADMISSIONPOLICY,
    MUTATINGADMISSIONPOLICYBINDING,
    VALIDATINGADMISSIONPOLICY,
    VALIDATINGADMISSIONPOLICYBINDING,
)

RULE = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["deployments"]}
VALIDATION = {"expression": "object.spec.replicas <= 5"}
MUTATION = {"patchType": "JSONPatch", "jsonPatch": {
    "expression": '[JSONPatch{op: "add", path: "/metadata/labels/a", value: "b"}]'}}  # fmt: skip


def made(kind, spec, base):
    obj = {"metadata": {"name": "p"}, "spec": copy.deepcopy({**base, **spec})}
    kind.default(obj)
    return obj


def policy(**spec):
    base = {"matchConstraints": {"resourceRules": [RULE]}, "validations": [VALIDATION]}
    return made(VALIDATINGADMISSIONPOLICY, spec, base)


def mutating(**spec):
    base = {"matchConstraints": {"resourceRules": [RULE]}, "reinvocationPolicy": "Never", "mutations": [MUTATION]}
    return made(MUTATINGADMISSIONPOLICY, spec, base)


def test_defaults():
    matching = {"matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {}}
    assert policy()["spec"] == {"failurePolicy": "Fail", "validations": [VALIDATION],
                                "matchConstraints": {**matching, "resourceRules": [{**RULE, "scope": "*"}]}}
    assert mutating()["spec"]["failurePolicy"] == "Fail"
    binding = made(VALIDATINGADMISSIONPOLICYBINDING, {}, {"policyName": "p", "matchResources": {
        "excludeResourceRules": [RULE]}})  # fmt: skip
    assert binding["spec"]["matchResources"] == {**matching, "excludeResourceRules": [{**RULE, "scope": "*"}]}


def failed(column, message, line):
    return f"compilation failed: ERROR: <input>:1:{column}: {message}\n | {line}\n | {'.' * (column - 1)}^"


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, []),
    ({"failurePolicy": "Retry"}, ['failurePolicy: Unsupported value: "Retry": supported values: "Fail", "Ignore"']),
    ({"matchConstraints": None}, ["matchConstraints: Required value"]),
    ({"matchConstraints": {}}, ["matchConstraints.resourceRules: Required value"]),
    ({"matchConstraints": {"resourceRules": [{**RULE, "resourceNames": ["a/b", "c", "c"]}]}}, [
        "matchConstraints.resourceRules[0].resourceNames[0]: Invalid value: \"a/b\": may not contain '/'",
        'matchConstraints.resourceRules[0].resourceNames[2]: Duplicate value: "c"']),
    ({"validations": []}, [
        "validations: Required value: validations or auditAnnotations must contain at least one item",
        "auditAnnotations: Required value: validations or auditAnnotations must contain at least one item"]),
    ({"paramKind": {}}, ["paramKind.apiVersion: Required value", "paramKind.kind: Required value"]),
    ({"paramKind": {"apiVersion": "a/b/c", "kind": "C"}}, [
        'paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c']),
    ({"paramKind": {"apiVersion": "example.com/", "kind": "C"}}, [
        'paramKind.apiVersion: Invalid value: "example.com/": version must be specified']),
])  # fmt: skip
def test_policies(told, spec, expected):
    assert told(VALIDATINGADMISSIONPOLICY.validate(policy(**spec))) == [f"spec.{each}" for each in expected]


@pytest.mark.parametrize(("validation", "expected"), [
    ({"expression": "object.metadata.name.startsWith(request.namespace) && oldObject == null"}, []),
    ({"expression": "namespaceObject.metadata.labels['env'] == 'prod'", "reason": "Forbidden", "message": "no"}, []),
    ({"expression": "authorizer.group('').resource('pods').check('get').allowed()"}, []),
    ({"expression": "authorizer.requestResource.check('get').allowed()"}, []),
    ({"expression": " "}, ["expression: Required value: expression is not specified"]),
    ({"expression": "1"}, ['expression: Invalid value: "1": must evaluate to bool']),
    ({"expression": "request.foo"}, [
        'expression: Invalid value: "request.foo": ' + failed(8, "undefined field 'foo'", "request.foo")]),
    ({"expression": "params.a"}, ['expression: Invalid value: "params.a": ' + failed(
        1, "undeclared reference to 'params' (in container '')", "params.a")]),
    ({"expression": "variables.a"}, ['expression: Invalid value: "variables.a": ' + failed(
        1, "undeclared reference to 'variables' (in container '')", "variables.a")]),
    ({"expression": "true", "messageExpression": " "}, [
        'messageExpression: Invalid value: " ": must be non-empty if specified']),
    ({"expression": "true", "messageExpression": "1"}, [
        'messageExpression: Invalid value: "1": must evaluate to string']),
    ({"expression": "true", "messageExpression": "authorizer.x"}, [
        'messageExpression: Invalid value: "authorizer.x": ' + failed(
            1, "undeclared reference to 'authorizer' (in container '')", "authorizer.x")]),
    ({"expression": "true", "message": " "}, ['message: Invalid value: " ": message must be non-empty if specified']),
    ({"expression": "true", "message": "a\nb"}, [
        'message: Invalid value: "a\\nb": message must not contain line breaks']),
    ({"expression": "true", "reason": "Maybe"}, [
        'reason: Unsupported value: "Maybe": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"']),
])  # fmt: skip
def test_validations(told, validation, expected):
    given = policy(validations=[validation])
    assert told(VALIDATINGADMISSIONPOLICY.validate(given)) == [f"spec.validations[0].{each}" for each in expected]


def test_parameters_are_known_where_their_kind_is():
    kind = {"apiVersion": "v1", "kind": "ConfigMap"}
    given = policy(paramKind=kind, validations=[{"expression": "params.data.x == 'a'"}],
                   matchConditions=[{"name": "a", "expression": "params != null"}])  # fmt: skip
    assert VALIDATINGADMISSIONPOLICY.validate(given) == []


def test_variables_know_those_before_them(told):
    variables = [{"name": "a", "expression": "object.spec.replicas"}, {"name": "b", "expression": "variables.a > 5"}]
    good = {"expression": "variables.b", "messageExpression": "string(variables.b)"}
    assert VALIDATINGADMISSIONPOLICY.validate(policy(variables=variables, validations=[good])) == []
    assert told(VALIDATINGADMISSIONPOLICY.validate(policy(variables=[
        {"name": "a", "expression": "variables.b"}, {"name": "1", "expression": "1"}, {"name": "in"}, {}]))) == [
        'spec.variables[0].expression: Invalid value: "variables.b": ' + failed(
            10, "undefined field 'b'", "variables.b"),
        'spec.variables[1].name: Invalid value: "1": name is not a valid CEL identifier',
        'spec.variables[2].name: Invalid value: "in": name is not a valid CEL identifier',
        "spec.variables[2].expression: Required value: expression is not specified",
        "spec.variables[3].name: Required value: name is not specified",
        "spec.variables[3].expression: Required value: expression is not specified"]  # fmt: skip


@pytest.mark.parametrize(("annotations", "expected"), [
    ([{"key": "a", "valueExpression": "'x'"}, {"key": "b", "valueExpression": "null"}], []),
    ([{"key": "a", "valueExpression": "''"}] * 2, ['auditAnnotations[1].key: Duplicate value: "a"']),
    ([{"key": "a"}], ["auditAnnotations[0].valueExpression: Required value: valueExpression is not specified"]),
    ([{"key": "a", "valueExpression": "'" + "x" * 5120 + "'"}], [
        "auditAnnotations[0].valueExpression: Required value: must not exceed 5120 bytes in length"]),
])  # fmt: skip
def test_annotations(told, annotations, expected):
    given = policy(auditAnnotations=annotations)
    assert told(VALIDATINGADMISSIONPOLICY.validate(given)) == [f"spec.{each}" for each in expected]


def test_annotations_are_few_and_texts(told):
    many = [{"key": f"a{number}", "valueExpression": "''"} for number in range(21)]
    [text] = told(VALIDATINGADMISSIONPOLICY.validate(policy(auditAnnotations=many)))
    assert text.endswith(": must not have more than 20 auditAnnotations")
    [text] = told(VALIDATINGADMISSIONPOLICY.validate(policy(auditAnnotations=[{"key": "a", "valueExpression": " 1"}])))
    assert text.startswith('spec.auditAnnotations[0].valueExpression: Invalid value: " 1": must evaluate to one of [')


def test_statuses(told):
    now = "2026-01-02T03:04:05Z"
    status = {"typeChecking": {"expressionWarnings": [{}, {"fieldRef": "spec.validations[0]", "warning": "w"}]},
              "conditions": [{"type": "A", "status": "True", "reason": "R", "lastTransitionTime": now},
                             {"type": "A", "status": "Maybe", "reason": "-", "observedGeneration": -1}]}  # fmt: skip
    told_ = told(VALIDATINGADMISSIONPOLICY.validate_status({**policy(), "status": status}, policy()))
    assert told_[:5] == [
        "status.typeChecking.expressionWarnings[0].warning: Required value",
        "status.typeChecking.expressionWarnings[0].fieldRef: Required value",
        'status.conditions[1].type: Duplicate value: "A"',
        'status.conditions[1].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
        "status.conditions[1].observedGeneration: Invalid value: -1: must be greater than or equal to zero"]
    assert told_[5] == "status.conditions[1].lastTransitionTime: Required value: must be set"
    assert told_[6].startswith('status.conditions[1].reason: Invalid value: "-": a condition reason must start with')


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, []),
    ({"mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {
        "expression": 'Object{metadata: Object.metadata{labels: Object.metadata.labels{a: "b"}}}'}}]}, []),
    ({"variables": [{"name": "a", "expression": "1"}], "mutations": [{"patchType": "JSONPatch", "jsonPatch": {
        "expression": '[JSONPatch{op: "add", path: "/a/" + jsonpatch.escapeKey("b/c"), value: variables.a}]'}}]}, []),
    ({"mutations": []}, ["mutations: Required value: mutations must contain at least one item"]),
    ({"reinvocationPolicy": None}, ["reinvocationPolicy: Required value"]),
    ({"reinvocationPolicy": "Always"}, [
        'reinvocationPolicy: Unsupported value: "Always": supported values: "IfNeeded", "Never"']),
    ({"matchConstraints": {"resourceRules": [{**RULE, "operations": ["DELETE"]}]}}, [
        'matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "CREATE", '
        '"UPDATE"']),
    ({"mutations": [{}]}, ["mutations[0].patchType: Required value"]),
    ({"mutations": [{"patchType": "Merge"}]}, [
        'mutations[0].patchType: Unsupported value: "Merge": supported values: "ApplyConfiguration", "JSONPatch"']),
    ({"mutations": [{"patchType": "JSONPatch"}]}, [
        "mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch"]),
    ({"mutations": [{**MUTATION, "applyConfiguration": {"expression": "x"}}]}, [
        'mutations[0].applyConfiguration: Invalid value: "{applyConfiguration}": must not be specified when patchType '
        "is JSONPatch"]),
    ({"mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": " "}}]}, [
        "mutations[0].jsonPatch.expression: Required value"]),
    ({"mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": "Object{}"}}]}, [
        'mutations[0].jsonPatch.expression: Invalid value: "Object{}": must evaluate to list(JSONPatch)']),
    ({"mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "[variables.a]"}}]}, [
        'mutations[0].applyConfiguration.expression: Invalid value: "[variables.a]": ' + failed(
            11, "undefined field 'a'", "[variables.a]")]),
])  # fmt: skip
def test_mutating_policies(told, spec, expected):
    assert told(MUTATINGADMISSIONPOLICY.validate(mutating(**spec))) == [f"spec.{each}" for each in expected]


@pytest.mark.parametrize(("spec", "expected"), [
    ({"policyName": "p", "validationActions": ["Deny", "Audit"],
      "paramRef": {"name": "a", "parameterNotFoundAction": "Deny"}}, []),
    ({}, ["policyName: Required value",
          "validationActions: Required value: at least one validation action is required"]),
    ({"policyName": "p", "validationActions": ["Deny", "Warn"]}, [
        'validationActions: Invalid value: ["Deny","Warn"]: must not contain both Deny and Warn (repeating the same '
        "validation failure information in the API response and headers serves no purpose)"]),
    ({"policyName": "p", "validationActions": ["Log", "Log"]}, [
        'validationActions[0]: Unsupported value: "Log": supported values: "Audit", "Deny", "Warn"',
        'validationActions[1]: Unsupported value: "Log": supported values: "Audit", "Deny", "Warn"',
        'validationActions[1]: Duplicate value: "Log"']),
    ({"policyName": "p", "validationActions": ["Deny"], "paramRef": {}}, [
        "paramRef: Required value: one of name or selector must be specified",
        "paramRef.parameterNotFoundAction: Required value"]),
    ({"policyName": "p", "validationActions": ["Deny"],
      "paramRef": {"name": "a", "selector": {}, "parameterNotFoundAction": "Skip"}}, [
        "paramRef.name: Forbidden: name and selector are mutually exclusive",
        "paramRef.selector: Forbidden: name and selector are mutually exclusive",
        'paramRef.parameterNotFoundAction: Unsupported value: "Skip": supported values: "Deny", "Allow"']),
])  # fmt: skip
def test_bindings(told, spec, expected):
    given = made(VALIDATINGADMISSIONPOLICYBINDING, spec, {})
    assert told(VALIDATINGADMISSIONPOLICYBINDING.validate(given)) == [f"spec.{each}" for each in expected]


def test_bindings_of_mutating_policies(told):
    rules = {"resourceRules": [{**RULE, "operations": ["*"]}]}
    given = made(MUTATINGADMISSIONPOLICYBINDING, {"policyName": "p", "matchResources": rules}, {})
    assert told(MUTATINGADMISSIONPOLICYBINDING.validate(given)) == [
        'spec.matchResources.resourceRules.operations: Unsupported value: "*": supported values: "CREATE", "UPDATE"']


def test_rows(row):
    kind = {"apiVersion": "example.com/v1", "kind": "Limit"}
    assert row(VALIDATINGADMISSIONPOLICY, policy(paramKind=kind)) == ["p", 1, "example.com/v1/Limit", "<unknown>"]
    assert row(MUTATINGADMISSIONPOLICY, mutating()) == ["p", 1, "<unset>", "<unknown>"]


@pytest.mark.parametrize(("reference", "shown"), [
    (None, "<unset>"), ({"name": "a"}, "*/a"), ({"name": "a", "namespace": "b"}, "b/a"),
    ({"selector": {"matchLabels": {"b": "2", "a": "1"}}},
     "&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},MatchExpressions:[]LabelSelectorRequirement{},}"),
    ({"selector": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["x", "y"]}]}},
     "&LabelSelector{MatchLabels:map[string]string{},MatchExpressions:[]LabelSelectorRequirement{"
     "LabelSelectorRequirement{Key:a,Operator:In,Values:[x y],},},}"),
])  # fmt: skip
def test_rows_of_bindings(row, reference, shown):
    spec = {"policyName": "q"} if reference is None else {"policyName": "q", "paramRef": reference}
    for kind in (VALIDATINGADMISSIONPOLICYBINDING, MUTATINGADMISSIONPOLICYBINDING):
        assert row(kind, made(kind, spec, {})) == ["p", "q", shown, "<unknown>"]
