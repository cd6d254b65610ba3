"""PodDisruptionBudgets: how many of some pods must stay while others are evicted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.conditions import validate_conditions
from services.objects.kinds.validation.field import Causes, invalid, not_negative, unsupported
from services.objects.kinds.validation.labels import validate_selector
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update, validate_update
from services.objects.kinds.validation.texts.shares import validate_bounded_share
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_COUNTS = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")
_POLICIES = ("AlwaysAllow", "IfHealthyBudget")
_NOT_SET = "N/A"
_NOT_COUNTED = "poddisruptionbudgets are not counted yet: the pods they select cannot be evicted"


def prepare_budget(budget: Obj) -> None:
    budget["status"] = dict.fromkeys(_COUNTS, 0)


def validate_budget(budget: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, budget, names.is_path_segment)
    spec = budget.get("spec") or {}
    if "minAvailable" in spec and "maxUnavailable" in spec:
        causes.append(invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set"))
    for name in ("minAvailable", "maxUnavailable"):
        if name in spec:
            validate_bounded_share(causes, f"spec.{name}", spec[name])
    if spec.get("selector") is not None:
        validate_selector(causes, "spec.selector", spec["selector"])
    policy = spec.get("unhealthyPodEvictionPolicy")
    if policy is not None and policy not in _POLICIES:
        causes.append(unsupported("spec.unhealthyPodEvictionPolicy", policy, _POLICIES))
    return causes


def validate_budget_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    status = new.get("status") or {}
    validate_conditions(causes, "status.conditions", status.get("conditions") or ())
    for name in _COUNTS:
        # Kubernetes still calls the first as it was called in v1beta1.
        where = "podDisruptionsAllowed" if name == "disruptionsAllowed" else name
        not_negative(causes, f"status.{where}", status.get(name))
    return causes


def _row(budget: Obj, now: datetime) -> list[Any]:
    spec, status = budget.get("spec") or {}, budget.get("status") or {}
    return [budget["metadata"].get("name", ""), str(spec.get("minAvailable", _NOT_SET)),
            str(spec.get("maxUnavailable", _NOT_SET)), status.get("disruptionsAllowed", 0), cells.age(budget, now)]


PRINTER = Printer(
    (
        NAME,
        Column("Min Available", description="Pods that must stay."),
        Column("Max Unavailable", description="Pods that may be away."),
        Column("Allowed Disruptions", "integer", description="Pods that may be evicted now."),
        cells.AGE,
    ),
    _row,
)
PODDISRUPTIONBUDGET = Kind(
    group="policy", version="v1", kind="PodDisruptionBudget", plural="poddisruptionbudgets",
    singular="poddisruptionbudget", short_names=("pdb",), namespaced=True,
    definition="io.k8s.api.policy.v1.PodDisruptionBudget", printer=PRINTER,
    subresources=(status_of("PodDisruptionBudget", "policy"),), has_generation=True, unconditional_update=False,
    prepare=prepare_budget,
    validate=validate_budget, validate_update=validate_update, validate_status=validate_budget_status,
    warnings=lambda budget: [_NOT_COUNTED],
)  # fmt: skip
