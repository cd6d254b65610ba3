"""PersistentVolumeClaims: storage that a pod asks for, and gets by a volume being bound to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.equality import same
from services.objects.kinds.amounts import default_amounts
from services.objects.kinds.core.volumes.columns import access_modes, storage_class, volume_mode
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import scheduled_kind
from services.objects.kinds.pods.volumes.claims import claim_warnings, default_claim_spec, validate_claim_spec
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.amounts import is_native, nano, validate_amount, validate_basic
from services.objects.kinds.validation.difference import difference
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    forbidden,
    immutable,
    invalid,
    required,
    unsupported,
)
from services.objects.kinds.validation.labels import qualified_name_errors
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj, annotations_of
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
_RESIZE_STATUSES = ("ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress",
                    "NodeResizeInfeasible", "NodeResizePending")  # fmt: skip
_OLD_SOURCES = (("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot"))
_SOURCE_FIELDS = ("apiGroup", "kind", "name")


def default_persistentvolumeclaim(claim: Obj) -> None:
    spec = claim.setdefault("spec", {})
    default_claim_spec(spec)
    resources = spec.get("resources") or {}
    for side in ("limits", "requests"):
        if side in resources:
            default_amounts(resources[side])
    status = claim.setdefault("status", {})
    if not status.get("phase"):
        status["phase"] = "Pending"


def prepare_persistentvolumeclaim(claim: Obj) -> None:
    claim["status"] = {"phase": "Pending"}
    spec = claim.setdefault("spec", {})
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source is not None and (source.get("apiGroup") or "", source.get("kind")) not in _OLD_SOURCES:
        del spec["dataSource"]  # never filled a volume, and was left out without a word
        source = None
    _sync_sources(spec, source, reference)


def sync_sources(new: Obj, old: Obj) -> None:
    """dataSource and dataSourceRef say the same, whichever the user knows of."""
    spec = dict(new.get("spec") or {})
    _sync_sources(spec, spec.get("dataSource"), spec.get("dataSourceRef"))
    new["spec"] = spec


def _sync_sources(spec: Obj, source: Obj | None, reference: Obj | None) -> None:
    if source is not None and reference is None:
        spec["dataSourceRef"] = {field: source[field] for field in _SOURCE_FIELDS if field in source}
    elif reference is not None and source is None and not reference.get("namespace"):
        spec["dataSource"] = {field: reference[field] for field in _SOURCE_FIELDS if field in reference}


def validate_persistentvolumeclaim(claim: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, claim, names.is_dns1123_subdomain)
    validate_claim_spec(causes, "spec", claim.get("spec") or {})
    return causes


def validate_persistentvolumeclaim_update(new: Obj, old: Obj) -> Causes:
    """A claim says for good what it wants, but for its size and its attributes once it is bound."""
    causes: Causes = []
    validate_meta_update(causes, new, old)
    wanted, had = dict(new["spec"]), dict(old["spec"])
    if not had.get("volumeName") and wanted.get("volumeName"):
        had["volumeName"] = wanted["volumeName"]
    _allow_class(causes, new, old, wanted, had)
    if (new.get("status") or {}).get("phase") == "Bound":
        _allow_growth(wanted, had)
    if not same(wanted, had):
        causes.append(forbidden("spec", "spec is immutable after creation except resources.requests and "
                                f"volumeAttributesClassName for bound claims\n{difference(wanted, had, 'spec')}"))
    size = nano(_size(old))
    if nano(_size(new)) < size:
        granted = ((old.get("status") or {}).get("capacity") or {}).get("storage", "0")
        if nano(_size(new)) <= nano(granted):
            causes.append(forbidden("spec.resources.requests.storage", "field can not be less than status.capacity"))
    immutable(causes, "volumeMode", new["spec"].get("volumeMode"), old["spec"].get("volumeMode"))
    if old["spec"].get("volumeAttributesClassName") is not None:
        name = new["spec"].get("volumeAttributesClassName")
        if not name and name != old["spec"]["volumeAttributesClassName"]:
            what = "nil" if name is None else "an empty string"
            causes.append(forbidden("spec.volumeAttributesClassName",
                                    f"update from non-nil value to {what} is forbidden"))
    return causes


def _size(claim: Obj) -> str:
    return str(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0"))


def _allow_class(causes: Causes, new: Obj, old: Obj, wanted: Obj, had: Obj) -> None:
    """A class may move from the annotation of old into its field, or be told for the first time."""
    after, before = annotations_of(new), annotations_of(old)
    name = wanted.get("storageClassName")
    if had.get("storageClassName") is not None or name is None:
        fits = False
    else:
        fits = _BETA_CLASS not in before or name == before[_BETA_CLASS]
    if fits:
        wanted.pop("storageClassName")
    moved = fits and _BETA_CLASS in before and after.get(_BETA_CLASS, before[_BETA_CLASS]) == before[_BETA_CLASS]
    if not moved and after.get(_BETA_CLASS, "") != before.get(_BETA_CLASS, ""):
        causes.append(invalid(f"metadata.annotations.{_BETA_CLASS}", after.get(_BETA_CLASS, ""), "field is immutable"))


def _allow_growth(wanted: Obj, had: Obj) -> None:
    requests = (wanted.get("resources") or {}).get("requests")
    if requests is not None:
        before = ((had.get("resources") or {}).get("requests") or {}).get("storage")
        requests = {name: amount for name, amount in requests.items() if name != "storage"}
        if before is not None:
            requests["storage"] = before
        wanted["resources"] = {**wanted["resources"], "requests": requests}
    if wanted.get("volumeAttributesClassName") is not None:
        wanted.pop("volumeAttributesClassName")
        if had.get("volumeAttributesClassName") is not None:
            wanted["volumeAttributesClassName"] = had["volumeAttributesClassName"]


def validate_persistentvolumeclaim_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    status = new.get("status") or {}
    if not (new.get("spec") or {}).get("accessModes"):
        causes.append(required("Spec.accessModes"))
    for name, amount in (status.get("capacity") or {}).items():
        validate_basic(causes, f"status.capacity[{name}]", amount)
    for name, state in (status.get("allocatedResourceStatuses") or {}).items():
        _validate_resource(causes, "status.allocatedResourceStatus", name)
        if state not in _RESIZE_STATUSES:
            causes.append(unsupported("status.allocatedResourceStatus", name, _RESIZE_STATUSES))
    for name, amount in (status.get("allocatedResources") or {}).items():
        before = len(causes)
        _validate_resource(causes, "status.allocatedResources", name)
        if len(causes) == before:
            validate_basic(causes, f"status.allocatedResources[{name}]", amount)
        if len(causes) == before:
            validate_amount(causes, f"status.allocatedResources[{name}]", "storage", amount)
    return causes


def _validate_resource(causes: Causes, path: str, name: str) -> None:
    errors = qualified_name_errors(name)
    add_invalid(causes, path, name, errors)
    if not errors and is_native(name) and name != "storage":
        causes.append(unsupported(path, name, ("storage",)))


def persistentvolumeclaim_warnings(claim: Obj) -> list[str]:
    found = scheduled_kind("persistentvolumeclaims")
    if _BETA_CLASS in ((claim.get("metadata") or {}).get("annotations") or {}):
        found.append(f'metadata.annotations[{_BETA_CLASS}]: deprecated since v1.8; use "storageClassName" attribute '
                     "instead")  # fmt: skip
    return found + claim_warnings("spec", claim.get("spec") or {})


def _row(claim: Obj, now: datetime) -> list[Any]:
    spec, status, metadata = claim.get("spec") or {}, claim.get("status") or {}, claim["metadata"]
    phase = "Terminating" if metadata.get("deletionTimestamp") else status.get("phase", "")
    bound = bool(spec.get("volumeName"))
    return [
        metadata.get("name", ""), phase, spec.get("volumeName", ""),
        (status.get("capacity") or {}).get("storage", "0") if bound else "",
        access_modes(status.get("accessModes")) if bound else "", storage_class(claim),
        spec.get("volumeAttributesClassName") or "<unset>", cells.age(claim, now), volume_mode(spec),
    ]  # fmt: skip


PRINTER = Printer(
    (
        NAME,
        Column("Status", description="Whether it has a volume."),
        Column("Volume", description="The volume that it has."),
        Column("Capacity", description="How much fits."),
        Column("Access Modes", description="How it can be mounted."),
        Column("StorageClass", description="The class that it asks for."),
        Column("VolumeAttributesClass", description="The class that its attributes are to be of."),
        cells.AGE,
        Column("VolumeMode", priority=1, description="A filesystem or a raw device."),
    ),
    _row,
)

PERSISTENTVOLUMECLAIM = Kind(
    group="", version="v1", kind="PersistentVolumeClaim", plural="persistentvolumeclaims",
    singular="persistentvolumeclaim", short_names=("pvc",), namespaced=True,
    definition="io.k8s.api.core.v1.PersistentVolumeClaim", printer=PRINTER,
    subresources=(status_of("PersistentVolumeClaim"),),
    default=default_persistentvolumeclaim, prepare=prepare_persistentvolumeclaim, prepare_update=sync_sources,
    validate=validate_persistentvolumeclaim, validate_update=validate_persistentvolumeclaim_update,
    validate_status=validate_persistentvolumeclaim_status,
    warnings=persistentvolumeclaim_warnings,
)  # fmt: skip
