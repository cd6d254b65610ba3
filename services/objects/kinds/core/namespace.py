"""Namespaces: a room of names, which stays until it is empty."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds import fields
from services.objects.kinds.kind import Kind, Subresource
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.field import Causes, add_invalid, invalid
from services.objects.kinds.validation.labels import qualified_name_errors
from services.objects.kinds.validation.meta import (
    STANDARD_FINALIZERS,
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


def keep_finalizers(new: Obj, old: Obj) -> None:
    """They change through the finalize subresource alone."""
    spec = {name: value for name, value in (new.get("spec") or {}).items() if name != "finalizers"}
    finalizers = (old.get("spec") or {}).get("finalizers")
    new["spec"] = {**spec, "finalizers": finalizers} if finalizers else spec


def validate_namespace(namespace: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, namespace, names.is_dns1123_label, namespaced=False)
    for finalizer in (namespace.get("spec") or {}).get("finalizers") or ():
        _validate_finalizer(causes, "spec.finalizers", finalizer)
    return causes


def _validate_finalizer(causes: Causes, path: str, finalizer: str) -> None:
    errors = qualified_name_errors(finalizer)
    add_invalid(causes, path, finalizer, errors)
    if not errors and "/" not in finalizer and finalizer not in STANDARD_FINALIZERS:
        causes.append(invalid(path, finalizer, "name is neither a standard finalizer name nor is it fully qualified"))


def with_finalizers(new: Obj, old: Obj) -> Obj:
    """The old namespace with the finalizers of the new one."""
    return {**old, "metadata": dict(old["metadata"]), "spec": new.get("spec") or {}}


def validate_finalize(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    for index, finalizer in enumerate((new.get("spec") or {}).get("finalizers") or ()):
        _validate_finalizer(causes, f"spec.finalizers[{index}]", finalizer)
    return causes


def validate_namespace_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    phase = (new.get("status") or {}).get("phase") or ""
    if new["metadata"].get("deletionTimestamp"):
        if phase != "Terminating":
            causes.append(invalid("status.Phase", phase,
                                  "may only be 'Terminating' if `deletionTimestamp` is not empty"))  # fmt: skip
    elif phase != "Active":
        causes.append(invalid("status.Phase", phase, "may only be 'Active' if `deletionTimestamp` is empty"))
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
        Subresource("finalize", ("update",), "Namespace", definition="io.k8s.api.core.v1.Namespace",
                    take=with_finalizers, validate=validate_finalize),
    ),
    fields=fields.texts("status.phase"),
    default=default_namespace, prepare=prepare_namespace, prepare_update=keep_finalizers,
    validate=validate_namespace, validate_update=validate_update,
    validate_status=validate_namespace_status,
)  # fmt: skip
