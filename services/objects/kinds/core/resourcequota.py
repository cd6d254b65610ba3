"""ResourceQuotas: how much of everything a namespace may use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.amounts import default_amounts
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.preparation import clear_status
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.amounts import is_quota_resource, validate_quota_amounts
from services.objects.kinds.validation.field import IMMUTABLE, Causes, invalid, required
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_EXISTING = ("BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity")
_SCOPES = frozenset({*_EXISTING, "PriorityClass", "VolumeAttributesClass"})
_CONFLICTING = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))
_COMPUTE = frozenset({"cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"})
# scope -> the resources of which it can be a part
_OF_SCOPE = {
    **dict.fromkeys(("Terminating", "NotTerminating", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity"),
                    _COMPUTE | {"pods"}),
    "BestEffort": frozenset({"pods"}),
    "VolumeAttributesClass": frozenset({"persistentvolumeclaims", "requests.storage"}),
}  # fmt: skip
_EXISTS_ONLY = (
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
    "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)


def default_resourcequota(quota: Obj) -> None:
    for owner, side in ((quota.setdefault("spec", {}), "hard"), (quota.get("status") or {}, "hard"),
                        (quota.get("status") or {}, "used")):  # fmt: skip
        if side in owner:
            default_amounts(owner[side])


def validate_resourcequota(quota: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, quota, names.is_dns1123_subdomain)
    spec = quota.get("spec") or {}
    hard = spec.get("hard") or {}
    validate_quota_amounts(causes, "spec.hard", hard)
    scopes = spec.get("scopes") or []
    for scope in scopes:
        if scope not in _SCOPES:
            causes.append(invalid("spec.scopes", scopes, "unsupported scope"))
        _validate_applies(causes, "spec.scopes", scope, hard, scopes)
    _validate_conflicts(causes, "spec.scopes", scopes, scopes)
    selector = spec.get("scopeSelector")
    if selector is not None:
        _validate_selector(causes, "spec.scopeSelector.matchExpressions", selector, hard, scopes)
    _validate_status(causes, quota)
    return causes


def _validate_applies(causes: Causes, path: str, scope: str, hard: Obj, shown: Any) -> None:
    allowed = _OF_SCOPE.get(scope)
    for name in sorted(hard):
        if allowed is not None and is_quota_resource(name) and name not in allowed:
            causes.append(invalid(path, shown, "unsupported scope applied to resource"))


def _validate_conflicts(causes: Causes, path: str, scopes: Sequence[str], shown: Sequence[str]) -> None:
    for one, other in _CONFLICTING:
        if one in scopes and other in scopes:
            causes.append(invalid(path, list(shown), "conflicting scopes"))


def _validate_selector(causes: Causes, path: str, selector: Obj, hard: Obj, of_spec: Sequence[str]) -> None:
    expressions = selector.get("matchExpressions") or ()
    for expression in expressions:
        scope, operator = expression.get("scopeName") or "", expression.get("operator") or ""
        values = expression.get("values") or []
        if scope not in _SCOPES:
            causes.append(invalid(f"{path}.scopeName", scope, "unsupported scope"))
        _validate_applies(causes, path, scope, hard, selector)
        if scope in _EXISTING and operator != "Exists":
            causes.append(invalid(f"{path}.operator", operator, _EXISTS_ONLY))
        if operator in ("In", "NotIn"):
            if not values:
                causes.append(required(f"{path}.values",
                                       "must be at least one value when `operator` is 'In' or 'NotIn' for scope "
                                       "selector"))  # fmt: skip
        elif operator in ("Exists", "DoesNotExist"):
            if values:
                causes.append(invalid(f"{path}.values", values, "must be no value when `operator` is 'Exist' or "
                                                                "'DoesNotExist' for scope selector"))  # fmt: skip
        else:
            causes.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    _validate_conflicts(causes, path, [expression.get("scopeName") or "" for expression in expressions], of_spec)


def _validate_status(causes: Causes, quota: Obj) -> None:
    status = quota.get("status") or {}
    for side in ("hard", "used"):
        if side in status:
            validate_quota_amounts(causes, f"status.{side}", status[side])


def validate_resourcequota_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    scopes = (new.get("spec") or {}).get("scopes") or []
    if set(scopes) != set((old.get("spec") or {}).get("scopes") or ()):
        causes.append(invalid("spec.scopes", scopes, IMMUTABLE))
    return causes


def validate_resourcequota_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    _validate_status(causes, new)
    return causes


def _row(quota: Obj, now: datetime) -> list[Any]:
    status = quota.get("status") or {}
    used, hard = status.get("used") or {}, status.get("hard") or {}
    shown: dict[bool, list[str]] = {True: [], False: []}
    for name in sorted(hard):
        shown[name.startswith("limits.")].append(f"{name}: {used.get(name, '0')}/{hard[name]}")
    return [quota["metadata"].get("name", ""), ", ".join(shown[False]), ", ".join(shown[True]), cells.age(quota, now)]


PRINTER = Printer(
    (
        NAME,
        Column("Request", description="What is used of what may be asked for."),
        Column("Limit", description="What is used of what may be allowed."),
        cells.AGE,
    ),
    _row,
)

RESOURCEQUOTA = Kind(
    group="", version="v1", kind="ResourceQuota", plural="resourcequotas", singular="resourcequota",
    short_names=("quota",), namespaced=True, definition="io.k8s.api.core.v1.ResourceQuota", printer=PRINTER,
    subresources=(status_of("ResourceQuota"),),
    default=default_resourcequota, prepare=clear_status,
    validate=validate_resourcequota, validate_update=validate_resourcequota_update,
    validate_status=validate_resourcequota_status,
    warnings=lambda quota: pending_kind("resourcequotas"),
)  # fmt: skip
