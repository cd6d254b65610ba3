"""Deployments: pods of one template, replaced a few at a time when it changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.defaults import default_template
from services.objects.kinds.pods.template import (
    COLUMNS,
    selector_cell,
    template_cells,
    validate_selected_template,
    validate_selected_update,
)
from services.objects.kinds.pods.warnings import template_warnings
from services.objects.kinds.subresources import SCALE, status_of
from services.objects.kinds.validation.field import Causes, forbidden, invalid, not_negative, required, unsupported
from services.objects.kinds.validation.meta import validate_meta
from services.objects.kinds.validation.replicas import validate_replicas_status
from services.objects.kinds.validation.texts.shares import share_size, validate_bounded_share, validate_share
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_QUARTER = "25%"
_STRATEGIES = ("Recreate", "RollingUpdate")


def default_deployment(deployment: Obj) -> None:
    spec = deployment.setdefault("spec", {})
    default_template(spec.setdefault("template", {}))
    for name, value in (("replicas", 1), ("revisionHistoryLimit", 10), ("progressDeadlineSeconds", 600)):
        if spec.get(name) is None:
            spec[name] = value
    strategy = spec.setdefault("strategy", {})
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        for name in ("maxUnavailable", "maxSurge"):
            if rolling.get(name) is None:
                rolling[name] = _QUARTER


def prepare_deployment(deployment: Obj) -> None:
    deployment["status"] = {}


def validate_deployment(deployment: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, deployment, names.is_dns1123_subdomain)
    spec = deployment.get("spec") or {}
    not_negative(causes, "spec.replicas", spec.get("replicas"))
    validate_selected_template(causes, spec)
    _validate_strategy(causes, "spec.strategy", spec.get("strategy") or {})
    for name in ("minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"):
        not_negative(causes, f"spec.{name}", spec.get(name))
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and deadline <= spec.get("minReadySeconds", 0):
        causes.append(invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"))
    return causes


def _validate_strategy(causes: Causes, path: str, strategy: Obj) -> None:
    kind, rolling = strategy.get("type") or "", strategy.get("rollingUpdate")
    if kind == "Recreate":
        if rolling is not None:
            causes.append(forbidden(f"{path}.rollingUpdate",
                                    "may not be specified when strategy `type` is 'Recreate'"))  # fmt: skip
    elif kind != "RollingUpdate":
        causes.append(unsupported(path, strategy, _STRATEGIES))
    elif rolling is None:
        causes.append(required(f"{path}.rollingUpdate", "this should be defaulted and never be nil"))
    else:
        _validate_rolling(causes, f"{path}.rollingUpdate", rolling)


def _validate_rolling(causes: Causes, path: str, rolling: Obj) -> None:
    unavailable, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    validate_bounded_share(causes, f"{path}.maxUnavailable", unavailable)
    validate_share(causes, f"{path}.maxSurge", surge)
    if share_size(unavailable) == 0 and share_size(surge) == 0:
        causes.append(invalid(f"{path}.maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0"))


def _row(deployment: Obj, now: datetime) -> list[Any]:
    spec, status = deployment.get("spec") or {}, deployment.get("status") or {}
    return [
        deployment["metadata"].get("name", ""), f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}",
        status.get("updatedReplicas", 0), status.get("availableReplicas", 0), cells.age(deployment, now),
        *template_cells(spec, selector_cell(spec)),
    ]  # fmt: skip


PRINTER = Printer(
    (
        NAME,
        Column("Ready", description="Ready pods of all that there should be."),
        Column("Up-to-date", "integer", description="Pods of the newest template."),
        Column("Available", "integer", description="Pods that have been ready long enough."),
        cells.AGE,
        *COLUMNS,
    ),
    _row,
)
DEPLOYMENT = Kind(
    group="apps", version="v1", kind="Deployment", plural="deployments", singular="deployment",
    short_names=("deploy",), categories=("all",), namespaced=True, definition="io.k8s.api.apps.v1.Deployment",
    printer=PRINTER, subresources=(status_of("Deployment", "apps"), SCALE), has_generation=True,
    default=default_deployment, prepare=prepare_deployment,
    validate=validate_deployment, validate_update=validate_selected_update,
    validate_status=validate_replicas_status, status_metadata=("annotations",),
    warnings=template_warnings,
)  # fmt: skip
