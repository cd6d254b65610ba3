"""Objects of storage in few words, and pods that use them."""

from __future__ import annotations

from typing import Any

from services.objects.kinds import PERSISTENTVOLUME, PERSISTENTVOLUMECLAIM
from services.objects.kinds.kind import Kind
from services.objects.kinds.storage import CSIDRIVER, CSINODE, CSISTORAGECAPACITY, STORAGECLASS, VOLUMEATTACHMENT
from services.objects.meta import Obj
from services.scheduler.cluster.cluster import Cluster
from services.scheduler.cluster.storagekinds import changed

HOSTNAME = "kubernetes.io/hostname"
DRIVER = "csi.example.com"
SELECTED = "volume.kubernetes.io/selected-node"
COMPLETED = "pv.kubernetes.io/bind-completed"


def one_of(key: str, *values: str) -> Obj:
    """A volume's affinity."""
    expression = {"key": key, "operator": "In", "values": list(values)}
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}


def volume(name: str, size: str = "1Gi", of: str = "local", *, on: str = "", claim: Obj | None = None,
           phase: str = "Available", labels: Obj | None = None, modes: tuple[str, ...] = ("ReadWriteOnce",),
           handle: str = "", **spec: Any) -> Obj:  # fmt: skip
    """`on` is the one node that reaches it."""
    spec = {"capacity": {"storage": size}, "storageClassName": of, "accessModes": list(modes), **spec}
    if on:
        spec["nodeAffinity"] = one_of(HOSTNAME, on)
    if claim is not None:
        spec["claimRef"] = {"namespace": "default", "name": claim["metadata"]["name"], "uid": claim["metadata"]["uid"]}
    if handle:
        spec["csi"] = {"driver": DRIVER, "volumeHandle": handle}
    return {"metadata": {"name": name, "uid": f"uid-{name}", "labels": labels or {}}, "spec": spec,
            "status": {"phase": phase}}  # fmt: skip


def claim(name: str, size: str = "1Gi", of: str = "local", *, volume: str = "", bound: bool | None = None,
          modes: tuple[str, ...] = ("ReadWriteOnce",), phase: str = "", owner: str = "", selected: str = "",
          **spec: Any) -> Obj:  # fmt: skip
    """Bound if it has a volume, unless that is said to be otherwise."""
    bound = bool(volume) if bound is None else bound
    notes = {**({COMPLETED: "yes"} if bound else {}), **({SELECTED: selected} if selected else {})}
    meta = {"namespace": "default", "name": name, "uid": f"uid-{name}", "annotations": notes}
    if owner:
        meta["ownerReferences"] = [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": owner, "controller": True}]
    spec = {"resources": {"requests": {"storage": size}}, "storageClassName": of, "accessModes": list(modes), **spec}
    if volume:
        spec["volumeName"] = volume
    return {"metadata": meta, "spec": spec, "status": {"phase": phase or ("Bound" if bound else "Pending")}}


def storage_class(name: str = "local", provisioner: str = "kubernetes.io/no-provisioner",
                  mode: str = "WaitForFirstConsumer", **fields: Any) -> Obj:  # fmt: skip
    return {"metadata": {"name": name}, "provisioner": provisioner, "volumeBindingMode": mode, **fields}


def csinode(name: str, **limits: int) -> Obj:
    """Of DRIVER, or by the drivers' names with `_` for `.`."""
    drivers = [{"name": driver.replace("_", "."), "nodeID": name, "allocatable": {"count": count}}
               for driver, count in limits.items()]  # fmt: skip
    return {"metadata": {"name": name}, "spec": {"drivers": drivers}}


def attachment(name: str, node: str, volume: str) -> Obj:
    spec = {"attacher": DRIVER, "nodeName": node, "source": {"persistentVolumeName": volume}}
    return {"metadata": {"name": name}, "spec": spec, "status": {"attached": True}}


def capacity(name: str, of: str, size: str, topology: Obj | None, **fields: Any) -> Obj:
    found = {"metadata": {"namespace": "kube-system", "name": name}, "storageClassName": of, "capacity": size, **fields}
    return found if topology is None else {**found, "nodeTopology": topology}


def using(*claims: str) -> list[Obj]:
    """A pod's spec.volumes."""
    return [{"name": f"v{number}", "persistentVolumeClaim": {"claimName": name}} for number, name in enumerate(claims)]


KINDS: dict[str, Kind] = {
    "volumes": PERSISTENTVOLUME, "claims": PERSISTENTVOLUMECLAIM, "classes": STORAGECLASS, "csinodes": CSINODE,
    "attachments": VOLUMEATTACHMENT, "drivers": CSIDRIVER, "capacities": CSISTORAGECAPACITY,
}  # fmt: skip


def stock(cluster: Cluster, **objects: list[Obj]) -> Cluster:
    """Puts them where the cluster sees them."""
    for kind, found in objects.items():
        for each in found:
            changed(cluster.columns.volumes, KINDS[kind], None, each)
    return cluster
