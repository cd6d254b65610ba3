"""PodTemplates: a pod to be, kept for whoever wants to make it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.defaults import default_template
from services.objects.kinds.pods.validation import validate_template
from services.objects.kinds.pods.warnings import warnings_of_template
from services.objects.kinds.validation.field import Causes
from services.objects.kinds.validation.meta import validate_meta, validate_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer


def default_podtemplate(podtemplate: Obj) -> None:
    default_template(podtemplate.setdefault("template", {}))


def validate_podtemplate(podtemplate: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, podtemplate, names.is_dns1123_subdomain)
    validate_template(causes, "template", podtemplate.get("template") or {})
    return causes


def _row(podtemplate: Obj, now: datetime) -> list[Any]:
    template = podtemplate.get("template") or {}
    containers = (template.get("spec") or {}).get("containers") or ()
    return [
        podtemplate["metadata"].get("name", ""), cells.joined(containers, "name"), cells.joined(containers, "image"),
        cells.labels((template.get("metadata") or {}).get("labels")),
    ]  # fmt: skip


PRINTER = Printer(
    (
        NAME,
        Column("Containers", description="Names of the template's containers."),
        Column("Images", description="Images of the template's containers."),
        Column("Pod Labels", description="Labels of the pods to be."),
    ),
    _row,
)

PODTEMPLATE = Kind(
    group="", version="v1", kind="PodTemplate", plural="podtemplates", singular="podtemplate",
    namespaced=True, definition="io.k8s.api.core.v1.PodTemplate", printer=PRINTER, has_generation=True,
    default=default_podtemplate,
    validate=validate_podtemplate, validate_update=validate_update,
    warnings=lambda podtemplate: warnings_of_template("template", podtemplate.get("template") or {}),
)  # fmt: skip
