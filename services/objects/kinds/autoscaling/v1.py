"""autoscaling/v1: the HorizontalPodAutoscaler with one number, a percentage of cpu.

What v1 has no field for travels in annotations, as in Kubernetes, so that who reads an autoscaler in v1 and writes it
back loses nothing. An annotation that cannot be read counts as none.
"""

from __future__ import annotations

from services.objects.kinds.autoscaling.annotations import (
    ANNOTATIONS,
    behavior_of,
    behavior_text,
    conditions_of,
    conditions_text,
    metrics_of,
    metrics_text,
    statuses_of,
    statuses_text,
)
from services.objects.kinds.autoscaling.horizontalpodautoscaler import (
    CPU_UTILIZATION,
    HORIZONTALPODAUTOSCALER,
    PRINTER,
    cpu_metric,
    prepare_autoscaler,
    validate_autoscaler,
    validate_autoscaler_status,
    validate_new_autoscaler,
)
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.field import Causes
from services.objects.kinds.validation.meta import validate_update
from services.objects.meta import Obj
from services.objects.printing.printer import Printer

_API_VERSION = "autoscaling/v1"
_METRICS, _STATUSES, _BEHAVIOR, _CONDITIONS = ANNOTATIONS
_SPEC, _STATUS = ("scaleTargetRef", "minReplicas", "maxReplicas"), ("observedGeneration", "lastScaleTime")


def _is_cpu(metric: Obj) -> bool:
    resource = metric.get("resource") or {}
    return (metric.get("type") == "Resource" and resource.get("name") == "cpu"
            and (resource.get("target") or {}).get("averageUtilization") is not None)  # fmt: skip


def to_v2(autoscaler: Obj) -> Obj:
    """The v1 object in the form of v2."""
    given, status = autoscaler.get("spec") or {}, autoscaler.get("status") or {}
    metadata = dict(autoscaler.get("metadata") or {})
    kept = metadata.pop("annotations", None) or {}
    others = {name: text for name, text in kept.items() if name not in ANNOTATIONS}
    if others:
        metadata["annotations"] = others

    spec = {name: given[name] for name in _SPEC if name in given}
    percent = given.get("targetCPUUtilizationPercentage")
    metrics = metrics_of(kept.get(_METRICS)) + ([] if percent is None else [cpu_metric(percent)])
    spec["metrics"] = metrics or [cpu_metric(CPU_UTILIZATION)]
    behavior = behavior_of(kept.get(_BEHAVIOR))
    if behavior:
        spec["behavior"] = behavior
    return {"apiVersion": "autoscaling/v2", "kind": autoscaler.get("kind", "HorizontalPodAutoscaler"),
            "metadata": metadata, "spec": spec, "status": _status_to_v2(status, kept)}  # fmt: skip


def _status_to_v2(status: Obj, kept: dict[str, str]) -> Obj:
    made = {name: status[name] for name in _STATUS if name in status}
    made |= {name: status.get(name, 0) for name in ("currentReplicas", "desiredReplicas")}
    percent = status.get("currentCPUUtilizationPercentage")
    measured = statuses_of(kept.get(_STATUSES))
    if measured:
        made["currentMetrics"] = measured
    elif percent is not None:
        resource = {"name": "cpu", "current": {"averageUtilization": percent}}
        made["currentMetrics"] = [{"type": "Resource", "resource": resource}]
    conditions = conditions_of(kept.get(_CONDITIONS))
    if conditions:
        made["conditions"] = conditions
    return made


def from_v2(autoscaler: Obj) -> Obj:
    """The v2 object in the form of v1."""
    given, status = autoscaler.get("spec") or {}, autoscaler.get("status") or {}
    metadata = dict(autoscaler.get("metadata") or {})
    metrics, measured = given.get("metrics") or [], status.get("currentMetrics") or []
    texts = {
        _METRICS: metrics_text([metric for metric in metrics if not _is_cpu(metric)]),
        _STATUSES: statuses_text(measured),
        _BEHAVIOR: behavior_text(given.get("behavior")),
        _CONDITIONS: conditions_text(status.get("conditions")),
    }
    annotations = {name: text for name, text in (metadata.pop("annotations", None) or {}).items()
                   if name not in ANNOTATIONS}  # fmt: skip
    annotations |= {name: text for name, text in texts.items() if text}
    if annotations:
        metadata["annotations"] = annotations

    spec = {name: given[name] for name in _SPEC if name in given}
    percent = next((metric["resource"]["target"]["averageUtilization"] for metric in metrics if _is_cpu(metric)), None)
    if percent is not None:
        spec["targetCPUUtilizationPercentage"] = percent
    made = {name: status[name] for name in _STATUS if name in status}
    made |= {name: status.get(name, 0) for name in ("currentReplicas", "desiredReplicas")}
    for metric in measured:
        resource = metric.get("resource") or {}
        used = (resource.get("current") or {}).get("averageUtilization")
        if metric.get("type") == "Resource" and resource.get("name") == "cpu" and used is not None:
            made["currentCPUUtilizationPercentage"] = used
    return {"apiVersion": _API_VERSION, "kind": autoscaler.get("kind", "HorizontalPodAutoscaler"),
            "metadata": metadata, "spec": spec, "status": made}  # fmt: skip


def default_v1(autoscaler: Obj) -> None:
    spec = autoscaler.setdefault("spec", {})
    if spec.get("minReplicas") is None:
        spec["minReplicas"] = 1
    if spec.get("targetCPUUtilizationPercentage") is None:
        kept = autoscaler.setdefault("metadata", {}).get("annotations") or {}
        if not metrics_of(kept.get(_METRICS)):
            spec["targetCPUUtilizationPercentage"] = CPU_UTILIZATION


def _validate(autoscaler: Obj) -> Causes:
    """Kubernetes speaks of v2's fields here too: it has one set of rules."""
    return validate_autoscaler(to_v2(autoscaler))


HORIZONTALPODAUTOSCALER_V1 = Kind(
    group="autoscaling", version="v1", kind="HorizontalPodAutoscaler", plural="horizontalpodautoscalers",
    singular="horizontalpodautoscaler", short_names=("hpa",), categories=("all",), namespaced=True,
    definition="io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler",
    printer=Printer(PRINTER.columns, lambda autoscaler, now: PRINTER.row(to_v2(autoscaler), now)),
    subresources=(status_of("HorizontalPodAutoscaler", "autoscaling"),),
    default=default_v1, prepare=prepare_autoscaler,
    validate=_validate, validate_create=validate_new_autoscaler, validate_update=validate_update,
    validate_status=validate_autoscaler_status,
    warnings=lambda obj: pending_kind("horizontalpodautoscalers"),
    stored_as=HORIZONTALPODAUTOSCALER, to_stored=to_v2, from_stored=from_v2,
)  # fmt: skip
