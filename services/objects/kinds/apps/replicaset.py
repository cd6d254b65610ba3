"""ReplicaSets: a number of equal pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds import fields, preparation
from services.objects.kinds.apps.replicas import REPLICAS, counts
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.defaults import default_template
from services.objects.kinds.pods.template import (
    selector_cell,
    template_cells,
    validate_selected_template,
    validate_selected_update,
)
from services.objects.kinds.pods.warnings import template_warnings
from services.objects.kinds.subresources import SCALE, status_of
from services.objects.kinds.validation.field import Causes, not_negative
from services.objects.kinds.validation.meta import validate_meta
from services.objects.kinds.validation.replicas import validate_replicas_status
from services.objects.meta import Obj
from services.objects.printing.printer import Printer


def default_replicaset(replicaset: Obj) -> None:
    spec = replicaset.setdefault("spec", {})
    default_template(spec.setdefault("template", {}))
    if spec.get("replicas") is None:
        spec["replicas"] = 1


def validate_replicaset(replicaset: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, replicaset, names.is_dns1123_subdomain)
    spec = replicaset.get("spec") or {}
    not_negative(causes, "spec.replicas", spec.get("replicas"))
    not_negative(causes, "spec.minReadySeconds", spec.get("minReadySeconds"))
    validate_selected_template(causes, spec)
    return causes


def _row(replicaset: Obj, now: datetime) -> list[Any]:
    spec = replicaset.get("spec") or {}
    return counts(replicaset, now) + template_cells(spec, selector_cell(spec))


PRINTER = Printer(REPLICAS, _row)
REPLICASET = Kind(
    group="apps", version="v1", kind="ReplicaSet", plural="replicasets", singular="replicaset", short_names=("rs",),
    categories=("all",), namespaced=True, definition="io.k8s.api.apps.v1.ReplicaSet", printer=PRINTER,
    subresources=(status_of("ReplicaSet", "apps"), SCALE), has_generation=True,
    fields={"status.replicas": fields.number("status.replicas")},
    default=default_replicaset, prepare=preparation.prepare_replicas,
    validate=validate_replicaset, validate_update=validate_selected_update,
    validate_status=validate_replicas_status,
    warnings=template_warnings,
)  # fmt: skip
