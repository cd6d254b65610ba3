"""StorageClasses: how volumes are made for those who ask for this class."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.storage.parameters import DEPRECATED_LABELS, validate_parameters, validate_provisioner
from services.objects.kinds.validation.field import (
    Causes,
    duplicate,
    forbidden,
    immutable,
    required,
    unsupported,
)
from services.objects.kinds.validation.labels import validate_label_name
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj, annotations_of
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

DEFAULT_ANNOTATIONS = (
    "storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class",
)  # fmt: skip
_RECLAIM_POLICIES = ("Delete", "Retain")
_BINDING_MODES = ("Immediate", "WaitForFirstConsumer")


def default_storageclass(storageclass: Obj) -> None:
    storageclass.setdefault("reclaimPolicy", "Delete")
    storageclass.setdefault("volumeBindingMode", "Immediate")


def validate_storageclass(storageclass: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, storageclass, names.is_dns1123_subdomain, namespaced=False)
    validate_provisioner(causes, "provisioner", storageclass.get("provisioner") or "")
    validate_parameters(causes, storageclass.get("parameters") or {})
    policy, mode = storageclass.get("reclaimPolicy"), storageclass.get("volumeBindingMode")
    if policy and policy not in _RECLAIM_POLICIES:
        causes.append(unsupported("reclaimPolicy", policy, _RECLAIM_POLICIES))
    if mode is None:
        causes.append(required("volumeBindingMode"))
    elif mode not in _BINDING_MODES:
        causes.append(unsupported("volumeBindingMode", mode, _BINDING_MODES))
    _validate_topologies(causes, "allowedTopologies", storageclass.get("allowedTopologies") or ())
    return causes


def _validate_topologies(causes: Causes, path: str, terms: Sequence[Obj]) -> None:
    """No term may be said twice; one without expressions counts as said before, as it does in Kubernetes."""
    seen: list[dict[str, frozenset[str]]] = [{}]
    for index, term in enumerate(terms):
        where = f"{path}[{index}].matchLabelExpressions"
        allowed: dict[str, frozenset[str]] = {}
        for place, expression in enumerate(term.get("matchLabelExpressions") or ()):
            key, values = expression.get("key") or "", expression.get("values") or ()
            _validate_expression(causes, f"{where}[{place}]", key, values)
            if key in allowed:
                causes.append(duplicate(f"{where}[{place}].key", key))
            allowed[key] = frozenset(values)
        if allowed in seen:
            causes.append(duplicate(where, ""))
        seen.append(allowed)


def _validate_expression(causes: Causes, path: str, key: str, values: Sequence[str]) -> None:
    if not values:
        causes.append(required(f"{path}.values"))
    for index, value in enumerate(values):
        if value in values[:index]:
            causes.append(duplicate(f"{path}.values[{index}]", value))
    validate_label_name(causes, f"{path}.key", key)


def validate_storageclass_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    if (new.get("parameters") or {}) != (old.get("parameters") or {}):
        causes.append(forbidden("parameters", "updates to parameters are forbidden."))
    for name in ("provisioner", "reclaimPolicy"):
        if new.get(name) != old.get(name):
            causes.append(forbidden(name, f"updates to {name} are forbidden."))
    immutable(causes, "volumeBindingMode", new.get("volumeBindingMode"), old.get("volumeBindingMode"))
    return causes


def storageclass_warnings(storageclass: Obj) -> list[str]:
    return [
        f"allowedTopologies[{index}].matchLabelExpressions[{place}].key: {DEPRECATED_LABELS[expression['key']]}"
        for index, term in enumerate(storageclass.get("allowedTopologies") or ())
        for place, expression in enumerate(term.get("matchLabelExpressions") or ())
        if expression.get("key") in DEPRECATED_LABELS
    ]


def _row(storageclass: Obj, now: datetime) -> list[Any]:
    name, annotations = storageclass["metadata"].get("name", ""), annotations_of(storageclass)
    if any(annotations.get(annotation) == "true" for annotation in DEFAULT_ANNOTATIONS):
        name += " (default)"
    return [
        name, storageclass.get("provisioner") or "", storageclass.get("reclaimPolicy") or "Delete",
        storageclass.get("volumeBindingMode") or "Immediate", bool(storageclass.get("allowVolumeExpansion")),
        cells.age(storageclass, now),
    ]  # fmt: skip


PRINTER = Printer(
    (
        NAME,
        Column("Provisioner", description="Who makes the volumes."),
        Column("ReclaimPolicy", description="What becomes of a volume that is given back."),
        Column("VolumeBindingMode", description="When a volume is made and bound."),
        Column("AllowVolumeExpansion", description="Whether a volume may be made larger."),
        cells.AGE,
    ),
    _row,
)
STORAGECLASS = Kind(
    group="storage.k8s.io", version="v1", kind="StorageClass", plural="storageclasses", singular="storageclass",
    short_names=("sc",), namespaced=False, definition="io.k8s.api.storage.v1.StorageClass", printer=PRINTER,
    default=default_storageclass,
    validate=validate_storageclass, validate_update=validate_storageclass_update,
    warnings=storageclass_warnings,
)  # fmt: skip
