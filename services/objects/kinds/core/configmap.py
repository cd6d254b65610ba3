"""ConfigMaps: settings for pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.validation.field import Causes, add_invalid, invalid, too_long
from services.objects.kinds.validation.frozen import MAX_SIZE, decoded_size, validate_frozen
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_WHOLE = "[]"  # how Kubernetes spells the path of an object as a whole


def validate_configmap(configmap: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, configmap, names.is_dns1123_subdomain)
    data, binary = configmap.get("data") or {}, configmap.get("binaryData") or {}
    size = 0
    for key, value in data.items():
        add_invalid(causes, f"data[{key}]", key, names.is_config_key(key))
        if key in binary:
            causes.append(invalid(f"data[{key}]", key, "duplicate of key present in binaryData"))
        size += len(value.encode("utf-8", "replace"))
    for key, value in binary.items():
        add_invalid(causes, f"binaryData[{key}]", key, names.is_config_key(key))
        size += decoded_size(value)
    if size > MAX_SIZE:
        causes.append(too_long(_WHOLE, MAX_SIZE))
    return causes


def validate_configmap_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    validate_frozen(causes, new, old, ("data", "binaryData"))
    return causes


def _row(configmap: Obj, now: datetime) -> list[Any]:
    count = len(configmap.get("data") or ()) + len(configmap.get("binaryData") or ())
    return [configmap["metadata"].get("name", ""), count, cells.age(configmap, now)]


PRINTER = Printer((NAME, Column("Data", description="The number of entries."), cells.AGE), _row)
CONFIGMAP = Kind(
    group="", version="v1", kind="ConfigMap", plural="configmaps", singular="configmap", short_names=("cm",),
    namespaced=True, definition="io.k8s.api.core.v1.ConfigMap", printer=PRINTER,
    validate=validate_configmap, validate_update=validate_configmap_update,
)  # fmt: skip
