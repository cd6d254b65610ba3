"""Volumes that stand in other objects: what would be a PersistentVolume, of a CSI driver and nobody's."""

from __future__ import annotations

from services.objects.kinds.amounts import default_amounts
from services.objects.kinds.core.volumes.persistentvolume import validate_attributes_class, validate_volume_source
from services.objects.kinds.core.volumes.sources import SOURCES
from services.objects.kinds.pods.volumes.claims import validate_access_modes
from services.objects.kinds.pods.volumes.defaults import default_source
from services.objects.kinds.validation.field import Causes, forbidden, required
from services.objects.meta import Obj

_NOT_INLINE = "may not be specified in the context of inline volumes"


def default_inline(spec: Obj) -> None:
    if "capacity" in spec:
        default_amounts(spec["capacity"])
    for name in SOURCES.keys() & spec.keys():
        default_source(name, spec[name])


def validate_inline(causes: Causes, path: str, spec: Obj) -> None:
    if spec.get("claimRef") is not None:
        causes.append(forbidden(f"{path}.claimRef", _NOT_INLINE))
    if spec.get("capacity"):
        causes.append(forbidden(f"{path}.capacity", _NOT_INLINE))
    if spec.get("csi") is None:
        causes.append(required(f"{path}.csi", "has to be specified in the context of inline volumes"))
    modes = spec.get("accessModes") or ()
    if not modes:
        causes.append(required(f"{path}.accessModes"))
    validate_access_modes(causes, f"{path}.accessModes", modes)
    if spec.get("persistentVolumeReclaimPolicy") not in (None, "", "Retain"):
        causes.append(forbidden(f"{path}.persistentVolumeReclaimPolicy",
                                "may only be Retain in the context of inline volumes"))  # fmt: skip
    if spec.get("nodeAffinity") is not None:
        causes.append(forbidden(f"{path}.nodeAffinity", _NOT_INLINE))
    validate_volume_source(causes, path, spec, "")
    if spec.get("storageClassName"):
        causes.append(forbidden(f"{path}.storageClassName", _NOT_INLINE))
    if spec.get("volumeMode") not in (None, "Filesystem"):
        causes.append(forbidden(f"{path}.volumeMode",
                                "may not specify volumeMode other than Filesystem in the context of inline volumes"))
    validate_attributes_class(causes, path, spec)
