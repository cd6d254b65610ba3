"""VolumeAttributesClasses: settings of volumes that a driver can change while they are in use."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.storage.parameters import validate_parameters, validate_provisioner
from services.objects.kinds.validation.field import Causes, forbidden, required
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj, annotations_of
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

DEFAULT_ANNOTATION = "volumeattributesclass.alpha.kubernetes.io/is-default-class"


def validate_volumeattributesclass(attributes: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, attributes, names.is_dns1123_subdomain, namespaced=False)
    validate_provisioner(causes, "driverName", attributes.get("driverName") or "")
    parameters = attributes.get("parameters") or {}
    validate_parameters(causes, parameters)
    if not parameters:
        causes.append(required("parameters", "must contain at least one key/value pair"))
    return causes


def validate_volumeattributesclass_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    for name in ("driverName", "parameters"):
        if new.get(name) != old.get(name):
            causes.append(forbidden(name, f"updates to {name} are forbidden."))
    return causes


def _row(attributes: Obj, now: datetime) -> list[Any]:
    name = attributes["metadata"].get("name", "")
    if annotations_of(attributes).get(DEFAULT_ANNOTATION) == "true":
        name += " (default)"
    return [name, attributes.get("driverName") or "", cells.age(attributes, now)]


PRINTER = Printer((NAME, Column("DriverName", description="The driver that can change the volumes."), cells.AGE), _row)
VOLUMEATTRIBUTESCLASS = Kind(
    group="storage.k8s.io", version="v1", kind="VolumeAttributesClass", plural="volumeattributesclasses",
    singular="volumeattributesclass", short_names=("vac",), namespaced=False,
    definition="io.k8s.api.storage.v1.VolumeAttributesClass", printer=PRINTER,
    validate=validate_volumeattributesclass, validate_update=validate_volumeattributesclass_update,
)  # fmt: skip
