from datetime import UTC, datetime

import pytest

from services.objects.kinds import HORIZONTALPODAUTOSCALER

CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}
PERCENT = {"type": "Percent", "value": 100, "periodSeconds": 15}
PODS = {"type": "Pods", "value": 4, "periodSeconds": 15}
TYPES = '"ContainerResource", "External", "Object", "Pods", "Resource"'


def test_defaults(make):
    spec = make()["spec"]
    assert (spec["minReplicas"], spec["metrics"]) == (1, [CPU])
    assert "behavior" not in spec
    assert make(behavior={})["spec"]["behavior"] == {
        "scaleUp": {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [PODS, PERCENT]},
        "scaleDown": {"selectPolicy": "Max", "policies": [PERCENT]}}  # fmt: skip
    given = {"stabilizationWindowSeconds": 60, "selectPolicy": "Min", "policies": [PERCENT]}
    assert make(behavior={"scaleDown": given})["spec"]["behavior"]["scaleDown"] == given


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, []),
    ({"minReplicas": 0}, ["spec.minReplicas: Invalid value: 0: must be greater than or equal to 1"]),
    ({"maxReplicas": 0}, [
        "spec.maxReplicas: Required value: must be set and greater than 0",
        "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`"]),
    ({"maxReplicas": -1}, [
        "spec.maxReplicas: Invalid value: -1: must be greater than or equal to 1",
        "spec.maxReplicas: Invalid value: -1: must be greater than or equal to `minReplicas`"]),
    ({"minReplicas": 5, "maxReplicas": 4}, [
        "spec.maxReplicas: Invalid value: 4: must be greater than or equal to `minReplicas`"]),
    ({"scaleTargetRef": {"apiVersion": "apps/v1"}}, [
        "spec.scaleTargetRef.kind: Required value", "spec.scaleTargetRef.name: Required value"]),
    ({"scaleTargetRef": {"apiVersion": "a/b/c", "kind": "..", "name": "x/y"}}, [
        'spec.scaleTargetRef.kind: Invalid value: "..": may not be \'..\'',
        'spec.scaleTargetRef.name: Invalid value: "x/y": may not contain \'/\'',
        'spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c']),
])  # fmt: skip
def test_rules(make, told, spec, expected):
    assert told(HORIZONTALPODAUTOSCALER.validate(make(**spec))) == expected


@pytest.mark.parametrize(("version", "kind", "fine"), [
    ("apps/v1", "Deployment", True), ("v1", "ReplicationController", True), ("v1", "Pod", False),
    ("", "Deployment", False), ("", "ReplicationController", True),
])  # fmt: skip
def test_what_is_scaled_is_of_a_group(make, told, version, kind, fine):
    made = make(scaleTargetRef={"apiVersion": version, "kind": kind, "name": "web"})
    assert told(HORIZONTALPODAUTOSCALER.validate_create(made)) == ([] if fine else [
        f'spec.scaleTargetRef.apiVersion: Invalid value: "{version}": apiVersion must specify API group'])


METRIC = "spec.metrics[0]"
VALUE, AVERAGE = {"type": "Value", "value": "10"}, {"type": "AverageValue", "averageValue": "5"}
REFERENCE, NAMED = {"kind": "Ingress", "name": "i"}, {"name": "rps"}


@pytest.mark.parametrize(("metric", "expected"), [
    (CPU, []),
    ({"type": "Object", "object": {"describedObject": REFERENCE, "metric": NAMED, "target": VALUE}}, []),
    ({"type": "Pods", "pods": {"metric": NAMED, "target": AVERAGE}}, []),
    ({"type": "External", "external": {"metric": NAMED, "target": VALUE}}, []),
    ({"type": "ContainerResource", "containerResource": {"name": "cpu", "container": "a", "target": AVERAGE}}, []),
    ({}, [f"{METRIC}.type: Required value: must specify a metric source type",
          f'{METRIC}.type: Unsupported value: "": supported values: {TYPES}']),
    ({"type": "Mood"}, [f'{METRIC}.type: Unsupported value: "Mood": supported values: {TYPES}']),
    ({"type": "Pods"}, [f"{METRIC}.pods: Required value: must populate information for the given metric source"]),
    ({"type": "Resource", **{name: CPU[name] for name in ("resource",)}, "pods": {"metric": NAMED, "target": AVERAGE}},
     [f"{METRIC}.pods: Forbidden: must populate the given metric source only"]),
    ({"type": "Object", "object": {}}, [
        f"{METRIC}.object.describedObject.kind: Required value",
        f"{METRIC}.object.describedObject.name: Required value",
        f"{METRIC}.object.metric.name: Required value: must specify a metric name",
        f"{METRIC}.object.target.type: Required value: must specify a metric target type",
        f'{METRIC}.object.target.type: Invalid value: "": must be either Utilization, Value, or AverageValue',
        f"{METRIC}.object.target.averageValue: Required value: must set either a target value or averageValue"]),
    ({"type": "External", "external": {"metric": {"name": "a%b"}, "target": {**VALUE, **AVERAGE}}}, [
        f"{METRIC}.external.metric.name: Invalid value: \"a%b\": may not contain '%'",
        f"{METRIC}.external.target.value: Forbidden: may not set both a target value for metric and a per-pod target"]),
    ({"type": "External", "external": {"metric": NAMED, "target": {"type": "Value"}}}, [
        f"{METRIC}.external.target.averageValue: Required value: must set either a target value for metric or a "
        "per-pod target"]),
    ({"type": "Pods", "pods": {"metric": NAMED, "target": {"type": "AverageValue", "value": "0"}}}, [
        f'{METRIC}.pods.target.value: Invalid value: "0": must be positive',
        f"{METRIC}.pods.target.averageValue: Required value: must specify a positive target averageValue"]),
    ({"type": "Resource", "resource": {"target": {"type": "Utilization"}}}, [
        f"{METRIC}.resource.name: Required value: must specify a resource name",
        f"{METRIC}.resource.target.averageUtilization: Required value: must set either a target raw value or a target "
        "utilization"]),
    ({"type": "Resource", "resource": {"name": "cpu", "target": {**AVERAGE, "averageUtilization": 0}}}, [
        f"{METRIC}.resource.target.averageUtilization: Invalid value: 0: must be greater than 0",
        f"{METRIC}.resource.target.averageValue: Forbidden: may not set both a target raw value and a target "
        "utilization"]),
    ({"type": "ContainerResource", "containerResource": {"target": AVERAGE}}, [
        f"{METRIC}.containerResource.container: Required value: must specify a container",
        f"{METRIC}.containerResource.name: Required value: must specify a resource name"]),
])  # fmt: skip
def test_metrics(make, told, metric, expected):
    assert told(HORIZONTALPODAUTOSCALER.validate(make(metrics=[metric]))) == expected


UP = "spec.behavior.scaleUp"


@pytest.mark.parametrize(("rules", "expected"), [
    ({"tolerance": "100m"}, []),
    ({"stabilizationWindowSeconds": -1}, [
        f"{UP}.stabilizationWindowSeconds: Invalid value: -1: must be greater than or equal to zero"]),
    ({"stabilizationWindowSeconds": 3601}, [
        f"{UP}.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600"]),
    ({"selectPolicy": "Any"}, [
        f'{UP}.selectPolicy: Unsupported value: "Any": supported values: "Disabled", "Max", "Min"']),
    ({"policies": []}, [f"{UP}.policies: Required value: must specify at least one Policy"]),
    ({"policies": [{"type": "Nodes", "periodSeconds": 1801}]}, [
        f'{UP}.policies[0].type: Unsupported value: "Nodes": supported values: "Percent", "Pods"',
        f"{UP}.policies[0].value: Invalid value: 0: must be greater than zero",
        f"{UP}.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800"]),
    ({"tolerance": "-1"}, [f'{UP}.tolerance: Invalid value: "-1": must be greater than or equal to 0']),
])  # fmt: skip
def test_behavior(make, told, rules, expected):
    assert told(HORIZONTALPODAUTOSCALER.validate(make(behavior={"scaleUp": rules}))) == expected


def test_statuses(make, told):
    old = make()
    new = make(status={"currentReplicas": -1, "desiredReplicas": -1})
    assert told(HORIZONTALPODAUTOSCALER.validate_status(new, old)) == [
        f"status.{name}Replicas: Invalid value: -1: must be greater than or equal to 0"
        for name in ("current", "desired")]  # fmt: skip


@pytest.mark.parametrize(("metrics", "current", "targets"), [
    ([CPU], [], "cpu: <unknown>/80%"),
    ([CPU], [{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 12}}}], "cpu: 12%/80%"),
    ([{"type": "Resource", "resource": {"name": "memory", "target": AVERAGE}}],
     [{"type": "Resource", "resource": {"name": "memory", "current": {"averageValue": "3"}}}], "memory: 3/5"),
    ([{"type": "Resource", "resource": {"name": "memory", "target": {}}}], [], "memory: <unknown>/<auto>"),
    ([{"type": "Pods", "pods": {"metric": NAMED, "target": AVERAGE}}],
     [{"type": "Pods", "pods": {"current": {"averageValue": "1"}}}], "1/5"),
    ([{"type": "Object", "object": {"target": VALUE}}, {"type": "External", "external": {"target": AVERAGE}}],
     [{"type": "Object", "object": {"current": {"value": "7"}}}], "7/10, <unknown>/5 (avg)"),
    ([CPU, CPU, CPU, CPU], [], "cpu: <unknown>/80%, cpu: <unknown>/80% + 2 more..."),
    ([{"type": "Mood"}], [], "<unknown type>"),
])  # fmt: skip
def test_columns(make, metrics, current, targets):
    made = make(metrics=metrics, status={"currentMetrics": current, "currentReplicas": 2})
    made["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    assert HORIZONTALPODAUTOSCALER.printer.row(made, datetime(2026, 1, 1, 1, tzinfo=UTC)) == [
        "web", "Deployment/web", targets, "1", 9, 2, "60m"]  # fmt: skip
