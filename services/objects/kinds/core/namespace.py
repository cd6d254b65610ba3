"""Namespaces: a room of names, which stays until it is empty."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds import fields
from services.objects.kinds.kind import Kind, Subresource
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.field import Causes, invalid
from services.objects.kinds.validation.meta import (
    validate_finalizers,
    validate_meta,
    validate_meta_update,
    validate_update,
)
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

NAME_LABEL = "kubernetes.io/metadata.name"


def default_namespace(namespace: Obj) -> None:
    """Every namespace can be selected by its name."""
    metadata = namespace.setdefault("metadata", {})
    name = metadata.get("name")
    if name:
        metadata.setdefault("labels", {}).setdefault(NAME_LABEL, name)
    status = namespace.setdefault("status", {})
    if not status.get("phase"):
        status["phase"] = "Active"
    namespace.setdefault("spec", {})


def prepare_namespace(namespace: Obj) -> None:
    """The finalizer holds the namespace until it is empty."""
    finalizers = namespace.setdefault("spec", {}).get("finalizers", [])
    if "kubernetes" not in finalizers:
        namespace["spec"]["finalizers"] = [*finalizers, "kubernetes"]
    namespace["status"] = {"phase": "Active"}


def validate_namespace(namespace: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, namespace, names.is_dns1123_label, namespaced=False)
    validate_finalizers(causes, "spec.finalizers", (namespace.get("spec") or {}).get("finalizers") or ())
    return causes


def validate_namespace_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    phase = (new.get("status") or {}).get("phase") or ""
    if new["metadata"].get("deletionTimestamp"):
        if phase != "Terminating":
            causes.append(invalid("status.phase", phase, "may only be 'Terminating' if `deletionTimestamp` is not "
                                                         "empty"))  # fmt: skip
    elif phase != "Active":
        causes.append(invalid("status.phase", phase, "may only be 'Active' if `deletionTimestamp` is empty"))
    return causes


def _row(namespace: Obj, now: datetime) -> list[Any]:
    phase = (namespace.get("status") or {}).get("phase", "")
    return [namespace["metadata"].get("name", ""), phase, cells.age(namespace, now)]


PRINTER = Printer((NAME, Column("Status", description="Active or Terminating."), cells.AGE), _row)
NAMESPACE = Kind(
    group="", version="v1", kind="Namespace", plural="namespaces", singular="namespace", short_names=("ns",),
    namespaced=False, definition="io.k8s.api.core.v1.Namespace", printer=PRINTER,
    verbs=("create", "delete", "get", "list", "patch", "update", "watch"),
    subresources=(
        status_of("Namespace"),
        Subresource("finalize", ("update",), "Namespace", definition="io.k8s.api.core.v1.Namespace"),
    ),
    fields=fields.texts("status.phase"),
    default=default_namespace, prepare=prepare_namespace,
    validate=validate_namespace, validate_update=validate_update,
    validate_status=validate_namespace_status,
)  # fmt: skip
