import json

import pytest

from services.objects.kinds import HORIZONTALPODAUTOSCALER, HORIZONTALPODAUTOSCALER_V1

V1 = HORIZONTALPODAUTOSCALER_V1
METRICS, CURRENT, BEHAVIOR, CONDITIONS = (
    f"autoscaling.alpha.kubernetes.io/{name}" for name in ("metrics", "current-metrics", "behavior", "conditions"))
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
VALUE, AVERAGE = {"type": "Value", "value": "10"}, {"type": "AverageValue", "averageValue": "5"}
SELECTED = {"name": "rps", "selector": {"matchLabels": {"a": "b"},
                                        "matchExpressions": [{"key": "c", "operator": "In", "values": ["d"]}]}}
REFERENCE = {"kind": "Ingress", "name": "i", "apiVersion": "networking.k8s.io/v1"}
CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 55}}}


def v1(annotations=None, status=None, **spec):
    metadata = {"name": "web", "namespace": "default", **({"annotations": annotations} if annotations else {})}
    return {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": metadata,
            "spec": {"scaleTargetRef": TARGET, "minReplicas": 1, "maxReplicas": 3, **spec},
            "status": status or {"currentReplicas": 0, "desiredReplicas": 0}}  # fmt: skip


def test_the_percentage_is_a_metric(make):
    made = make(metrics=[CPU], maxReplicas=3)
    assert V1.from_stored(made) == v1(targetCPUUtilizationPercentage=55)
    assert V1.to_stored(v1(targetCPUUtilizationPercentage=55)) == made
    assert V1.storage is HORIZONTALPODAUTOSCALER


def test_defaults():
    made = v1()
    del made["spec"]["minReplicas"]
    V1.default(made)
    assert (made["spec"]["minReplicas"], made["spec"]["targetCPUUtilizationPercentage"]) == (1, 80)
    other = v1({METRICS: '[{"type":"Pods","pods":{"metricName":"rps","targetAverageValue":"5"}}]'})
    V1.default(other)
    assert "targetCPUUtilizationPercentage" not in other["spec"]


@pytest.mark.parametrize(("metric", "text"), [
    ({"type": "Object", "object": {"describedObject": REFERENCE, "metric": SELECTED, "target": VALUE}},
     {"type": "Object", "object": {"target": REFERENCE, "metricName": "rps", "selector": SELECTED["selector"],
                                   "targetValue": "10"}}),
    ({"type": "Object", "object": {"describedObject": REFERENCE, "metric": {"name": "rps"}, "target": AVERAGE}},
     {"type": "Object", "object": {"target": REFERENCE, "metricName": "rps", "targetValue": "0", "averageValue": "5"}}),
    ({"type": "Pods", "pods": {"metric": SELECTED, "target": AVERAGE}},
     {"type": "Pods", "pods": {"metricName": "rps", "selector": SELECTED["selector"], "targetAverageValue": "5"}}),
    ({"type": "Resource", "resource": {"name": "memory", "target": {"type": "Utilization", "averageUtilization": 7}}},
     {"type": "Resource", "resource": {"name": "memory", "targetAverageUtilization": 7}}),
    ({"type": "ContainerResource", "containerResource": {"name": "cpu", "container": "a", "target": AVERAGE}},
     {"type": "ContainerResource", "containerResource": {"name": "cpu", "container": "a", "targetAverageValue": "5"}}),
    ({"type": "External", "external": {"metric": SELECTED, "target": AVERAGE}},
     {"type": "External", "external": {"metricName": "rps", "metricSelector": SELECTED["selector"],
                                       "targetAverageValue": "5"}}),
])  # fmt: skip
def test_other_metrics_travel_in_an_annotation(make, metric, text):
    stored = make(metrics=[metric])
    served = V1.from_stored(stored)
    assert json.loads(served["metadata"]["annotations"][METRICS]) == [text]
    assert "targetCPUUtilizationPercentage" not in served["spec"]
    assert V1.to_stored(served) == stored
    assert V1.to_stored(V1.from_stored(make(metrics=[metric, CPU]))) == make(metrics=[metric, CPU])


def test_behavior_and_status_travel_too(make):
    conditions = [{"type": "AbleToScale", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}]
    status = {"currentReplicas": 1, "desiredReplicas": 2, "observedGeneration": 3, "conditions": conditions,
              "currentMetrics": [
                  {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 12,
                                                                               "averageValue": "30m"}}},
                  {"type": "Pods", "pods": {"metric": SELECTED, "current": {"averageValue": "4"}}}]}  # fmt: skip
    stored = make(behavior={"scaleUp": {"tolerance": "100m"}}, status=status)
    served = V1.from_stored(stored)
    behavior = json.loads(served["metadata"]["annotations"][BEHAVIOR])
    assert behavior["ScaleUp"]["Policies"][0] == {"Type": "Pods", "Value": 4, "PeriodSeconds": 15}
    assert json.loads(served["metadata"]["annotations"][CONDITIONS]) == conditions
    assert served["status"] == {"currentReplicas": 1, "desiredReplicas": 2, "observedGeneration": 3,
                                "currentCPUUtilizationPercentage": 12}  # fmt: skip
    assert V1.to_stored(served) == stored


@pytest.mark.parametrize("text", [
    "nope", "{}", "[1]", '[{"type":7}]', '[{"type":"Pods","pods":[]}]', '"x"', "[" * 100_000,
    '[{"type":"Pods","pods":{"targetAverageValue":"many"}}]',
    '[{"type":"Pods","pods":{"selector":{"matchLabels":[]}}}]',
    '[{"type":"Resource","resource":{"targetAverageUtilization":1e9}}]',
    '[{"type":"Resource","resource":{"targetAverageUtilization":true}}]',
])  # fmt: skip
def test_metrics_of_another_form_are_passed_over(text):
    stored = V1.to_stored(v1({METRICS: text, BEHAVIOR: text}, targetCPUUtilizationPercentage=40))
    assert len(stored["spec"]["metrics"]) == 1
    assert "annotations" not in stored["metadata"]
    assert "behavior" not in stored["spec"]


@pytest.mark.parametrize("text", ["nope", "{}", "[1]", '[{"type":7}]', '"x"', "[" * 100_000, "[[]]"])
def test_statuses_of_another_form_are_passed_over(text):
    stored = V1.to_stored(v1({CURRENT: text, CONDITIONS: text}))
    assert stored["status"] == {"currentReplicas": 0, "desiredReplicas": 0}


def test_rules_are_those_of_v2(told):
    assert V1.validate(v1(targetCPUUtilizationPercentage=60)) == []
    assert told(V1.validate(v1(targetCPUUtilizationPercentage=0))) == [
        "spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0"]
