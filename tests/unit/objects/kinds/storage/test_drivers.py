"""CSIDrivers, CSINodes and VolumeAttachments."""

import copy

import pytest

from services.objects.kinds import CSIDRIVER, CSINODE, VOLUMEATTACHMENT

SUBDOMAIN = ("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
             "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
             r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')")  # fmt: skip
DEFAULTS = {"attachRequired": True, "podInfoOnMount": False, "storageCapacity": False, "requiresRepublish": False,
            "seLinuxMount": False, "fsGroupPolicy": "ReadWriteOnceWithFSType",
            "volumeLifecycleModes": ["Persistent"]}  # fmt: skip


def driver(**spec):
    obj = {"metadata": {"name": "disks.example.com"}, "spec": copy.deepcopy(spec)}
    CSIDRIVER.default(obj)
    return obj


def test_defaults_of_drivers():
    assert driver()["spec"] == DEFAULTS
    assert driver(attachRequired=False, volumeLifecycleModes=["Ephemeral"])["spec"] == {
        **DEFAULTS, "attachRequired": False, "volumeLifecycleModes": ["Ephemeral"]}


@pytest.mark.parametrize(("spec", "expected"), [
    ({"tokenRequests": [{"audience": ""}, {"audience": "a", "expirationSeconds": 600}],
      "serviceAccountTokenInSecrets": True, "nodeAllocatableUpdatePeriodSeconds": 10}, []),
    ({"fsGroupPolicy": "Any"}, [
        'spec.fsGroupPolicy: Unsupported value: "Any": supported values: "File", "None", "ReadWriteOnceWithFSType"']),
    ({"volumeLifecycleModes": ["Once"]}, [
        'spec.volumeLifecycleModes: Unsupported value: "Once": supported values: "Persistent", "Ephemeral"']),
    ({"tokenRequests": [{"audience": "a"}, {"audience": "a", "expirationSeconds": 1}]}, [
        'spec.tokenRequests[1].audience: Duplicate value: "a"']),
    ({"tokenRequests": [{"audience": "a", "expirationSeconds": 599},
                        {"audience": "b", "expirationSeconds": 2**32 + 1}]}, [
        "spec.tokenRequests[0].expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes",
        "spec.tokenRequests[1].expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than "
        "2^32 seconds"]),
    ({"nodeAllocatableUpdatePeriodSeconds": 9}, [
        "spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds"]),
    ({"serviceAccountTokenInSecrets": False}, [
        "spec.serviceAccountTokenInSecrets: Invalid value: false: serviceAccountTokenInSecrets is set but no "
        "tokenRequests are specified"]),
])  # fmt: skip
def test_drivers(told, spec, expected):
    assert told(CSIDRIVER.validate(driver(**spec))) == expected


def test_what_is_not_defaulted_is_required(told):
    assert told(CSIDRIVER.validate({"metadata": {"name": "a"}, "spec": {}})) == [
        "spec.attachedRequired: Required value", "spec.podInfoOnMount: Required value",
        "spec.storageCapacity: Required value", "spec.seLinuxMount: Required value"]


def test_changes_of_drivers(told):
    new = driver(attachRequired=False, volumeLifecycleModes=["Ephemeral"], podInfoOnMount=True)
    assert told(CSIDRIVER.validate_update(new, driver())) == [
        "spec.attachedRequired: Invalid value: false: field is immutable",
        'spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: field is immutable']


def node(*drivers):
    return {"metadata": {"name": "n1"}, "spec": {"drivers": [copy.deepcopy(each) for each in drivers]}}


DISKS = {"name": "disks.example.com", "nodeID": "n1"}


@pytest.mark.parametrize(("drivers", "expected"), [
    ([DISKS, {"name": "Other.example.com", "nodeID": "x" * 192, "topologyKeys": ["a/zone"],
              "allocatable": {"count": 0}}], []),
    ([{}], ["spec.drivers[0].name: Required value", f'spec.drivers[0].name: Invalid value: "": {SUBDOMAIN}',
            "spec.drivers[0].nodeID: Required value"]),
    ([{"name": "x" * 64, "nodeID": "n"}], ["spec.drivers[0].name: Too long: may not be more than 63 bytes"]),
    ([{**DISKS, "nodeID": "x" * 193}], [
        f'spec.drivers[0].nodeID: Invalid value: "{"x" * 193}": must be 192 characters or less']),
    ([{**DISKS, "allocatable": {"count": -1}}], [
        "spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0"]),
    ([DISKS, DISKS], ['spec.drivers[1].name: Duplicate value: "disks.example.com"']),
    ([{**DISKS, "topologyKeys": ["a", "a"]}], ['spec.drivers[0]: Duplicate value: "a"']),
])  # fmt: skip
def test_nodes(told, drivers, expected):
    assert told(CSINODE.validate(node(*drivers))) == expected


def test_changes_of_nodes(told):
    other = {"name": "other.example.com", "nodeID": "n"}
    assert CSINODE.validate_update(node(other, {**DISKS, "allocatable": {"count": 5}}), node(DISKS)) == []
    assert CSINODE.validate_update(node(), node(DISKS)) == []
    assert told(CSINODE.validate_update(node({**DISKS, "nodeID": "n2"}), node(DISKS))) == [
        'spec.drivers: Invalid value: {"name":"disks.example.com","nodeID":"n2"}: field is immutable']


def attachment(status=None, source=None, **spec):
    return {"metadata": {"name": "a"}, "status": status or {},
            "spec": {"attacher": "disks.example.com", "nodeName": "n1",
                     "source": {"persistentVolumeName": "pv"} if source is None else source, **spec}}  # fmt: skip


ONE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"


@pytest.mark.parametrize(("given", "expected"), [
    ({}, []),
    ({"attacher": ""}, ["spec.attacher: Required value"]),
    ({"source": {}}, [f"spec.source: Required value: {ONE}"]),
    ({"source": {"persistentVolumeName": ""}}, [
        "spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName"]),
    ({"nodeName": "N"}, [f'spec.nodeName: Invalid value: "N": {SUBDOMAIN}']),
])  # fmt: skip
def test_attachments(told, given, expected):
    assert told(VOLUMEATTACHMENT.validate(attachment(**given))) == expected


INLINE = {"accessModes": ["ReadWriteOnce"], "csi": {"driver": "disks.example.com", "volumeHandle": "1"}}
NOT_INLINE = "Forbidden: may not be specified in the context of inline volumes"


@pytest.mark.parametrize(("volume", "expected"), [
    ({}, []),
    ({"volumeMode": "Filesystem", "persistentVolumeReclaimPolicy": "Retain"}, []),
    ({"capacity": {"storage": "1Gi"}, "claimRef": {}, "nodeAffinity": {}, "storageClassName": "a"}, [
        f".{field}: {NOT_INLINE}" for field in ("claimRef", "capacity", "nodeAffinity", "storageClassName")]),
    ({"volumeMode": "Block", "persistentVolumeReclaimPolicy": "Delete", "accessModes": None}, [
        ".accessModes: Required value",
        ".persistentVolumeReclaimPolicy: Forbidden: may only be Retain in the context of inline volumes",
        ".volumeMode: Forbidden: may not specify volumeMode other than Filesystem in the context of inline volumes"]),
    ({"csi": None}, [".csi: Required value: has to be specified in the context of inline volumes",
                     ": Required value: must specify a volume type"]),
    ({"hostPath": {"path": "/"}}, [".csi: Forbidden: may not specify more than 1 volume type"]),
])  # fmt: skip
def test_volumes_inside_of_attachments(told, volume, expected):
    volume = {name: value for name, value in {**INLINE, **volume}.items() if value is not None}
    made = attachment(source={"inlineVolumeSpec": copy.deepcopy(volume)})
    VOLUMEATTACHMENT.default(made)
    causes = told(VOLUMEATTACHMENT.validate(made))
    assert causes == [f"spec.source.inlineVolumeSpec{each}" for each in expected]


def test_new_attachments_name_a_driver_and_a_volume_that_can_be(told):
    assert told(VOLUMEATTACHMENT.validate_create(attachment(source={"persistentVolumeName": "P"}, attacher="_"))) == [
        f'spec.attacher: Invalid value: "_": {SUBDOMAIN}',
        f'spec.source.persistentVolumeName: Invalid value: "P": {SUBDOMAIN}']


@pytest.mark.parametrize(("status", "expected"), [
    ({"attached": True, "attachmentMetadata": {"a": "b"}}, []),
    ({"attachmentMetadata": {"a": "x" * 262144}}, [
        "status.attachmentMetadata: Too long: may not be more than 262144 bytes"]),
    ({"attachError": {"message": "x" * 1025}}, [
        "status.attachError.message: Too long: may not be more than 262144 bytes"]),
    ({"detachError": {"errorCode": -1}}, [
        "status.detachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive"]),
])  # fmt: skip
def test_statuses_of_attachments(told, status, expected):
    assert told(VOLUMEATTACHMENT.validate_status(attachment(status), attachment())) == expected


def test_an_attachment_keeps_its_wish(told):
    [text] = told(VOLUMEATTACHMENT.validate_update(attachment(nodeName="n2"), attachment()))
    assert text == ('spec: Invalid value: {"attacher":"disks.example.com","nodeName":"n2","source":'
                    '{"persistentVolumeName":"pv"}}: field is immutable')  # fmt: skip


def test_rows(row):
    assert row(CSIDRIVER, driver(tokenRequests=[{"audience": "a"}, {"audience": "b"}])) == [
        "disks.example.com", True, False, False, "a,b", False, "Persistent", "<unknown>"]
    assert row(CSIDRIVER, {"metadata": {"name": "a"}})[4:7] == ["<unset>", False, "<none>"]
    assert row(CSINODE, node(DISKS)) == ["n1", 1, "<unknown>"]
    assert row(VOLUMEATTACHMENT, attachment({"attached": True})) == [
        "a", "disks.example.com", "pv", "n1", True, "<unknown>"]
