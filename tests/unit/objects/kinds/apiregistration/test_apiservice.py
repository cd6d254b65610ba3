import pytest

from services.objects.kinds import APISERVICE

SERVICE = {"namespace": "default", "name": "api"}


def apiservice(name="v1.example.com", **spec):
    obj = {"metadata": {"name": name, "creationTimestamp": "2026-01-02T03:04:05Z"}, "spec": {
        "group": "example.com", "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 10, **spec}}
    APISERVICE.default(obj)
    APISERVICE.prepare(obj)
    return obj


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, []),
    ({"service": dict(SERVICE), "caBundle": "YQ=="}, []),
    ({"group": "other.com"}, [
        'metadata.name: Invalid value: "v1.example.com": must be `spec.version+"."+spec.group`: "v1.other.com"']),
    ({"groupPriorityMinimum": 0}, [
        "spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000"]),
    ({"versionPriority": 1001}, ["spec.versionPriority: Invalid value: 1001: must be positive and less than 1000"]),
    ({"caBundle": "YWI="}, ['spec.caBundle: Invalid value: "2 bytes": local APIServices may not have a caBundle']),
    ({"insecureSkipTLSVerify": True}, [
        "spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify"]),
    ({"service": {}}, ["spec.service.namespace: Required value", "spec.service.name: Required value"]),
    ({"service": dict(SERVICE), "caBundle": "YQ==", "insecureSkipTLSVerify": True}, [
        "spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present"]),
])  # fmt: skip
def test_rules(told, spec, expected):
    assert told(APISERVICE.validate(apiservice(**spec))) == expected


def test_only_v1_has_no_group(told):
    assert APISERVICE.validate(apiservice("v1.", group="")) == []
    assert told(APISERVICE.validate(apiservice("v2.", group="", version="v2"))) == [
        "spec.group: Required value: only v1 may have an empty group and it better be legacy kube"]


def test_a_service_listens_on_443():
    assert apiservice(service=dict(SERVICE))["spec"]["service"] == {**SERVICE, "port": 443}


def test_what_is_served_here_is_available_at_once():
    assert apiservice()["status"] == {"conditions": [{
        "type": "Available", "status": "True", "lastTransitionTime": "2026-01-02T03:04:05Z", "reason": "Local",
        "message": "Local APIServices are always available"}]}
    assert apiservice(service=dict(SERVICE))["status"] == {}


def test_statuses(told):
    new = {**apiservice(), "status": {"conditions": [{"type": "Available", "status": "Maybe"}]}}
    assert told(APISERVICE.validate_status(new, apiservice())) == [
        'status.conditions[0].status: Unsupported value: "Maybe": supported values: "True", "False", "Unknown"']


def test_rows(row):
    assert row(APISERVICE, apiservice()) == ["v1.example.com", "Local", "True", "0s"]
    remote = apiservice(service=dict(SERVICE))
    assert row(APISERVICE, remote)[1:3] == ["default/api", "Unknown"]
    remote["status"] = {"conditions": [{"type": "Available", "status": "False", "reason": "MissingEndpoints"}]}
    assert row(APISERVICE, remote)[2] == "False (MissingEndpoints)"
