"""The rules of what an autoscaler looks at: one source per metric, and a target that it can be held against."""

from __future__ import annotations

from collections.abc import Sequence

from services.objects import names, quantity
from services.objects.kinds.autoscaling.references import validate_reference
from services.objects.kinds.validation.amounts import container_resource_errors
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    forbidden,
    invalid,
    required,
    unsupported,
)
from services.objects.meta import Obj

# type of a metric -> the field that says more, in the order in which Kubernetes looks at them
SOURCES = {"Object": "object", "External": "external", "Pods": "pods", "Resource": "resource",
           "ContainerResource": "containerResource"}  # fmt: skip
_TARGETS = ("Utilization", "Value", "AverageValue")


def validate_metrics(causes: Causes, path: str, metrics: Sequence[Obj]) -> None:
    for index, metric in enumerate(metrics):
        _validate_metric(causes, f"{path}[{index}]", metric)


def _validate_metric(causes: Causes, path: str, metric: Obj) -> None:
    kind = metric.get("type") or ""
    if not kind:
        causes.append(required(f"{path}.type", "must specify a metric source type"))
    if kind not in SOURCES:
        causes.append(unsupported(f"{path}.type", kind, sorted(SOURCES)))
    present = [name for name in SOURCES.values() if metric.get(name) is not None]
    if present:
        _VALIDATORS[present[0]](causes, f"{path}.{present[0]}", metric[present[0]])
    expected = SOURCES.get(kind)
    if expected is not None and expected not in present:
        causes.append(required(f"{path}.{expected}", "must populate information for the given metric source"))
    if len(present) != 1:
        causes.extend(forbidden(f"{path}.{name}", "must populate the given metric source only")
                      for name in present if name != expected)  # fmt: skip


def _validate_object(causes: Causes, path: str, source: Obj) -> None:
    described, target = source.get("describedObject") or {}, source.get("target") or {}
    validate_reference(causes, f"{path}.describedObject", described)
    _validate_identifier(causes, f"{path}.metric", source.get("metric") or {})
    _validate_target(causes, f"{path}.target", target)
    if "value" not in target and "averageValue" not in target:
        causes.append(required(f"{path}.target.averageValue", "must set either a target value or averageValue"))


def _validate_external(causes: Causes, path: str, source: Obj) -> None:
    target = source.get("target") or {}
    _validate_identifier(causes, f"{path}.metric", source.get("metric") or {})
    _validate_target(causes, f"{path}.target", target)
    if "value" not in target and "averageValue" not in target:
        causes.append(required(f"{path}.target.averageValue",
                               "must set either a target value for metric or a per-pod target"))  # fmt: skip
    if "value" in target and "averageValue" in target:
        causes.append(forbidden(f"{path}.target.value",
                                "may not set both a target value for metric and a per-pod target"))  # fmt: skip


def _validate_pods(causes: Causes, path: str, source: Obj) -> None:
    target = source.get("target") or {}
    _validate_identifier(causes, f"{path}.metric", source.get("metric") or {})
    _validate_target(causes, f"{path}.target", target)
    if "averageValue" not in target:
        causes.append(required(f"{path}.target.averageValue", "must specify a positive target averageValue"))


def _validate_resource(causes: Causes, path: str, source: Obj) -> None:
    target = source.get("target") or {}
    if not source.get("name"):
        causes.append(required(f"{path}.name", "must specify a resource name"))
    _validate_target(causes, f"{path}.target", target)
    if "averageUtilization" not in target and "averageValue" not in target:
        causes.append(required(f"{path}.target.averageUtilization",
                               "must set either a target raw value or a target utilization"))  # fmt: skip
    if "averageUtilization" in target and "averageValue" in target:
        causes.append(forbidden(f"{path}.target.averageValue",
                                "may not set both a target raw value and a target utilization"))  # fmt: skip


def _validate_container_resource(causes: Causes, path: str, source: Obj) -> None:
    name, container = source.get("name") or "", source.get("container") or ""
    if name:
        add_invalid(causes, f"{path}.name", name, container_resource_errors(name))
    if not container:
        causes.append(required(f"{path}.container", "must specify a container"))
    else:
        add_invalid(causes, f"{path}.container", container, names.is_dns1123_label(container))
    _validate_resource(causes, path, source)


_VALIDATORS = {"object": _validate_object, "external": _validate_external, "pods": _validate_pods,
               "resource": _validate_resource, "containerResource": _validate_container_resource}  # fmt: skip


def _validate_identifier(causes: Causes, path: str, identifier: Obj) -> None:
    name = identifier.get("name") or ""
    if not name:
        causes.append(required(f"{path}.name", "must specify a metric name"))
    add_invalid(causes, f"{path}.name", name, names.is_path_segment(name))


def _validate_target(causes: Causes, path: str, target: Obj) -> None:
    kind = target.get("type") or ""
    if not kind:
        causes.append(required(f"{path}.type", "must specify a metric target type"))
    if kind not in _TARGETS:
        causes.append(invalid(f"{path}.type", kind, "must be either Utilization, Value, or AverageValue"))
    for name in ("value", "averageValue"):
        if name in target and quantity.nano(target[name]) <= 0:
            causes.append(invalid(f"{path}.{name}", target[name], "must be positive"))
    utilization = target.get("averageUtilization")
    if utilization is not None and utilization < 1:
        causes.append(invalid(f"{path}.averageUtilization", utilization, "must be greater than 0"))
