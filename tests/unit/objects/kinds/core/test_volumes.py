"""PersistentVolumes and the claims on them."""

import copy

import pytest

from services.objects.kinds import PERSISTENTVOLUME, PERSISTENTVOLUMECLAIM

GI = {"storage": "1Gi"}
BETA = "volume.beta.kubernetes.io/storage-class"


def volume(metadata=None, **spec):
    obj = {"metadata": {"name": "v", **(metadata or {})}, "spec": {
        "accessModes": ["ReadWriteOnce"], "capacity": dict(GI), "hostPath": {"path": "/srv"}, **spec}}  # fmt: skip
    for absent in [name for name, value in obj["spec"].items() if value is None]:
        del obj["spec"][absent]
    PERSISTENTVOLUME.default(obj)
    return obj


def claim(metadata=None, status=None, **spec):
    obj = {"metadata": {"name": "c", "namespace": "default", **(metadata or {})}, "spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": dict(GI)}, **spec}}  # fmt: skip
    if status:
        obj["status"] = status
    PERSISTENTVOLUMECLAIM.default(obj)
    return obj


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, []),
    ({"accessModes": []}, ["spec.accessModes: Required value"]),
    ({"accessModes": ["RWO"]}, ['spec.accessModes: Unsupported value: "RWO": supported values: "ReadOnlyMany", '
                                '"ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"']),
    ({"accessModes": ["ReadWriteOncePod", "ReadWriteOnce"]}, [
        "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes"]),
    ({"capacity": {}}, ["spec.capacity: Required value",
                        'spec.capacity: Unsupported value: {}: supported values: "storage"']),
    ({"capacity": {"storage": "0"}}, ['spec.capacity[storage]: Invalid value: "0": must be greater than zero']),
    ({"persistentVolumeReclaimPolicy": "Burn"}, [
        'spec.persistentVolumeReclaimPolicy: Unsupported value: "Burn": supported values: "Delete", "Recycle", '
        '"Retain"']),
    ({"hostPath": {"path": "/"}, "persistentVolumeReclaimPolicy": "Recycle"}, [
        "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"]),
    ({"hostPath": None}, ["spec: Required value: must specify a volume type"]),
    ({"nfs": {"server": "s", "path": "/"}}, ["spec.nfs: Forbidden: may not specify more than 1 volume type"]),
    ({"hostPath": None, "local": {"path": "/mnt"}}, [
        "spec.nodeAffinity: Required value: Local volume requires node affinity"]),
    ({"nodeAffinity": {}}, ["spec.nodeAffinity.required: Required value: must specify required node constraints"]),
    ({"hostPath": None, "csi": {"driver": "d.example.com", "volumeHandle": "h",
                                "nodePublishSecretRef": {"name": "s"}}}, [
        "spec.csi.nodePublishSecretRef.namespace: Required value"]),
    ({"volumeAttributesClassName": "fast"}, [
        "spec.csi: Required value: has to be specified when using volumeAttributesClassName"]),
    ({"hostPath": None, "iscsi": {"targetPortal": "p", "iqn": "iqn.2026-01.example:x", "initiatorName": "bad"}}, [
        'spec.iscsi.initiatorname: Invalid value: "bad": must be valid format starting with iqn, eui, or naa']),
])  # fmt: skip
def test_volumes(told, spec, expected):
    assert told(PERSISTENTVOLUME.validate(volume(**spec))) == expected


def zone(label):
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": [
        {"key": label, "operator": "In", "values": ["a"]}]}]}}  # fmt: skip


@pytest.mark.parametrize(("was", "wanted", "expected"), [
    ({}, {"capacity": {"storage": "2Gi"}, "storageClassName": "x"}, []),
    ({}, {"hostPath": {"path": "/other"}}, [
        "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n"
        '- spec.hostPath.path: "/srv"\n+ spec.hostPath.path: "/other"']),
    ({}, {"volumeMode": "Block"}, ['volumeMode: Invalid value: "Block": field is immutable']),
    ({}, {"nodeAffinity": zone("a")}, []),
    ({"nodeAffinity": zone("failure-domain.beta.kubernetes.io/zone")},
     {"nodeAffinity": zone("topology.kubernetes.io/zone")}, []),
    ({"hostPath": None, "csi": {"driver": "d", "volumeHandle": "h"}},
     {"hostPath": None, "csi": {"driver": "d", "volumeHandle": "h",
                                "controllerExpandSecretRef": {"name": "s", "namespace": "n"}}}, []),
    ({"volumeAttributesClassName": "a"}, {}, [
        "spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden"]),
])  # fmt: skip
def test_updates_of_volumes(told, was, wanted, expected):
    assert told(PERSISTENTVOLUME.validate_update(volume(**wanted), volume(**was))) == expected


def test_a_volume_goes_back_to_no_old_label(told):
    new, old = zone("failure-domain.beta.kubernetes.io/zone"), zone("topology.kubernetes.io/zone")
    [text] = told(PERSISTENTVOLUME.validate_update(volume(nodeAffinity=new), volume(nodeAffinity=old)))
    assert text.startswith("nodeAffinity: Invalid value: {")
    assert text.endswith("field is immutable, except for updating from beta label to GA")


def test_warnings_of_volumes():
    old = volume({"annotations": {BETA: "x"}}, persistentVolumeReclaimPolicy="Recycle", hostPath=None,
                 rbd={"monitors": ["m"], "image": "i"})  # fmt: skip
    assert PERSISTENTVOLUME.warnings(old) == [
        "the scheduler minds persistentvolumes, but nothing else acts on them yet",
        f'metadata.annotations[{BETA}]: deprecated since v1.8; use "storageClassName" attribute instead',
        "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended "
        "approach is to use dynamic provisioning.",
        "spec.rbd: deprecated in v1.28, non-functional in v1.31+",
    ]


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, []),
    ({"accessModes": []}, ["spec.accessModes: Required value: at least 1 access mode is required"]),
    ({"resources": {}}, ["spec.resources[storage]: Required value"]),
    ({"resources": {"requests": {"storage": "-1"}}}, [
        'spec.resources[storage]: Invalid value: "-1": must be greater than zero']),
    ({"volumeMode": "Tape"}, [
        'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"']),
    ({"dataSource": {"kind": "VolumeSnapshot", "name": "s"}}, [
        'spec.dataSource: Invalid value: "VolumeSnapshot": must be \'PersistentVolumeClaim\' when referencing the '
        "default apiGroup"]),
    ({"dataSource": {"kind": "PersistentVolumeClaim", "name": "a"},
      "dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "b"}}, [
        'spec: Invalid value: "spec.dataSource": must match dataSourceRef']),
    ({"dataSource": {"kind": "PersistentVolumeClaim", "name": "a"},
      "dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "a", "namespace": "n"}}, [
        'spec: Invalid value: "spec.dataSource": may not be specified when dataSourceRef.namespace is specified']),
    ({"selector": {"matchExpressions": [{"key": "a", "operator": "In"}]}}, [
        "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or "
        "'NotIn'"]),
])  # fmt: skip
def test_claims(told, spec, expected):
    assert told(PERSISTENTVOLUMECLAIM.validate(claim(**spec))) == expected


def test_the_two_ways_to_say_what_fills_a_claim():
    source = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "s"}
    one = claim(dataSource=source)
    PERSISTENTVOLUMECLAIM.prepare(one)
    assert one["spec"]["dataSourceRef"] == source
    other = claim(dataSourceRef=source)
    PERSISTENTVOLUMECLAIM.prepare(other)
    assert other["spec"]["dataSource"] == source
    odd = claim(dataSource={"apiGroup": "example.com", "kind": "Tape", "name": "t"})
    PERSISTENTVOLUMECLAIM.prepare(odd)
    assert "dataSource" not in odd["spec"]
    assert "dataSourceRef" not in odd["spec"]


BOUND = {"phase": "Bound", "capacity": {"storage": "1Gi"}}
GROWN = {"resources": {"requests": {"storage": "2Gi"}}}


@pytest.mark.parametrize(("status", "was", "wanted", "expected"), [
    (BOUND, {"volumeName": "v"}, {"volumeName": "v", **GROWN}, []),
    (BOUND, {"volumeName": "v", **GROWN}, {"volumeName": "v"}, [
        "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"]),
    (BOUND, {"volumeName": "v", "resources": {"requests": {"storage": "3Gi"}}}, {"volumeName": "v", **GROWN}, []),
    (None, {}, {"volumeName": "v"}, []),
    (None, {}, GROWN, [
        "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for "
        'bound claims\n- spec.resources.requests.storage: "1Gi"\n+ spec.resources.requests.storage: "2Gi"']),
    (None, {}, {"storageClassName": "fast"}, []),
    (BOUND, {"volumeAttributesClassName": "a"}, {"volumeAttributesClassName": "b"}, []),
    (BOUND, {"volumeAttributesClassName": "a"}, {"volumeAttributesClassName": ""}, [
        "spec.volumeAttributesClassName: Forbidden: update from non-nil value to an empty string is forbidden"]),
])  # fmt: skip
def test_what_a_claim_may_change(told, status, was, wanted, expected):
    old, new = claim(status=status, **was), claim(status=status, **wanted)
    before = copy.deepcopy((new, old))
    assert told(PERSISTENTVOLUMECLAIM.validate_update(new, old)) == expected
    assert (new, old) == before


def test_a_class_moves_out_of_its_annotation(told):
    old = claim({"annotations": {BETA: "fast"}})
    assert told(PERSISTENTVOLUMECLAIM.validate_update(claim(storageClassName="fast"), old)) == []
    assert told(PERSISTENTVOLUMECLAIM.validate_update(claim({"annotations": {BETA: "slow"}}), old)) == [
        f'metadata.annotations.{BETA}: Invalid value: "slow": field is immutable']


@pytest.mark.parametrize(("status", "expected"), [
    ({"capacity": {"storage": "1Gi"}, "allocatedResourceStatuses": {"storage": "NodeResizePending"}}, []),
    ({"allocatedResourceStatuses": {"cpu": "Odd"}}, [
        'status.allocatedResourceStatus: Unsupported value: "cpu": supported values: "storage"',
        'status.allocatedResourceStatus: Unsupported value: "cpu": supported values: "ControllerResizeInProgress", '
        '"ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"']),
    ({"capacity": {"storage": "-1"}}, [
        "status.capacity[storage]: Invalid value: -1: must be a valid resource quantity"]),
])  # fmt: skip
def test_status_of_claims(told, status, expected):
    assert told(PERSISTENTVOLUMECLAIM.validate_status({**claim(), "status": status}, claim())) == expected
