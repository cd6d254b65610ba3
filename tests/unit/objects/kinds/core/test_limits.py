"""LimitRanges, ResourceQuotas, PodTemplates, ComponentStatuses."""

from datetime import UTC, datetime

import pytest

from services.objects.kinds import COMPONENTSTATUS, LIMITRANGE, PODTEMPLATE, RESOURCEQUOTA
from services.objects.kinds.core.componentstatus import component_status

META = {"name": "x", "namespace": "default", "creationTimestamp": "2026-01-01T00:00:00Z"}
NOW = datetime(2026, 1, 1, 0, 5, tzinfo=UTC)


def limits(**limit):
    obj = {"metadata": META, "spec": {"limits": [{"type": "Container", **limit}]}}
    LIMITRANGE.default(obj)
    return obj


def test_what_a_container_gets():
    [limit] = limits(max={"cpu": "2", "memory": "1Gi"}, min={"cpu": "100m"}, default={"cpu": "1"})["spec"]["limits"]
    assert limit["default"] == {"cpu": "1", "memory": "1Gi"}
    assert limit["defaultRequest"] == {"cpu": "1", "memory": "1Gi"}
    [pod] = limits(type="Pod", max={"cpu": "2"})["spec"]["limits"]
    assert pod == {"type": "Pod", "max": {"cpu": "2"}}


@pytest.mark.parametrize(("limit", "expected"), [
    ({"max": {"cpu": "1"}}, []),
    ({"type": "Node"}, ['type: Invalid value: "Node": must be a standard limit type or fully qualified']),
    ({"type": "Pod", "default": {"cpu": "1"}}, ["default: Forbidden: may not be specified when `type` is 'Pod'"]),
    ({"type": "PersistentVolumeClaim", "max": {"storage": "1Gi"}}, []),
    ({"type": "PersistentVolumeClaim"}, [
        "limits: Required value: either minimum or maximum storage value is required, but neither was provided"]),
    ({"type": "Pod", "max": {"storage": "1"}}, [
        'max[storage]: Invalid value: "storage": must be a standard resource for containers']),
    ({"type": "Pod", "min": {"cpu": "2"}, "max": {"cpu": "1"}}, [
        'min[cpu]: Invalid value: "2": min value 2 is greater than max value 1']),
    ({"max": {"cpu": "1"}, "default": {"cpu": "2"}, "defaultRequest": {"cpu": "1"}}, [
        'default[cpu]: Invalid value: "1": default value 2 is greater than max value 1']),
    ({"max": {"cpu": "3"}, "default": {"cpu": "1"}, "defaultRequest": {"cpu": "2"}}, [
        'defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than default limit value 1']),
    ({"type": "Pod", "min": {"cpu": "1"}, "max": {"cpu": "2"}, "maxLimitRequestRatio": {"cpu": "3"}}, [
        'maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000']),
    ({"type": "Pod", "maxLimitRequestRatio": {"cpu": "500m"}}, [
        'maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1']),
    ({"default": {"example.com/gpu": "2"}, "defaultRequest": {"example.com/gpu": "1"}}, [
        'defaultRequest[example.com/gpu]: Invalid value: "1": default value 2 must equal to defaultRequest value 1 in '
        "example.com/gpu"]),
])  # fmt: skip
def test_limitranges(told, limit, expected):
    assert told(LIMITRANGE.validate(limits(**limit))) == [f"spec.limits[0].{each}" for each in expected]


def quota(**spec):
    obj = {"metadata": META, "spec": {"hard": {"pods": "5"}, **spec}}
    RESOURCEQUOTA.default(obj)
    return obj


@pytest.mark.parametrize(("spec", "expected"), [
    ({"hard": {"pods": "5", "requests.cpu": "1", "count/deployments.apps": "2", "requests.example.com/gpu": "1",
               "hugepages-2Mi": "4Mi", "gold.storageclass.storage.k8s.io/requests.storage": "1Gi"}}, []),
    ({"hard": {"disks": "1"}}, [
        'spec.hard[disks]: Invalid value: "disks": must be a standard resource type or fully qualified',
        'spec.hard[disks]: Invalid value: "disks": must be a standard resource for quota']),
    ({"hard": {"storage": "1"}}, ['spec.hard[storage]: Invalid value: "storage": must be a standard resource for '
                                  "quota"]),
    ({"hard": {"pods": "500m"}}, ['spec.hard[pods]: Invalid value: "500m": must be an integer']),
    ({"hard": {"pods": "-1"}}, ['spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0']),
    ({"scopes": ["BestEffort"]}, []),
    ({"scopes": ["Odd"]}, ['spec.scopes: Invalid value: ["Odd"]: unsupported scope']),
    ({"scopes": ["BestEffort"], "hard": {"cpu": "1"}}, [
        'spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource']),
    ({"scopes": ["BestEffort", "NotBestEffort"]}, [
        'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes']),
    ({"scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In"}]}}, [
        "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is "
        "'In' or 'NotIn' for scope selector"]),
    ({"scopeSelector": {"matchExpressions": [{"scopeName": "Terminating", "operator": "In", "values": ["x"]}]}}, [
        'spec.scopeSelector.matchExpressions.operator: Invalid value: "In": must be \'Exists\' when scope is any of '
        "ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, "
        "ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"]),
])  # fmt: skip
def test_quotas(told, spec, expected):
    assert told(RESOURCEQUOTA.validate(quota(**spec))) == expected


def test_scopes_stay(told):
    new, old = quota(scopes=["BestEffort"]), quota()
    assert told(RESOURCEQUOTA.validate_update(new, old)) == [
        'spec.scopes: Invalid value: ["BestEffort"]: field is immutable']
    assert told(RESOURCEQUOTA.validate_update(quota(hard={"pods": "6"}), old)) == []


def test_the_table_of_quotas():
    status = {"hard": {"pods": "5", "limits.cpu": "4", "cpu": "2"}, "used": {"pods": "1", "cpu": "500m"}}
    assert RESOURCEQUOTA.printer.row({**quota(), "status": status}, NOW) == [
        "x", "cpu: 500m/2, pods: 1/5", "limits.cpu: 0/4", "5m"]


def test_podtemplates(told):
    obj = {"metadata": META, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {
        "containers": [{"name": "c", "image": "i"}], "nodeSelector": {"beta.kubernetes.io/os": "linux"}}}}  # fmt: skip
    PODTEMPLATE.default(obj)
    assert obj["template"]["spec"]["restartPolicy"] == "Always"
    assert told(PODTEMPLATE.validate(obj)) == []
    assert PODTEMPLATE.warnings(obj) == [
        'template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead']
    assert PODTEMPLATE.printer.row(obj, NOW) == ["x", "c", "i", "a=b"]
    obj["template"]["spec"]["containers"] = []
    assert told(PODTEMPLATE.validate(obj)) == ["template.spec.containers: Required value"]


@pytest.mark.parametrize(("problem", "row"), [
    (None, ["etcd-0", "Healthy", "ok", ""]),
    ("away", ["etcd-0", "Unhealthy", "away", "away"]),
])  # fmt: skip
def test_components(problem, row):
    assert COMPONENTSTATUS.printer.row(component_status("etcd-0", problem), NOW) == row
