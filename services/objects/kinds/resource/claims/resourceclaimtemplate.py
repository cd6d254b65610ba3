"""ResourceClaimTemplates: what claims that are made for each pod look like."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.resource.claims.requests import default_claim, validate_claim
from services.objects.kinds.validation.field import Causes, immutable
from services.objects.kinds.validation.labels import validate_labels
from services.objects.kinds.validation.meta import validate_annotations, validate_meta, validate_meta_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Printer


def default_resourceclaimtemplate(template: Obj) -> None:
    default_claim(template.setdefault("spec", {}).setdefault("spec", {}))


def validate_resourceclaimtemplate(template: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, template, names.is_dns1123_subdomain)
    return causes


def validate_resourceclaimtemplate_create(template: Obj) -> Causes:
    """Later the spec cannot change, and is not looked at again."""
    causes: Causes = []
    spec = template.get("spec") or {}
    metadata = spec.get("metadata") or {}
    validate_annotations(causes, "spec.metadata.annotations", metadata.get("annotations") or {})
    validate_labels(causes, "spec.metadata.labels", metadata.get("labels") or {})
    validate_claim(causes, "spec.spec", spec.get("spec") or {})
    return causes


def validate_resourceclaimtemplate_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    immutable(causes, "spec", new.get("spec"), old.get("spec"))
    return causes


def _row(template: Obj, now: datetime) -> list[Any]:
    return [template["metadata"].get("name", ""), cells.age(template, now)]


RESOURCECLAIMTEMPLATE = Kind(
    group="resource.k8s.io", version="v1", kind="ResourceClaimTemplate", plural="resourceclaimtemplates",
    singular="resourceclaimtemplate", namespaced=True, definition="io.k8s.api.resource.v1.ResourceClaimTemplate",
    printer=Printer((NAME, cells.AGE), _row),
    default=default_resourceclaimtemplate,
    validate=validate_resourceclaimtemplate, validate_create=validate_resourceclaimtemplate_create,
    validate_update=validate_resourceclaimtemplate_update,
    warnings=lambda obj: pending_kind("resourceclaimtemplates"),
)  # fmt: skip
