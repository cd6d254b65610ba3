"""StorageClasses, VolumeAttributesClasses and what is left of them."""

import copy

import pytest

from services.objects.kinds import CSISTORAGECAPACITY, STORAGECLASS, VOLUMEATTRIBUTESCLASS


def storageclass(**fields):
    obj = {"metadata": {"name": "fast"}, "provisioner": "example.com/disks", **copy.deepcopy(fields)}
    STORAGECLASS.default(obj)
    return obj


QUALIFIED = ("name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
             "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
             "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')")  # fmt: skip


def terms(*keys):
    return [{"matchLabelExpressions": [{"key": key, "values": ["a"]} for key in keys]}]


def test_defaults():
    assert storageclass() == {"metadata": {"name": "fast"}, "provisioner": "example.com/disks",
                              "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"}
    assert storageclass(reclaimPolicy="Retain")["reclaimPolicy"] == "Retain"


@pytest.mark.parametrize(("fields", "expected"), [
    ({}, []),
    ({"provisioner": "Example.com/Disks", "parameters": {"a": ""}, "volumeBindingMode": "WaitForFirstConsumer",
      "allowedTopologies": terms("zone")}, []),
    ({"provisioner": ""}, ["provisioner: Required value"]),
    ({"provisioner": "_"}, [f'provisioner: Invalid value: "_": {QUALIFIED}']),
    ({"parameters": {"": "a"}}, ['parameters: Invalid value: "": field can not be empty.']),
    ({"parameters": {"a": "x" * 262144}}, ["parameters: Too long: may not be more than 262144 bytes"]),
    ({"parameters": {"a": "x" * 262143}}, []),
    ({"parameters": {str(number): "" for number in range(513)}}, [
        "parameters: Too long: may not be more than 512 bytes"]),
    ({"reclaimPolicy": "Recycle"}, [
        'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"']),
    ({"volumeBindingMode": "Later"}, [
        'volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer"']),
    ({"allowedTopologies": [{}]}, ['allowedTopologies[0].matchLabelExpressions: Duplicate value: ""']),
    ({"allowedTopologies": terms("a") + terms("a")}, [
        'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""']),
    ({"allowedTopologies": terms("a", "a")}, [
        'allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: "a"']),
    ({"allowedTopologies": [{"matchLabelExpressions": [{"key": "_", "values": ["b", "b"]}, {"key": "c"}]}]}, [
        'allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "b"',
        f'allowedTopologies[0].matchLabelExpressions[0].key: Invalid value: "_": {QUALIFIED}',
        "allowedTopologies[0].matchLabelExpressions[1].values: Required value"]),
])  # fmt: skip
def test_storageclasses(told, fields, expected):
    assert told(STORAGECLASS.validate(storageclass(**fields))) == expected


@pytest.mark.parametrize(("fields", "expected"), [
    ({"allowVolumeExpansion": True, "mountOptions": ["ro"], "allowedTopologies": terms("a")}, []),
    ({"parameters": {}}, []),
    ({"parameters": {"a": "b"}}, ["parameters: Forbidden: updates to parameters are forbidden."]),
    ({"provisioner": "x"}, ["provisioner: Forbidden: updates to provisioner are forbidden."]),
    ({"reclaimPolicy": "Retain"}, ["reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden."]),
    ({"volumeBindingMode": "WaitForFirstConsumer"}, [
        'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable']),
])  # fmt: skip
def test_changes_of_storageclasses(told, fields, expected):
    assert told(STORAGECLASS.validate_update(storageclass(**fields), storageclass())) == expected


def test_labels_out_of_fashion_are_warned_of():
    assert STORAGECLASS.warnings(storageclass(allowedTopologies=terms("a", "beta.kubernetes.io/arch"))) == [
        "allowedTopologies[0].matchLabelExpressions[1].key: deprecated since v1.14; use \"kubernetes.io/arch\" instead"]
    topology = {"matchExpressions": [{"key": "beta.kubernetes.io/os", "operator": "Exists"}],
                "matchLabels": {"failure-domain.beta.kubernetes.io/zone": "a", "b": "c"}}  # fmt: skip
    assert CSISTORAGECAPACITY.warnings({"metadata": {}, "nodeTopology": topology}) == [
        'nodeTopology.matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use '
        '"kubernetes.io/os" instead',
        'nodeTopology.matchLabels.failure-domain.beta.kubernetes.io/zone: deprecated since v1.17; use '
        '"topology.kubernetes.io/zone" instead']  # fmt: skip


def test_rows(row):
    assert row(STORAGECLASS, storageclass()) == [
        "fast", "example.com/disks", "Delete", "Immediate", False, "<unknown>"]
    default = storageclass(allowVolumeExpansion=True, metadata={
        "name": "fast", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}})  # fmt: skip
    assert row(STORAGECLASS, default)[0::4] == ["fast (default)", True]
    assert row(VOLUMEATTRIBUTESCLASS, attributes()) == ["gold", "example.com", "<unknown>"]
    assert row(CSISTORAGECAPACITY, capacity(capacity="1024Mi")) == ["left", "fast", "1Gi"]
    assert row(CSISTORAGECAPACITY, capacity()) == ["left", "fast", "<unset>"]


def attributes(**fields):
    return {"metadata": {"name": "gold"}, "driverName": "example.com", "parameters": {"iops": "1"}, **fields}


@pytest.mark.parametrize(("fields", "expected"), [
    ({}, []),
    ({"driverName": ""}, ["driverName: Required value"]),
    ({"parameters": {}}, ["parameters: Required value: must contain at least one key/value pair"]),
])  # fmt: skip
def test_volumeattributesclasses(told, fields, expected):
    assert told(VOLUMEATTRIBUTESCLASS.validate(attributes(**fields))) == expected


def test_changes_of_volumeattributesclasses(told):
    new = attributes(driverName="other.com", parameters={"iops": "2"})
    assert told(VOLUMEATTRIBUTESCLASS.validate_update(new, attributes())) == [
        "driverName: Forbidden: updates to driverName are forbidden.",
        "parameters: Forbidden: updates to parameters are forbidden."]


def capacity(**fields):
    return {"metadata": {"name": "left", "namespace": "default"}, "storageClassName": "fast", **fields}


@pytest.mark.parametrize(("fields", "expected"), [
    ({"capacity": "1Gi", "nodeTopology": {"matchLabels": {"a": "b"}}}, []),
    ({"capacity": "-1Gi"}, ['capacity: Invalid value: "-1Gi": must be greater than or equal to 0']),
    ({"nodeTopology": {"matchExpressions": [{"key": "a", "operator": "Is"}]}}, [
        'nodeTopology.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator']),
])  # fmt: skip
def test_capacities(told, fields, expected):
    assert told(CSISTORAGECAPACITY.validate(capacity(**fields))) == expected


def test_changes_of_capacities(told):
    new = capacity(storageClassName="slow", nodeTopology={"matchLabels": {"a": "b"}}, capacity="2Gi")
    assert told(CSISTORAGECAPACITY.validate_update(new, capacity())) == [
        'nodeTopology: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable',
        'storageClassName: Invalid value: "slow": field is immutable']
