"""ReplicationControllers: a number of equal pods, in the old form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names, selectors
from services.objects.kinds import fields, preparation
from services.objects.kinds.apps.replicas import REPLICAS, counts
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.defaults import default_template
from services.objects.kinds.pods.template import mismatch, template_cells, validate_lasting_template
from services.objects.kinds.pods.warnings import template_warnings
from services.objects.kinds.subresources import SCALE, status_of
from services.objects.kinds.validation.field import Causes, not_negative, required
from services.objects.kinds.validation.meta import validate_meta, validate_update
from services.objects.kinds.validation.replicas import validate_replicas_status
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.printer import Printer


def default_replication_controller(controller: Obj) -> None:
    spec = controller.setdefault("spec", {})
    if spec.get("template") is not None:
        default_template(spec["template"])
        labels = spec["template"]["metadata"].get("labels")
        if labels and not spec.get("selector"):
            spec["selector"] = dict(labels)
        metadata = controller.setdefault("metadata", {})
        if labels and not metadata.get("labels"):
            metadata["labels"] = dict(labels)
    if spec.get("replicas") is None:
        spec["replicas"] = 1


def validate_replication_controller(controller: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, controller, names.is_dns1123_subdomain)
    spec = controller.get("spec") or {}
    not_negative(causes, "spec.minReadySeconds", spec.get("minReadySeconds"))
    selector, template = spec.get("selector"), spec.get("template")
    if not selector:
        causes.append(required("spec.selector"))
    not_negative(causes, "spec.replicas", spec.get("replicas"))
    if template is None:
        causes.append(required("spec.template"))
        return causes
    labels = (template.get("metadata") or {}).get("labels") or {}
    if selector and not selectors.from_labels(selector).matches(labels):
        causes.append(mismatch(labels))
    validate_lasting_template(causes, "spec.template", template, "ReplicationController")
    return causes


def _row(controller: Obj, now: datetime) -> list[Any]:
    spec = controller.get("spec") or {}
    return counts(controller, now) + template_cells(spec, cells.labels(spec.get("selector")))


PRINTER = Printer(REPLICAS, _row)
REPLICATIONCONTROLLER = Kind(
    group="", version="v1", kind="ReplicationController", plural="replicationcontrollers",
    singular="replicationcontroller", short_names=("rc",), categories=("all",), namespaced=True,
    definition="io.k8s.api.core.v1.ReplicationController", printer=PRINTER,
    subresources=(status_of("ReplicationController"), SCALE), has_generation=True, orphans=True,
    fields={"status.replicas": fields.number("status.replicas")},
    default=default_replication_controller, prepare=preparation.prepare_replicas,
    validate=validate_replication_controller, validate_update=validate_update,
    validate_status=validate_replicas_status,
    warnings=template_warnings,
)  # fmt: skip
