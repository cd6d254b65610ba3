"""CSIStorageCapacities: how much a driver has left, of one class in one part of the cluster."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names, quantity
from services.objects.kinds.kind import Kind
from services.objects.kinds.storage.parameters import DEPRECATED_LABELS
from services.objects.kinds.validation.field import NOT_NEGATIVE, Causes, add_invalid, immutable, invalid
from services.objects.kinds.validation.labels import validate_selector
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer


def validate_csistoragecapacity(capacity: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, capacity, names.is_dns1123_subdomain)
    if capacity.get("nodeTopology") is not None:
        validate_selector(causes, "nodeTopology", capacity["nodeTopology"])
    name, amount = capacity.get("storageClassName") or "", capacity.get("capacity")
    add_invalid(causes, "storageClassName", name, names.is_dns1123_subdomain(name))
    if amount is not None and quantity.nano(amount) < 0:
        causes.append(invalid("capacity", str(quantity.parse(amount)), NOT_NEGATIVE))
    return causes


def validate_csistoragecapacity_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    for name in ("nodeTopology", "storageClassName"):
        immutable(causes, name, new.get(name), old.get(name))
    return causes


def csistoragecapacity_warnings(capacity: Obj) -> list[str]:
    topology = capacity.get("nodeTopology") or {}
    found = [
        f"nodeTopology.matchExpressions[{index}].key: {expression['key']} is {DEPRECATED_LABELS[expression['key']]}"
        for index, expression in enumerate(topology.get("matchExpressions") or ())
        if expression.get("key") in DEPRECATED_LABELS
    ]
    return found + [
        f"nodeTopology.matchLabels.{label}: {DEPRECATED_LABELS[label]}"
        for label in topology.get("matchLabels") or () if label in DEPRECATED_LABELS
    ]  # fmt: skip


def _row(capacity: Obj, now: datetime) -> list[Any]:
    amount = capacity.get("capacity")
    shown = "<unset>" if amount is None else str(quantity.parse(amount))
    return [capacity["metadata"].get("name", ""), capacity.get("storageClassName") or "", shown]


PRINTER = Printer(
    (
        NAME,
        Column("StorageClassName", description="The class that it is about."),
        Column("Capacity", description="How much is left."),
    ),
    _row,
)
CSISTORAGECAPACITY = Kind(
    group="storage.k8s.io", version="v1", kind="CSIStorageCapacity", plural="csistoragecapacities",
    singular="csistoragecapacity", namespaced=True, definition="io.k8s.api.storage.v1.CSIStorageCapacity",
    printer=PRINTER, unconditional_update=False,
    validate=validate_csistoragecapacity, validate_update=validate_csistoragecapacity_update,
    warnings=csistoragecapacity_warnings,
)  # fmt: skip
