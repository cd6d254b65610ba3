"""VolumeAttachments: the wish that a driver attach a volume to a node, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.core.volumes.inline import default_inline, validate_inline
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import scheduled_kind
from services.objects.kinds.storage.parameters import size_of, validate_driver_name
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    between,
    forbidden,
    immutable,
    invalid,
    required,
    too_long,
)
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_LARGEST_METADATA = 256 * 1024
_LONGEST_MESSAGE = 1024
_ONE_SOURCE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"


def default_volumeattachment(attachment: Obj) -> None:
    source = attachment.setdefault("spec", {}).setdefault("source", {})
    if source.get("inlineVolumeSpec") is not None:
        default_inline(source["inlineVolumeSpec"])


def prepare_volumeattachment(attachment: Obj) -> None:
    attachment["status"] = {"attached": False}


def validate_volumeattachment(attachment: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, attachment, names.is_dns1123_subdomain, namespaced=False)
    spec = attachment.get("spec") or {}
    if not spec.get("attacher"):
        causes.append(required("spec.attacher"))
    _validate_source(causes, "spec.source", spec.get("source") or {})
    node = spec.get("nodeName") or ""
    add_invalid(causes, "spec.nodeName", node, names.is_dns1123_subdomain(node))
    _validate_status(causes, "status", attachment.get("status") or {})
    return causes


def _validate_source(causes: Causes, path: str, source: Obj) -> None:
    inline, name = source.get("inlineVolumeSpec"), source.get("persistentVolumeName")
    if inline is None and name is None:
        causes.append(required(path, _ONE_SOURCE))
    elif inline is not None and name is not None:
        causes.append(forbidden(path, _ONE_SOURCE))
    elif name == "":
        causes.append(required(f"{path}.persistentVolumeName", "must specify non empty persistentVolumeName"))
    elif inline is not None:
        validate_inline(causes, f"{path}.inlineVolumeSpec", inline)


def _validate_status(causes: Causes, path: str, status: Obj) -> None:
    if size_of(status.get("attachmentMetadata") or {}) > _LARGEST_METADATA:
        causes.append(too_long(f"{path}.attachmentMetadata", _LARGEST_METADATA))
    for name in ("attachError", "detachError"):
        error = status.get(name) or {}
        if len((error.get("message") or "").encode("utf-8", "replace")) > _LONGEST_MESSAGE:
            causes.append(too_long(f"{path}.{name}.message", _LARGEST_METADATA))  # the wrong number is Kubernetes' own
        code = error.get("errorCode")
        if code is not None and code < 0:
            causes.append(invalid(f"{path}.{name}.errorCode", code, between(0, 2**31 - 1)))


def validate_volumeattachment_create(attachment: Obj) -> Causes:
    causes: Causes = []
    spec = attachment.get("spec") or {}
    validate_driver_name(causes, "spec.attacher", spec.get("attacher") or "")
    name = (spec.get("source") or {}).get("persistentVolumeName")
    if name is not None:
        add_invalid(causes, "spec.source.persistentVolumeName", name, names.is_dns1123_subdomain(name))
    return causes


def validate_volumeattachment_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    immutable(causes, "spec", new.get("spec"), old.get("spec"))
    return causes


def validate_volumeattachment_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    _validate_status(causes, "status", new.get("status") or {})
    return causes


def _row(attachment: Obj, now: datetime) -> list[Any]:
    spec, status = attachment.get("spec") or {}, attachment.get("status") or {}
    return [
        attachment["metadata"].get("name", ""), spec.get("attacher") or "",
        (spec.get("source") or {}).get("persistentVolumeName") or "", spec.get("nodeName") or "",
        bool(status.get("attached")), cells.age(attachment, now),
    ]  # fmt: skip


PRINTER = Printer(
    (
        NAME,
        Column("Attacher", format="name", description="The driver that is to attach the volume."),
        Column("PV", description="The volume."),
        Column("Node", description="The node."),
        Column("Attached", "boolean", description="Whether it is attached."),
        cells.AGE,
    ),
    _row,
)
VOLUMEATTACHMENT = Kind(
    group="storage.k8s.io", version="v1", kind="VolumeAttachment", plural="volumeattachments",
    singular="volumeattachment", namespaced=False, definition="io.k8s.api.storage.v1.VolumeAttachment",
    printer=PRINTER, subresources=(status_of("VolumeAttachment", "storage.k8s.io"),), unconditional_update=False,
    default=default_volumeattachment, prepare=prepare_volumeattachment,
    validate=validate_volumeattachment, validate_create=validate_volumeattachment_create,
    validate_update=validate_volumeattachment_update, validate_status=validate_volumeattachment_status,
    status_metadata=(),
    warnings=lambda obj: scheduled_kind("volumeattachments"),
)  # fmt: skip
