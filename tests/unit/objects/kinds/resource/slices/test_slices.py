import copy

import pytest

from services.objects.kinds import RESOURCESLICE

ONE_PLACE = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"
ONE_DEVICE_PLACE = ("exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when "
                    "`perDeviceNodeSelection` is set to true in the ResourceSlice spec")  # fmt: skip
SOMEWHERE = {"nodeSelectorTerms": [{"matchFields": [
    {"key": "metadata.name", "operator": "In", "values": ["n1"]}]}]}  # fmt: skip
TAINT = {"key": "example.com/broken", "effect": "NoExecute"}


def resourceslice(**spec):
    made = {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {"name": "s"},
            "spec": {"driver": "gpus.example.com", "pool": {"name": "n1", "resourceSliceCount": 1}, "nodeName": "n1",
                     **copy.deepcopy(spec)}}  # fmt: skip
    made["spec"] = {name: value for name, value in made["spec"].items() if value is not None}
    RESOURCESLICE.default(made)
    return made


def devices(count, **fields):
    return [{"name": f"gpu-{number}", **fields} for number in range(count)]


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, []),
    ({"devices": devices(128)}, []),
    ({"devices": devices(129)}, ["spec.devices: Too many: 129: must have at most 128 items"]),
    ({"devices": devices(65, taints=[TAINT])}, ["spec.devices: Too many: 65: must have at most 64 items"]),
    ({"devices": devices(1) * 2}, ['spec.devices[1]: Duplicate value: "gpu-0"']),
    ({"nodeName": None}, [f"spec: Required value: {ONE_PLACE}"]),
    ({"nodeName": ""}, ['spec.nodeName: Invalid value: "": must be either unset or set to a non-empty string',
                        f"spec: Required value: {ONE_PLACE}"]),
    ({"allNodes": True},
     [f'spec: Invalid value: "{{`nodeName`, `allNodes`}}": {ONE_PLACE}, but multiple fields are set']),
    ({"allNodes": False}, ["spec.allNodes: Invalid value: false: must be either unset or set to true"]),
    ({"nodeName": None, "nodeSelector": SOMEWHERE}, []),
    ({"nodeName": None, "nodeSelector": {}}, [
        "spec.nodeSelector.nodeSelectorTerms: Required value: must have at least one node selector term",
        'spec.nodeSelector.nodeSelectorTerms: Invalid value: "null": must have exactly one node selector term']),
    ({"pool": {"name": "a//b", "resourceSliceCount": 0, "generation": -1}}, [
        "spec.pool.name: Invalid value: \"\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
        "characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
        "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        "spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero",
        "spec.pool.generation: Invalid value: -1: must be greater than or equal to zero"]),
    ({"pool": {}}, ["spec.pool.name: Required value",
                    "spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero"]),
    ({"driver": "a" * 64}, ["spec.driver: Too long: may not be more than 63 bytes"]),
    ({"sharedCounters": [{"name": "memory", "counters": {"size": {"value": "1Gi"}}}]}, []),
    ({"sharedCounters": [{}]}, ["spec.sharedCounters[0].name: Required value",
                                "spec.sharedCounters[0].counters: Required value"]),
    ({"sharedCounters": [], "devices": []},
     ['spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed']),
    ({"nodeName": None, "perDeviceNodeSelection": True, "devices": devices(1, nodeName="n1")}, []),
    ({"nodeName": None, "perDeviceNodeSelection": True, "devices": devices(1)},
     [f"spec.devices[0]: Required value: {ONE_DEVICE_PLACE}"]),
    ({"nodeName": None, "perDeviceNodeSelection": True, "devices": devices(1, nodeName="n1", allNodes=True)},
     [f'spec.devices[0]: Invalid value: "{{`nodeName`, `allNodes`}}": {ONE_DEVICE_PLACE}']),
    ({"devices": devices(1, nodeName="n1")}, [
        'spec.devices[0]: Invalid value: "null": `nodeName`, `nodeSelector` and `allNodes` can only be set if '
        "`perDeviceNodeSelection` is set to true in the ResourceSlice spec"]),
])  # fmt: skip
def test_slices(told, spec, expected):
    assert told(RESOURCESLICE.validate(resourceslice(**spec))) == expected


def attribute(**value):
    return {"attributes": {"model": value}}


def capacity(policy, value="10"):
    return {"allowMultipleAllocations": True, "capacity": {"memory": {"value": value, "requestPolicy": policy}}}


MODEL, MEMORY = "spec.devices[0].attributes[model]", "spec.devices[0].capacity[memory].requestPolicy"


@pytest.mark.parametrize(("device", "expected"), [
    (attribute(bool=False), []),
    (attribute(int=0), []),
    (attribute(string=""), []),
    (attribute(version="1.2.3-rc.1+build.5"), []),
    (attribute(), [f'{MODEL}: Invalid value: "": exactly one value must be specified']),
    (attribute(int=1, bool=True),
     [f'{MODEL}: Invalid value: {{"bool":true,"int":1}}: exactly one value must be specified']),
    (attribute(string="a" * 65), [f"{MODEL}.string: Too long: may not be more than 64 bytes"]),
    (attribute(version="1.2"),
     [f'{MODEL}.version: Invalid value: "1.2": must be a string compatible with semver.org spec 2.0.0']),
    (attribute(version="1.2.٣"),
     [f'{MODEL}.version: Invalid value: "1.2.٣": must be a string compatible with semver.org spec 2.0.0']),
    ({"attributes": {"example.com/a": {"int": 1}, "/b": {"int": 1}}},
     ['spec.devices[0].attributes[/b]: Invalid value: "": the domain must not be empty']),
    ({"attributes": {"a" * 33: {"int": 1}}},
     [f"spec.devices[0].attributes[{'a' * 33}]: Too long: may not be more than 32 bytes"]),
    ({"attributes": {f"a{number}": {"int": 1} for number in range(33)}}, [
        "spec.devices[0]: Invalid value: 33: the total number of attributes and capacities must not exceed 32"]),
    ({"taints": [TAINT]}, []),
    ({"taints": [{"key": "a"}]}, ["spec.devices[0].taints[0].effect: Required value"]),
    ({"taints": [{"key": "a", "effect": "Never", "value": "b"}]}, [
        'spec.devices[0].taints[0].effect: Unsupported value: "Never": supported values: "NoExecute", "NoSchedule", '
        '"None"']),
    ({"consumesCounters": [{"counterSet": "a", "counters": {"b": {"value": "1"}}}] * 2},
     ['spec.devices[0].consumesCounters[1]: Duplicate value: "a"']),
    ({"consumesCounters": [{}]}, ["spec.devices[0].consumesCounters[0].counterSet: Required value",
                                  "spec.devices[0].consumesCounters[0].counters: Required value"]),
    ({"bindingConditions": ["a"], "bindingFailureConditions": ["b"]}, []),
    ({"bindingConditions": ["a"]}, [
        'spec.devices[0].bindingFailureConditions: Invalid value: "null": bindingFailureConditions are required to use '
        "bindingConditions"]),
    ({"bindingConditions": ["a", "a"], "bindingFailureConditions": ["a"]}, [
        'spec.devices[0].bindingConditions[1]: Duplicate value: "a"',
        'spec.devices[0].bindingFailureConditions[0]: Invalid value: "a": bindingFailureConditions must not overlap '
        "with bindingConditions"]),
    ({"capacity": {"memory": {"value": "1", "requestPolicy": {}}}},
     [f"{MEMORY}: Forbidden: allowMultipleAllocations must be true"]),
    (capacity({}), []),
    (capacity({"default": "1", "validValues": ["1", "2"]}), []),
    (capacity({"validValues": ["1"]}), [f"{MEMORY}.default: Required value: required when validValues is defined"]),
    (capacity({"default": "3", "validValues": ["2", "1", "20"]}), [
        f'{MEMORY}.validValues[1]: Invalid value: "1": values must be sorted in ascending order',
        f'{MEMORY}.validValues[2]: Invalid value: "20": option is larger than capacity value: 10',
        f'{MEMORY}.validValues: Invalid value: "3": default value is not valid according to the requestPolicy']),
    (capacity({"default": "1", "validValues": ["1"], "validRange": {"min": "1"}}), [
        f'{MEMORY}: Forbidden: exactly one policy can be specified, cannot specify "validValues" and "validRange" at '
        "the same time"]),
    (capacity({"default": "4", "validRange": {"min": "2", "max": "8", "step": "2"}}), []),
    (capacity({"validRange": {"min": "2"}}),
     [f"{MEMORY}.default: Required value: required when validRange is defined"]),
    (capacity({"default": "1", "validRange": {}}),
     [f"{MEMORY}.validRange.min: Required value: required when validRange is defined"]),
    (capacity({"default": "5", "validRange": {"min": "6", "max": "4"}}), [
        f'{MEMORY}.validRange.min: Invalid value: "5": default is less than min: 6',
        f'{MEMORY}.validRange.max: Invalid value: "6": min is larger than max: 4',
        f'{MEMORY}.validRange.max: Invalid value: "5": default is more than max: 4']),
    (capacity({"default": "30", "validRange": {"min": "20", "max": "30"}}), [
        f'{MEMORY}.validRange.min: Invalid value: "20": min is larger than capacity value: 10',
        f'{MEMORY}.validRange.max: Invalid value: "30": max is larger than capacity value: 10']),
    (capacity({"default": "3", "validRange": {"min": "1", "max": "6", "step": "3"}}), [
        f'{MEMORY}.validRange.step: Invalid value: "3": value is not a multiple of a given step (3) from (1)',
        f'{MEMORY}.validRange.step: Invalid value: "6": value is not a multiple of a given step (3) from (1)']),
    (capacity({"default": "0", "validRange": {"min": "0", "step": "20Gi"}}), [
        f'{MEMORY}.validRange.step: Invalid value: "20Gi": one step 20Gi is larger than capacity value: 10']),
    (capacity({"default": "1", "validRange": {"min": "1", "step": "0"}}), [
        f'{MEMORY}.validRange.step: Invalid value: "1": value is not a multiple of a given step (0) from (1)']),
])  # fmt: skip
def test_devices(told, device, expected):
    assert told(RESOURCESLICE.validate(resourceslice(devices=[{"name": "a", **device}]))) == expected


def test_what_may_not_change(told):
    new = resourceslice(nodeName="n2", driver="other.example.com", pool={"name": "n2", "resourceSliceCount": 2})
    assert told(RESOURCESLICE.validate_update(new, resourceslice())) == [
        'spec.pool.name: Invalid value: "n2": field is immutable',
        'spec.driver: Invalid value: "other.example.com": field is immutable',
        'spec.nodeName: Invalid value: "n2": field is immutable',
    ]


def test_taints_are_dated_once():
    made = resourceslice(devices=devices(1, taints=[TAINT]))
    made["metadata"]["creationTimestamp"] = "2026-01-02T03:04:05Z"
    RESOURCESLICE.prepare(made)
    assert made["spec"]["devices"][0]["taints"][0]["timeAdded"] == "2026-01-02T03:04:05Z"
    new = resourceslice(devices=devices(1, taints=[TAINT, {**TAINT, "key": "b"}]))
    RESOURCESLICE.prepare_update(new, made)
    assert [taint.get("timeAdded") for taint in new["spec"]["devices"][0]["taints"]] == ["2026-01-02T03:04:05Z", None]


def test_the_unfinished_is_not_kept():
    old = resourceslice()
    new = resourceslice(devices=[{"name": "a", "nodeAllocatableResourceMappings": {}, "attributes": {"b": {
        "ints": [1], "int": 2}}}])  # fmt: skip
    before = copy.deepcopy(new)
    shallow = {**new, "spec": new["spec"]}
    RESOURCESLICE.prepare_update(shallow, old)
    assert shallow["spec"]["devices"] == [{"name": "a", "attributes": {"b": {"int": 2}}}]
    assert new == before
    RESOURCESLICE.prepare(new)
    assert new["spec"] == shallow["spec"]


def test_rows_and_selectors(row):
    assert row(RESOURCESLICE, resourceslice())[:4] == ["s", "n1", "gpus.example.com", "n1"]
    assert {path: get(resourceslice()) for path, get in RESOURCESLICE.fields.items()} == {
        "spec.nodeName": "n1", "spec.driver": "gpus.example.com"}  # fmt: skip
