import copy

import pytest

from services.objects.kinds import DEVICECLASS, RESOURCECLAIM, RESOURCECLAIMTEMPLATE

LABEL = ("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
         "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
         "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')")  # fmt: skip
SUBDOMAIN = ("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
             "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
             r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')")  # fmt: skip
NO_REQUEST = ("must be the name of a request in the claim or the name of a request and a subrequest separated by "
              "'/'")  # fmt: skip
REQUESTS = "spec.devices.requests"
EXACTLY = f"{REQUESTS}[0].exactly"
UID = "0b4eb8f2-6d5a-4c1d-9b1e-0a1b2c3d4e5f"


def claim(**devices):
    made = {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "metadata": {"name": "c", "namespace": "d"},
            "spec": {"devices": copy.deepcopy(devices)}}  # fmt: skip
    RESOURCECLAIM.default(made)
    return made


def exactly(**fields):
    return claim(requests=[{"name": "a", "exactly": {"deviceClassName": "gpus", **fields}}])


def selector(expression):
    return [{"cel": {"expression": expression}}]


def problems(obj, kind=RESOURCECLAIM):
    return kind.validate(obj) + kind.validate_create(obj)


def test_one_device_is_meant_where_no_number_is_told():
    assert exactly(tolerations=[{"key": "a"}])["spec"]["devices"]["requests"][0]["exactly"] == {
        "deviceClassName": "gpus", "allocationMode": "ExactCount", "count": 1,
        "tolerations": [{"key": "a", "operator": "Equal"}],
    }  # fmt: skip
    assert "count" not in exactly(allocationMode="All")["spec"]["devices"]["requests"][0]["exactly"]
    made = claim(requests=[{"name": "a", "firstAvailable": [{"name": "b", "deviceClassName": "gpus"}]}])
    assert made["spec"]["devices"]["requests"][0]["firstAvailable"][0]["count"] == 1


@pytest.mark.parametrize(("fields", "expected"), [
    ({}, []),
    ({"count": 3, "adminAccess": True}, []),
    ({"allocationMode": "All"}, []),
    ({"deviceClassName": ""}, [f"{EXACTLY}.deviceClassName: Required value"]),
    ({"allocationMode": "All", "count": 1},
     [f"{EXACTLY}.count: Invalid value: 1: must not be specified when allocationMode is 'All'"]),
    ({"count": -1}, [f"{EXACTLY}.count: Invalid value: -1: must be greater than zero"]),
    ({"allocationMode": "Some"},
     [f'{EXACTLY}.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"']),
    ({"selectors": [{}]}, [f"{EXACTLY}.selectors[0].cel: Required value"]),
    ({"selectors": selector("true") * 33}, [f"{EXACTLY}.selectors: Too many: 33: must have at most 32 items"]),
    ({"selectors": selector("'a'" + " " * 10240)},
     [f"{EXACTLY}.selectors[0].cel.expression: Too long: may not be more than 10240 bytes"]),
    ({"selectors": selector("device.driver")}, [
        f'{EXACTLY}.selectors[0].cel.expression: Invalid value: "device.driver": must evaluate to bool or the unknown '
        "type, not string"]),
    ({"selectors": selector('device.attributes["a.example.com"].big')}, []),
    ({"selectors": selector('device.capacity["a.example.com"].memory.isGreaterThan(quantity("1Gi"))')}, []),
    ({"selectors": selector('cel.bind(a, device.attributes["a.example.com"], has(a.model) && a.model == "x")')}, []),
    ({"selectors": selector("device.allowMultipleAllocations == true")}, []),
    ({"selectors": selector("device.unknown == 1")}, [
        f'{EXACTLY}.selectors[0].cel.expression: Invalid value: "device.unknown == 1": compilation failed: ERROR: '
        "<input>:1:7: undefined field 'unknown'\n | device.unknown == 1\n | ......^"]),
    ({"selectors": selector("device.attributes.all(a, device.attributes.all(b, device.attributes.all(c, "
                            "device.attributes.all(d, a + b + c + d == 'x'))))")},
     [f"{EXACTLY}.selectors[0].cel.expression: Forbidden: too complex, exceeds cost limit"]),
    ({"tolerations": [{"key": "a", "operator": "Exists", "value": "b", "effect": "NoSchedule"}]},
     [f'{EXACTLY}.tolerations[0].value: Invalid value: "b": must be empty for operator `Exists`']),
    ({"tolerations": [{"operator": "Like", "effect": "Never"}]}, [
        f'{EXACTLY}.tolerations[0].operator: Unsupported value: "Like": supported values: "Equal", "Exists"',
        f'{EXACTLY}.tolerations[0].effect: Unsupported value: "Never": supported values: "NoExecute", "NoSchedule", '
        '"None"']),
])  # fmt: skip
def test_what_is_asked_for(told, fields, expected):
    assert told(problems(exactly(**fields))) == expected


GPU = {"name": "gpu", "exactly": {"deviceClassName": "gpus"}}
EITHER = {"name": "any", "firstAvailable": [{"name": "big", "deviceClassName": "gpus"},
                                            {"name": "small", "deviceClassName": "gpus"}]}  # fmt: skip
OPAQUE = {"driver": "gpus.example.com", "parameters": {"kind": "Setup"}}


@pytest.mark.parametrize(("devices", "expected"), [
    ({"requests": [GPU, EITHER]}, []),
    ({"requests": [GPU, GPU]}, [f'{REQUESTS}[1]: Duplicate value: "gpu"']),
    ({"requests": [GPU] * 33}, [f"{REQUESTS}: Too many: 33: must have at most 32 items"]),
    ({"requests": [{"name": "a"}]},
     [f"{REQUESTS}[0]: Required value: exactly one of `exactly` or `firstAvailable` is required"]),
    ({"requests": [{**GPU, **EITHER}]}, [
        f'{REQUESTS}[0]: Invalid value: "null": exactly one of `exactly` or `firstAvailable` is required, but multiple '
        "fields are set"]),
    ({"requests": [{**GPU, "name": "GPU"}]}, [f'{REQUESTS}[0].name: Invalid value: "GPU": {LABEL}']),
    ({"requests": [{"name": "a", "firstAvailable": [{"name": "b", "deviceClassName": "c"}] * 2}]},
     [f'{REQUESTS}[0].firstAvailable[1]: Duplicate value: "b"']),
    ({"requests": [GPU], "constraints": [{"requests": ["gpu"], "matchAttribute": "example.com/numa"}]}, []),
    ({"requests": [EITHER], "constraints": [{"requests": ["any/big"], "distinctAttribute": "example.com/numa"}]}, []),
    ({"requests": [EITHER], "constraints": [{"requests": ["any/none"], "matchAttribute": "example.com/numa"}]},
     [f'spec.devices.constraints[0].requests[0]: Invalid value: "any/none": {NO_REQUEST}']),
    ({"requests": [EITHER], "constraints": [{"requests": ["any/big/x"], "matchAttribute": "example.com/numa"}]},
     [f'spec.devices.constraints[0].requests[0]: Invalid value: "any/big/x": {NO_REQUEST}']),
    ({"requests": [GPU], "constraints": [{"requests": ["gpu", "gpu"], "matchAttribute": "numa"}]}, [
        'spec.devices.constraints[0].requests[1]: Duplicate value: "gpu"',
        'spec.devices.constraints[0].matchAttribute: Invalid value: "numa": a fully qualified name must be a domain '
        "and a name separated by a slash"]),
    ({"requests": [GPU], "constraints": [{}]}, [
        'spec.devices.constraints[0]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is '
        "required, but multiple fields are set"]),
    ({"requests": [GPU], "constraints": [{"matchAttribute": "/"}]}, [
        'spec.devices.constraints[0].matchAttribute: Invalid value: "": the domain must not be empty',
        'spec.devices.constraints[0].matchAttribute: Invalid value: "": the name must not be empty']),
    ({"requests": [GPU], "config": [{"requests": ["gpu"], "opaque": OPAQUE}]}, []),
    ({"requests": [GPU], "config": [{}]}, ["spec.devices.config[0].opaque: Required value"]),
    ({"requests": [GPU], "config": [{"opaque": {"driver": "a"}}]},
     ["spec.devices.config[0].opaque.parameters: Required value"]),
    ({"requests": [GPU], "config": [{"opaque": {"driver": "a", "parameters": [1]}}]},
     ['spec.devices.config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object']),
    ({"requests": [GPU], "config": [{"opaque": {"driver": "a", "parameters": {"a": "b" * 10240}}}]},
     ["spec.devices.config[0].opaque.parameters: Too long: may not be more than 10240 bytes"]),
])  # fmt: skip
def test_requests_constraints_and_configuration(told, devices, expected):
    assert told(problems(claim(**devices))) == expected


def test_claims_do_not_change(told):
    old = exactly()
    new = exactly(count=2)
    spec = ('{"devices":{"requests":[{"name":"a","exactly":{"deviceClassName":"gpus","count":2,'
            '"allocationMode":"ExactCount"}}]}}')  # fmt: skip
    assert told(RESOURCECLAIM.validate_update(new, old)) == [f"spec: Invalid value: {spec}: field is immutable"]
    assert RESOURCECLAIM.validate_update(old, old) == []


RESULT = {"request": "a", "driver": "gpus.example.com", "pool": "n1", "device": "gpu-0"}
DEVICE = {"driver": "gpus.example.com", "pool": "n1", "device": "gpu-0"}
USER = {"resource": "pods", "name": "web", "uid": "1"}
READY = {"type": "Ready", "status": "True", "reason": "Ready", "lastTransitionTime": "2026-01-02T03:04:05Z"}


def allocated(*results, **fields):
    return {"allocation": {"devices": {"results": [{**RESULT, **each} for each in results or ({},)]}}, **fields}


@pytest.mark.parametrize(("status", "expected"), [
    ({}, []),
    (allocated(reservedFor=[USER]), []),
    ({"reservedFor": [USER]},
     ["status.reservedFor: Forbidden: may not be specified when `allocated` is not set"]),
    (allocated(reservedFor=[USER, USER]), ['status.reservedFor[1]: Duplicate value: "1"']),
    (allocated(reservedFor=[{}]), [f"status.reservedFor[0].{field}: Required value"
                                   for field in ("resource", "name", "uid")]),
    (allocated({"request": "b"}),
     [f'status.allocation.devices.results[0].request: Invalid value: "b": {NO_REQUEST}']),
    (allocated({"driver": "", "pool": "", "device": "GPU"}), [
        "status.allocation.devices.results[0].driver: Required value",
        f'status.allocation.devices.results[0].driver: Invalid value: "": {SUBDOMAIN}',
        "status.allocation.devices.results[0].pool: Required value",
        f'status.allocation.devices.results[0].device: Invalid value: "GPU": {LABEL}']),
    (allocated({"shareID": UID}), []),
    (allocated({"shareID": UID.upper()}), [
        f'status.allocation.devices.results[0].shareID: Invalid value: "{UID.upper()}": uid must be in RFC 4122 '
        "normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters"]),
    (allocated({"shareID": "x"}), ['status.allocation.devices.results[0].shareID: Invalid value: "x": error validating '
                                   "uid: invalid UUID length: 1"]),
    (allocated({"bindingConditions": ["ready"], "bindingFailureConditions": ["ready"]}), [
        'status.allocation.devices.results[0].bindingFailureConditions[0]: Invalid value: "ready": '
        "bindingFailureConditions must not overlap with bindingConditions"]),
    ({"allocation": {"devices": {"config": [{"opaque": OPAQUE}]}}},
     ["status.allocation.devices.config[0].source: Required value"]),
    ({"allocation": {"devices": {"config": [{"source": "Heaven", "opaque": OPAQUE}]}}}, [
        'status.allocation.devices.config[0].source: Unsupported value: "Heaven": supported values: "FromClaim", '
        '"FromClass"']),
    ({"allocation": {"devices": {}, "nodeSelector": {}}}, [
        "status.allocation.nodeSelector.nodeSelectorTerms: Required value: must have at least one node selector term"]),
    (allocated(devices=[{**DEVICE, "conditions": [READY], "data": {"a": 1},
                         "networkData": {"interfaceName": "eth0", "ips": ["10.0.0.1/24"]}}]), []),
    (allocated(devices=[{**DEVICE, "device": "gpu-1"}]), [
        'status.devices[0]: Invalid value: "gpus.example.com/n1/gpu-1": must be an allocated device in the claim']),
    (allocated(devices=[DEVICE, DEVICE]), ['status.devices[1]: Duplicate value: "gpus.example.com/n1/gpu-0"']),
    (allocated(devices=[{**DEVICE, "data": 1}]),
     ['status.devices[0].data: Invalid value: "<value omitted>": must be a valid JSON object']),
    (allocated(devices=[{**DEVICE, "networkData": {"interfaceName": "e" * 257, "ips": ["10.0.0.1"]}}]), [
        "status.devices[0].networkData.interfaceName: Too long: may not be more than 256 bytes",
        'status.devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid address in CIDR form, (e.g. '
        "10.9.8.7/24 or 2001:db8::1/64)"]),
])  # fmt: skip
def test_status(told, status, expected):
    old = exactly()
    assert told(RESOURCECLAIM.validate_status({**old, "status": status}, old)) == expected


def test_what_is_allocated_stays_and_who_goes_takes_nobody_in(told):
    old = {**exactly(), "status": allocated()}
    new = {**old, "status": allocated({"device": "gpu-1"})}
    assert told(RESOURCECLAIM.validate_status(new, old)) == [
        'status.allocation: Invalid value: {"devices":{"results":[{"request":"a","driver":"gpus.example.com",'
        '"pool":"n1","device":"gpu-1"}]}}: field is immutable'
    ]
    old["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z"
    assert told(RESOURCECLAIM.validate_status({**old, "status": allocated(reservedFor=[USER])}, old)) == [
        "status.reservedFor: Forbidden: new entries may not be added while `deallocationRequested` or "
        "`deletionTimestamp` are set"
    ]
    assert RESOURCECLAIM.validate_status({**old, "status": {}}, old) == []


@pytest.mark.parametrize(("status", "deleted", "state"), [
    ({}, False, "pending"),
    ({}, True, "deleted"),
    (allocated(), False, "allocated"),
    (allocated(reservedFor=[USER]), False, "allocated,reserved"),
    (allocated(reservedFor=[USER]), True, "deleted,allocated,reserved"),
])  # fmt: skip
def test_states(row, status, deleted, state):
    made = {**exactly(), "status": status}
    if deleted:
        made["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z"
    assert row(RESOURCECLAIM, made)[:2] == ["c", state]


def template(metadata=None, **devices):
    made = {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaimTemplate",
            "metadata": {"name": "t", "namespace": "d"},
            "spec": {"metadata": metadata or {}, "spec": {"devices": devices}}}  # fmt: skip
    RESOURCECLAIMTEMPLATE.default(made)
    return made


def test_templates(told):
    assert told(problems(template(requests=[copy.deepcopy(GPU)]), RESOURCECLAIMTEMPLATE)) == []
    wrong = template({"labels": {"a": "b c"}}, requests=[{"name": "a"}])
    causes = told(problems(wrong, RESOURCECLAIMTEMPLATE))
    assert [cause.partition(":")[0] for cause in causes] == [
        "spec.metadata.labels", "spec.spec.devices.requests[0]"]  # fmt: skip
    [cause] = RESOURCECLAIMTEMPLATE.validate_update(wrong, template())
    assert (cause.field, cause.message.endswith("field is immutable")) == ("spec", True)


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, []),
    ({"extendedResourceName": "example.com/gpu", "config": [{"opaque": OPAQUE}]}, []),
    ({"extendedResourceName": "cpu"},
     ['spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name']),
    ({"selectors": selector("1")}, [
        'spec.selectors[0].cel.expression: Invalid value: "1": must evaluate to bool or the unknown type, not int']),
    ({"config": [{"opaque": {"driver": "a", "parameters": None}}]},
     ["spec.config[0].opaque.parameters: Required value"]),
])  # fmt: skip
def test_classes(told, spec, expected):
    made = {"apiVersion": "resource.k8s.io/v1", "kind": "DeviceClass", "metadata": {"name": "gpus"}, "spec": spec}
    assert told(DEVICECLASS.validate(made)) == expected
