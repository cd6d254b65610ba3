"""PersistentVolumes: storage that somebody provides, until a claim takes it."""

from __future__ import annotations

import posixpath
from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.equality import same
from services.objects.kinds.amounts import default_amounts
from services.objects.kinds.core.volumes.columns import access_modes, storage_class, volume_mode
from services.objects.kinds.core.volumes.sources import SOURCES
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import scheduled_kind
from services.objects.kinds.pods.scheduling.affinity import validate_node_selector
from services.objects.kinds.pods.volumes.claims import VOLUME_MODES, validate_access_modes
from services.objects.kinds.pods.volumes.defaults import default_source
from services.objects.kinds.pods.warnings import NODE_LABELS, VOLUMES
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.amounts import validate_basic, validate_positive
from services.objects.kinds.validation.difference import difference
from services.objects.kinds.validation.field import (
    IMMUTABLE,
    Causes,
    add_invalid,
    forbidden,
    immutable,
    invalid,
    required,
    unsupported,
)
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
_RECLAIM_POLICIES = ("Delete", "Recycle", "Retain")
_TWO = "may not specify more than 1 volume type"
# labels of nodes that were renamed; a volume may follow
_RENAMED = {
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
    "beta.kubernetes.io/os": "kubernetes.io/os",
    "beta.kubernetes.io/arch": "kubernetes.io/arch",
    "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
}
_ISCSI_LENGTH = ("Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if "
                 "iscsi.initiatorName is specified.")  # fmt: skip


def default_persistentvolume(volume: Obj) -> None:
    spec = volume.setdefault("spec", {})
    if not spec.get("persistentVolumeReclaimPolicy"):
        spec["persistentVolumeReclaimPolicy"] = "Retain"
    if not spec.get("volumeMode"):
        spec["volumeMode"] = "Filesystem"
    if "capacity" in spec:
        default_amounts(spec["capacity"])
    for name in SOURCES.keys() & spec.keys():
        default_source(name, spec[name])
    status = volume.setdefault("status", {})
    if not status.get("phase"):
        status["phase"] = "Pending"


def prepare_persistentvolume(volume: Obj) -> None:
    """Its first phase begins when it is made."""
    volume["status"] = {"phase": "Pending"}
    created = volume["metadata"].get("creationTimestamp")
    if created:
        volume["status"]["lastPhaseTransitionTime"] = created


def validate_persistentvolume(volume: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, volume, names.is_dns1123_subdomain, namespaced=False)
    spec = volume.get("spec") or {}
    modes = spec.get("accessModes") or ()
    if not modes:
        causes.append(required("spec.accessModes"))
    validate_access_modes(causes, "spec.accessModes", modes)
    _validate_capacity(causes, "spec.capacity", spec.get("capacity") or {})
    policy = spec.get("persistentVolumeReclaimPolicy")
    if policy and policy not in _RECLAIM_POLICIES:
        causes.append(unsupported("spec.persistentVolumeReclaimPolicy", policy, _RECLAIM_POLICIES))
    affinity = spec.get("nodeAffinity")
    if affinity is not None:
        if affinity.get("required") is None:
            causes.append(required("spec.nodeAffinity.required", "must specify required node constraints"))
        else:
            validate_node_selector(causes, "spec.nodeAffinity.required", affinity["required"])
    validate_volume_source(causes, "spec", spec, (volume.get("metadata") or {}).get("name") or "")
    if spec.get("storageClassName"):
        add_invalid(causes, "spec.storageClassName", spec["storageClassName"],
                    names.is_dns1123_subdomain(spec["storageClassName"]))  # fmt: skip
    mode = spec.get("volumeMode")
    if mode is not None and mode not in VOLUME_MODES:
        causes.append(unsupported("spec.volumeMode", mode, VOLUME_MODES))
    validate_attributes_class(causes, "spec", spec)
    return causes


def _validate_capacity(causes: Causes, path: str, capacity: Obj) -> None:
    if not capacity:
        causes.append(required(path))
    if "storage" not in capacity or len(capacity) > 1:
        causes.append(unsupported(path, capacity, ("storage",)))
    for name, amount in capacity.items():
        validate_basic(causes, f"{path}[{name}]", amount)
        validate_positive(causes, f"{path}[{name}]", amount)


def validate_volume_source(causes: Causes, path: str, spec: Obj, name: str) -> None:
    """`name` is that of the volume, "" where it stands in another object."""
    given = [source for source in SOURCES if source in spec]
    for extra in given[1:]:
        causes.append(forbidden(f"{path}.{extra}", _TWO))
    for source in given[:1]:
        SOURCES[source](causes, f"{path}.{source}", spec[source])
    if given[:1] == ["local"] and spec.get("nodeAffinity") is None:
        causes.append(required(f"{path}.nodeAffinity", "Local volume requires node affinity"))
    if given[:1] == ["iscsi"]:
        portal = spec["iscsi"].get("targetPortal") or ""
        if spec["iscsi"].get("initiatorName") is not None and len(f"{name}:{portal}") > 64:
            causes.append(invalid(f"{path}.iscsi.targetportal", portal, _ISCSI_LENGTH))
    if not given:
        causes.append(required(path, "must specify a volume type"))
    root = "hostPath" in spec and posixpath.normpath(spec["hostPath"].get("path") or ".") in ("/", "//")
    if root and spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        causes.append(forbidden(f"{path}.persistentVolumeReclaimPolicy",
                                "may not be 'recycle' for a hostPath mount of '/'"))  # fmt: skip


def validate_attributes_class(causes: Causes, path: str, spec: Obj) -> None:
    name, where = spec.get("volumeAttributesClassName"), f"{path}.volumeAttributesClassName"
    if name is None:
        return
    if not name:
        causes.append(required(where, "an empty string is disallowed"))
    else:
        add_invalid(causes, where, name, names.is_dns1123_subdomain(name))
    if "csi" not in spec:
        causes.append(required(f"{path}.csi", "has to be specified when using volumeAttributesClassName"))


def validate_persistentvolume_update(new: Obj, old: Obj) -> Causes:
    """Where the data is never changes; who may grow it can still be told."""
    causes: Causes = []
    validate_meta_update(causes, new, old)
    after, before = new["spec"], old["spec"]
    wanted, had = _source(after), _source(before)
    if "csi" in wanted and "csi" in had and "controllerExpandSecretRef" not in had["csi"]:
        wanted["csi"] = {key: value for key, value in wanted["csi"].items() if key != "controllerExpandSecretRef"}
    if not same(wanted, had):
        causes.append(forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after "
                                f"creation\n{difference(wanted, had, 'spec')}"))  # fmt: skip
    immutable(causes, "volumeMode", after.get("volumeMode"), before.get("volumeMode"))
    if before.get("nodeAffinity") is not None and not same(after.get("nodeAffinity"), before["nodeAffinity"]):
        _validate_affinity_update(causes, after.get("nodeAffinity"), before["nodeAffinity"])
    if before.get("volumeAttributesClassName") is not None and after.get("volumeAttributesClassName") is None:
        causes.append(forbidden("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden"))
    return causes


def _source(spec: Obj) -> Obj:
    return {name: spec[name] for name in SOURCES if name in spec}


def _validate_affinity_update(causes: Causes, new: Obj | None, old: Obj) -> None:
    """Labels of nodes may take their new names, nothing else."""
    if new is None or _renamed(new) != _renamed(old) or not _keeps_new_names(new, old):
        causes.append(invalid("nodeAffinity", new, f"{IMMUTABLE}, except for updating from beta label to GA"))


def _renamed(affinity: Obj) -> list[Any]:
    terms = (affinity.get("required") or {}).get("nodeSelectorTerms") or ()
    return [({key: value for key, value in term.items() if key != "matchExpressions"},
             [{**each, "key": _RENAMED.get(each.get("key", ""), each.get("key", ""))}
              for each in term.get("matchExpressions") or ()]) for term in terms]  # fmt: skip


def _keeps_new_names(new: Obj, old: Obj) -> bool:
    """Not back to the old ones; the two are known to have the same shape."""
    keys = [[each.get("key", "") for term in (affinity.get("required") or {}).get("nodeSelectorTerms") or ()
             for each in term.get("matchExpressions") or ()] for affinity in (new, old)]  # fmt: skip
    return all(after == before or _RENAMED.get(before) == after for after, before in zip(*keys, strict=True))


def validate_persistentvolume_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    return causes


def persistentvolume_warnings(volume: Obj) -> list[str]:
    spec, found = volume.get("spec") or {}, scheduled_kind("persistentvolumes")
    if BETA_CLASS in ((volume.get("metadata") or {}).get("annotations") or {}):
        found.append(f'metadata.annotations[{BETA_CLASS}]: deprecated since v1.8; use "storageClassName" attribute '
                     "instead")  # fmt: skip
    if spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        found.append("spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the "
                     "recommended approach is to use dynamic provisioning.")  # fmt: skip
    terms = ((spec.get("nodeAffinity") or {}).get("required") or {}).get("nodeSelectorTerms") or ()
    for index, term in enumerate(terms):
        for place, expression in enumerate(term.get("matchExpressions") or ()):
            if expression.get("key") in NODE_LABELS:
                found.append(f"spec.nodeAffinity.required.nodeSelectorTerms[{index}].matchExpressions[{place}].key: "
                             f"{expression['key']} is {NODE_LABELS[expression['key']]}")  # fmt: skip
    found += [f"spec.{'storageOS' if name == 'storageos' else name}: {VOLUMES[name]}" for name in SOURCES
              if name in spec and name in VOLUMES]  # fmt: skip
    return found


def _row(volume: Obj, now: datetime) -> list[Any]:
    spec, status, metadata = volume.get("spec") or {}, volume.get("status") or {}, volume["metadata"]
    claim = spec.get("claimRef")
    phase = "Terminating" if metadata.get("deletionTimestamp") else status.get("phase", "")
    return [
        metadata.get("name", ""), (spec.get("capacity") or {}).get("storage", "0"),
        access_modes(spec.get("accessModes")), spec.get("persistentVolumeReclaimPolicy", ""), phase,
        f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim is not None else "",
        storage_class(volume), spec.get("volumeAttributesClassName") or "<unset>", status.get("reason", ""),
        cells.age(volume, now), volume_mode(spec),
    ]  # fmt: skip


PRINTER = Printer(
    (
        NAME,
        Column("Capacity", description="How much fits."),
        Column("Access Modes", description="How it can be mounted."),
        Column("Reclaim Policy", description="What becomes of it when its claim is gone."),
        Column("Status", description="Whether it is free, bound or released."),
        Column("Claim", description="Whose it is."),
        Column("StorageClass", description="The class it belongs to."),
        Column("VolumeAttributesClass", description="The class that its attributes are of."),
        Column("Reason", description="Why it is in this state."),
        cells.AGE,
        Column("VolumeMode", priority=1, description="A filesystem or a raw device."),
    ),
    _row,
)

PERSISTENTVOLUME = Kind(
    group="", version="v1", kind="PersistentVolume", plural="persistentvolumes", singular="persistentvolume",
    short_names=("pv",), namespaced=False, definition="io.k8s.api.core.v1.PersistentVolume", printer=PRINTER,
    subresources=(status_of("PersistentVolume"),),
    default=default_persistentvolume, prepare=prepare_persistentvolume,
    validate=validate_persistentvolume, validate_update=validate_persistentvolume_update,
    validate_status=validate_persistentvolume_status,
    warnings=persistentvolume_warnings,
)  # fmt: skip
