"""CustomResourceDefinitions: kinds that users add."""

from __future__ import annotations

from datetime import datetime

from services.objects.kinds.apiextensions import definition, naming
from services.objects.kinds.kind import Kind, Subresource
from services.objects.meta import Obj
from services.objects.printing.generic import NAME_AND_AGE

CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
_GROUP = "apiextensions.k8s.io"
_DEFINITION = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition"


def default(crd: Obj) -> None:
    spec = crd.setdefault("spec", {})
    names = spec.setdefault("names", {})
    kind = names.get("kind") or ""
    if kind:
        if not names.get("singular"):
            names["singular"] = kind.lower()
        if not names.get("listKind"):
            names["listKind"] = f"{kind}List"
    conversion = spec.setdefault("conversion", {"strategy": "None"})
    service = ((conversion.get("webhook") or {}).get("clientConfig") or {}).get("service")
    if service is not None:
        service.setdefault("port", 443)


def prepare(crd: Obj) -> None:
    crd["status"] = {"acceptedNames": {"kind": "", "plural": ""}, "storedVersions": []}
    remember_storage_version(crd)


def remember_storage_version(crd: Obj) -> None:
    """In place: objects may from now on be stored in the version that the specification says."""
    status = crd.setdefault("status", {})
    stored = status.get("storedVersions") or []
    new = [version["name"] for version in crd["spec"].get("versions") or ()
           if version.get("storage") and version.get("name") and version["name"] not in stored]  # fmt: skip
    if new:
        crd["status"] = {**status, "storedVersions": [*stored, *new]}


def prepare_update(new: Obj, old: Obj) -> None:
    remember_storage_version(new)


def begin_deletion(crd: Obj, now: datetime) -> None:
    """Its objects go before it does."""
    finalizers = crd["metadata"].get("finalizers") or []
    if CLEANUP not in finalizers:
        crd["metadata"]["finalizers"] = [*finalizers, CLEANUP]
    crd["status"] = naming.with_condition(
        crd, naming.TERMINATING, "True", "InstanceDeletionPending",
        "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon", now,
    )  # fmt: skip


def warnings(crd: Obj) -> list[str]:
    conversion = crd["spec"].get("conversion") or {}
    if conversion.get("strategy") != "Webhook" or len(crd["spec"].get("versions") or ()) < 2:
        return []
    return ["spec.conversion.strategy: conversion webhooks are not called by this server: only the storage version is "
            "served"]  # fmt: skip


CUSTOMRESOURCEDEFINITION = Kind(
    group=_GROUP, version="v1", kind="CustomResourceDefinition", plural="customresourcedefinitions",
    singular="customresourcedefinition", namespaced=False, definition=_DEFINITION, printer=NAME_AND_AGE,
    short_names=("crd", "crds"), categories=("api-extensions",),
    subresources=(Subresource("status", ("get", "patch", "update"), "CustomResourceDefinition", _GROUP, "v1",
                              _DEFINITION),),
    default=default, prepare=prepare, prepare_update=prepare_update,
    validate=definition.validate, validate_create=definition.validate_create,
    validate_update=definition.validate_update, validate_status=definition.validate_status, warnings=warnings,
    has_generation=True, unconditional_update=False, status_metadata=(), begin_deletion=begin_deletion,
)  # fmt: skip
