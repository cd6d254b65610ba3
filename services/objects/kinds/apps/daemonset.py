"""DaemonSets: a pod on every node that wants one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.defaults import default_template
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.pods.template import (
    COLUMNS,
    selector_cell,
    template_cells,
    validate_lasting_template,
    validate_match,
    validate_selected_update,
)
from services.objects.kinds.pods.warnings import template_warnings
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.field import Causes, invalid, not_negative, required, unsupported
from services.objects.kinds.validation.labels import is_empty, validate_selector
from services.objects.kinds.validation.meta import validate_meta
from services.objects.kinds.validation.replicas import validate_counts_status
from services.objects.kinds.validation.texts.shares import share_size, validate_bounded_share
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

# How often the template has changed, which apps/v1 keeps for the sake of the versions before it.
GENERATION = "deprecated.daemonset.template.generation"
_STRATEGIES = ("RollingUpdate", "OnDelete")
_ALWAYS_TOLD = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")
_COUNTS = (*_ALWAYS_TOLD, "observedGeneration", "updatedNumberScheduled", "numberAvailable", "numberUnavailable",
           "collisionCount")  # fmt: skip


def default_daemonset(daemonset: Obj) -> None:
    spec = daemonset.setdefault("spec", {})
    default_template(spec.setdefault("template", {}))
    strategy = spec.setdefault("updateStrategy", {})
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        for name, value in (("maxUnavailable", 1), ("maxSurge", 0)):
            if rolling.get(name) is None:
                rolling[name] = value
    if spec.get("revisionHistoryLimit") is None:
        spec["revisionHistoryLimit"] = 10


def prepare_daemonset(daemonset: Obj) -> None:
    daemonset["status"] = dict.fromkeys(_ALWAYS_TOLD, 0)
    _set_generation(daemonset, 1)


def prepare_daemonset_update(new: Obj, old: Obj) -> None:
    generation = _generation(old)
    changed = new["spec"].get("template") != old["spec"].get("template")
    _set_generation(new, generation + 1 if changed else generation)


def _generation(daemonset: Obj) -> int:
    text = (daemonset["metadata"].get("annotations") or {}).get(GENERATION) or ""
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else 1


def _set_generation(daemonset: Obj, generation: int) -> None:
    metadata = daemonset["metadata"]
    metadata["annotations"] = {**(metadata.get("annotations") or {}), GENERATION: str(generation)}


def validate_daemonset(daemonset: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, daemonset, names.is_dns1123_subdomain)
    spec = daemonset.get("spec") or {}
    selector, template = spec.get("selector"), spec.get("template") or {}
    if selector is not None:
        validate_selector(causes, "spec.selector", selector)
    validate_match(causes, selector, template)
    if selector is not None and is_empty(selector):
        causes.append(invalid("spec.selector", selector, "empty selector is invalid for daemonset"))
    validate_lasting_template(causes, "spec.template", template, "DaemonSet")
    not_negative(causes, "spec.minReadySeconds", spec.get("minReadySeconds"))
    _validate_strategy(causes, "spec.updateStrategy", spec.get("updateStrategy") or {})
    not_negative(causes, "spec.revisionHistoryLimit", spec.get("revisionHistoryLimit"))
    return causes


def _validate_strategy(causes: Causes, path: str, strategy: Obj) -> None:
    kind, rolling = strategy.get("type") or "", strategy.get("rollingUpdate")
    if kind not in _STRATEGIES:
        causes.append(unsupported(path, strategy, _STRATEGIES))
    elif kind == "RollingUpdate" and rolling is None:
        causes.append(required(f"{path}.rollingUpdate"))
    elif kind == "RollingUpdate":
        _validate_rolling(causes, f"{path}.rollingUpdate", rolling or {})


def _validate_rolling(causes: Causes, path: str, rolling: Obj) -> None:
    unavailable, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    validate_bounded_share(causes, f"{path}.maxUnavailable", unavailable)
    validate_bounded_share(causes, f"{path}.maxSurge", surge)
    if share_size(unavailable) and share_size(surge):
        causes.append(invalid(f"{path}.maxSurge", surge, "may not be set when maxUnavailable is non-zero"))
    elif not share_size(unavailable) and not share_size(surge):
        causes.append(required(f"{path}.maxUnavailable", "cannot be 0 when maxSurge is 0"))


def validate_daemonset_status(new: Obj, old: Obj) -> Causes:
    return validate_counts_status(new, old, _COUNTS)


def _row(daemonset: Obj, now: datetime) -> list[Any]:
    spec, status = daemonset.get("spec") or {}, daemonset.get("status") or {}
    pod = (spec.get("template") or {}).get("spec") or {}
    return [
        daemonset["metadata"].get("name", ""), status.get("desiredNumberScheduled", 0),
        status.get("currentNumberScheduled", 0), status.get("numberReady", 0), status.get("updatedNumberScheduled", 0),
        status.get("numberAvailable", 0), cells.labels(pod.get("nodeSelector")), cells.age(daemonset, now),
        *template_cells(spec, selector_cell(spec)),
    ]  # fmt: skip


PRINTER = Printer(
    (
        NAME,
        Column("Desired", "integer", description="Nodes that should run a pod of it."),
        Column("Current", "integer", description="Nodes that should and do."),
        Column("Ready", "integer", description="Nodes with a ready pod."),
        Column("Up-to-date", "integer", description="Nodes with a pod of the newest template."),
        Column("Available", "integer", description="Nodes with a pod that has been ready long enough."),
        Column("Node Selector", description="Labels of the nodes that are meant."),
        cells.AGE,
        *COLUMNS,
    ),
    _row,
)
DAEMONSET = Kind(
    group="apps", version="v1", kind="DaemonSet", plural="daemonsets", singular="daemonset", short_names=("ds",),
    categories=("all",), namespaced=True, definition="io.k8s.api.apps.v1.DaemonSet", printer=PRINTER,
    subresources=(status_of("DaemonSet", "apps"),), has_generation=True,
    default=default_daemonset, prepare=prepare_daemonset, prepare_update=prepare_daemonset_update,
    validate=validate_daemonset, validate_update=validate_selected_update, validate_status=validate_daemonset_status,
    warnings=lambda daemonset: pending_kind("daemonsets") + template_warnings(daemonset),
)  # fmt: skip
