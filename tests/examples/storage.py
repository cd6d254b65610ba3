from __future__ import annotations

_V1 = "storage.k8s.io/v1"

EXAMPLES = (
    {"apiVersion": _V1, "kind": "StorageClass", "provisioner": "example.com/disks"},
    {"apiVersion": _V1, "kind": "CSIDriver", "metadata": {"name": "disks.example.com"}, "spec": {}},
    {"apiVersion": _V1, "kind": "CSINode", "spec": {"drivers": [{"name": "disks.example.com", "nodeID": "n1"}]}},
    {"apiVersion": _V1, "kind": "CSIStorageCapacity", "storageClassName": "fast", "capacity": "10Gi"},
    {"apiVersion": _V1, "kind": "VolumeAttachment",
     "spec": {"attacher": "disks.example.com", "nodeName": "n1", "source": {"persistentVolumeName": "pv"}}},
    {"apiVersion": _V1, "kind": "VolumeAttributesClass", "driverName": "disks.example.com",
     "parameters": {"iops": "100"}},
)  # fmt: skip
