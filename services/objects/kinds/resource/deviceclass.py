"""DeviceClasses: what an administrator offers, as a selection of devices and how they are set up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.resource.configuration import validate_configurations
from services.objects.kinds.resource.selectors import validate_selectors
from services.objects.kinds.validation.amounts import is_extended
from services.objects.kinds.validation.field import Causes, invalid
from services.objects.kinds.validation.labels import qualified_name_errors
from services.objects.kinds.validation.meta import validate_meta, validate_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Printer


def default_deviceclass(deviceclass: Obj) -> None:
    deviceclass.setdefault("spec", {})


def validate_deviceclass(deviceclass: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, deviceclass, names.is_dns1123_subdomain, namespaced=False)
    spec = deviceclass.get("spec") or {}
    validate_selectors(causes, "spec.selectors", spec.get("selectors"))
    validate_configurations(causes, "spec.config", spec.get("config"))
    name = spec.get("extendedResourceName")
    if name is not None and (not is_extended(name) or qualified_name_errors(name)):
        causes.append(invalid("spec.extendedResourceName", name, "must be a valid extended resource name"))
    return causes


def _row(deviceclass: Obj, now: datetime) -> list[Any]:
    return [deviceclass["metadata"].get("name", ""), cells.age(deviceclass, now)]


DEVICECLASS = Kind(
    group="resource.k8s.io", version="v1", kind="DeviceClass", plural="deviceclasses", singular="deviceclass",
    namespaced=False, definition="io.k8s.api.resource.v1.DeviceClass", printer=Printer((NAME, cells.AGE), _row),
    has_generation=True,
    default=default_deviceclass,
    validate=validate_deviceclass, validate_update=validate_update,
)  # fmt: skip
