"""HorizontalPodAutoscalers, in the version in which they are kept: autoscaling/v2."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.autoscaling.behavior import default_behavior, validate_behavior
from services.objects.kinds.autoscaling.metrics import SOURCES, validate_metrics
from services.objects.kinds.autoscaling.references import validate_grouped, validate_reference
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.field import Causes, invalid, not_negative, required
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update, validate_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

CPU_UTILIZATION = 80  # percent that pods should use of what they asked for, unless somebody says otherwise
_SHOWN_METRICS = 2


def cpu_metric(percent: int) -> Obj:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def default_autoscaler(autoscaler: Obj) -> None:
    spec = autoscaler.setdefault("spec", {})
    if spec.get("minReplicas") is None:
        spec["minReplicas"] = 1
    if not spec.get("metrics"):
        spec["metrics"] = [cpu_metric(CPU_UTILIZATION)]
    if spec.get("behavior") is not None:
        default_behavior(spec["behavior"])


def prepare_autoscaler(autoscaler: Obj) -> None:
    autoscaler["status"] = {"currentReplicas": 0, "desiredReplicas": 0}


def validate_autoscaler(autoscaler: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, autoscaler, names.is_dns1123_subdomain)
    spec = autoscaler.get("spec") or {}
    lowest, highest = spec.get("minReplicas"), spec.get("maxReplicas", 0)
    if lowest is not None and lowest < 1:
        causes.append(invalid("spec.minReplicas", lowest, "must be greater than or equal to 1"))
    if highest == 0:
        causes.append(required("spec.maxReplicas", "must be set and greater than 0"))
    elif highest < 0:
        causes.append(invalid("spec.maxReplicas", highest, "must be greater than or equal to 1"))
    if lowest is not None and highest < lowest:
        causes.append(invalid("spec.maxReplicas", highest, "must be greater than or equal to `minReplicas`"))
    validate_reference(causes, "spec.scaleTargetRef", spec.get("scaleTargetRef") or {})
    validate_metrics(causes, "spec.metrics", spec.get("metrics") or ())
    if spec.get("behavior") is not None:
        validate_behavior(causes, "spec.behavior", spec["behavior"])
    return causes


def validate_new_autoscaler(autoscaler: Obj) -> Causes:
    causes: Causes = []
    validate_grouped(causes, "spec.scaleTargetRef", (autoscaler.get("spec") or {}).get("scaleTargetRef") or {})
    return causes


def validate_autoscaler_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    for name in ("currentReplicas", "desiredReplicas"):
        not_negative(causes, f"status.{name}", (new.get("status") or {}).get(name))
    return causes


def _row(autoscaler: Obj, now: datetime) -> list[Any]:
    spec, status = autoscaler.get("spec") or {}, autoscaler.get("status") or {}
    reference, lowest = spec.get("scaleTargetRef") or {}, spec.get("minReplicas")
    return [
        autoscaler["metadata"].get("name", ""), f"{reference.get('kind', '')}/{reference.get('name', '')}",
        _targets(spec.get("metrics") or [], status.get("currentMetrics") or []),
        cells.UNSET if lowest is None else str(lowest), spec.get("maxReplicas", 0), status.get("currentReplicas", 0),
        cells.age(autoscaler, now),
    ]  # fmt: skip


def _targets(metrics: list[Obj], current: list[Obj]) -> str:
    shown = [_target(metric, current[index] if index < len(current) else {})
             for index, metric in enumerate(metrics[:_SHOWN_METRICS])]  # fmt: skip
    if len(metrics) > _SHOWN_METRICS:
        return f"{', '.join(shown)} + {len(metrics) - _SHOWN_METRICS} more..."
    return ", ".join(shown) or cells.NONE


def _target(metric: Obj, status: Obj) -> str:
    """`cpu: 12%/80%`, `<unknown>/10 (avg)`, ..."""
    field = SOURCES.get(metric.get("type", ""), "")
    if not field:
        return "<unknown type>"
    source, found = metric.get(field) or {}, (status.get(field) or {}).get("current") or {}
    target = source.get("target") or {}
    if field in ("resource", "containerResource"):
        return f"{source.get('name', '')}: {_resource(target, found)}"
    if field != "pods" and "averageValue" in target:
        return f"{found.get('averageValue', cells.UNKNOWN)}/{target['averageValue']} (avg)"
    name = "averageValue" if field == "pods" else "value"
    return f"{found.get(name, cells.UNKNOWN)}/{target.get(name, '')}"


def _resource(target: Obj, found: Obj) -> str:
    if "averageValue" in target:
        return f"{found.get('averageValue', cells.UNKNOWN)}/{target['averageValue']}"
    current, wanted = (f"{side['averageUtilization']}%" if "averageUtilization" in side else ""
                       for side in (found, target))  # fmt: skip
    return f"{current or cells.UNKNOWN}/{wanted or '<auto>'}"


PRINTER = Printer(
    (
        NAME,
        Column("Reference", description="What is scaled."),
        Column("Targets", description="What is measured now, of what it should be."),
        Column("MinPods", description="Never fewer pods than these."),
        Column("MaxPods", description="Never more pods than these."),
        Column("Replicas", description="Pods that there are."),
        cells.AGE,
    ),
    _row,
)
HORIZONTALPODAUTOSCALER = Kind(
    group="autoscaling", version="v2", kind="HorizontalPodAutoscaler", plural="horizontalpodautoscalers",
    singular="horizontalpodautoscaler", short_names=("hpa",), categories=("all",), namespaced=True,
    definition="io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler", printer=PRINTER,
    subresources=(status_of("HorizontalPodAutoscaler", "autoscaling", "v2"),),
    default=default_autoscaler, prepare=prepare_autoscaler,
    validate=validate_autoscaler, validate_create=validate_new_autoscaler, validate_update=validate_update,
    validate_status=validate_autoscaler_status,
    warnings=lambda obj: pending_kind("horizontalpodautoscalers"),
)  # fmt: skip
