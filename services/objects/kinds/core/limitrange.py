"""LimitRanges: what a pod, a container or a claim may ask for, and what it gets when it does not say."""

from __future__ import annotations

from collections.abc import Mapping

from services.objects import names, quantity
from services.objects.kinds.amounts import default_amounts
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.validation.amounts import (
    container_resource_errors,
    is_overcommitted,
    nano,
    resource_name_errors,
)
from services.objects.kinds.validation.field import Causes, add_invalid, duplicate, forbidden, invalid, required
from services.objects.kinds.validation.labels import qualified_name_errors
from services.objects.kinds.validation.meta import validate_meta, validate_update
from services.objects.meta import Obj
from services.objects.printing.generic import NAME_AND_AGE

_TYPES = ("Pod", "Container", "PersistentVolumeClaim")
_LISTS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")


def default_limitrange(limitrange: Obj) -> None:
    """What a container may use at most is what it gets, and what it gets is what it asks for."""
    for limit in limitrange.setdefault("spec", {}).get("limits") or ():
        for side in _LISTS:
            if side in limit:
                default_amounts(limit[side])
        if limit.get("type") != "Container":
            continue
        given = {**limit.get("max", {}), **limit.get("default", {})}
        asked = {**limit.get("min", {}), **given, **limit.get("defaultRequest", {})}
        if given:
            limit["default"] = given
        if asked:
            limit["defaultRequest"] = asked


def validate_limitrange(limitrange: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, limitrange, names.is_dns1123_subdomain)
    seen: set[str] = set()
    for index, limit in enumerate((limitrange.get("spec") or {}).get("limits") or ()):
        path, kind = f"spec.limits[{index}]", limit.get("type") or ""
        _validate_type(causes, f"{path}.type", kind)
        if kind in seen:
            causes.append(duplicate(f"{path}.type", kind))
        seen.add(kind)
        for side in _LISTS:
            amounts = limit.get(side) or {}
            if kind == "Pod" and side in ("default", "defaultRequest"):
                if amounts:
                    causes.append(forbidden(f"{path}.{side}", "may not be specified when `type` is 'Pod'"))
                continue
            for name in amounts:
                errors = container_resource_errors if kind in ("Pod", "Container") else resource_name_errors
                add_invalid(causes, f"{path}.{side}[{name}]", name, errors(name))
        if kind == "PersistentVolumeClaim" and not any("storage" in (limit.get(side) or ()) for side in _LISTS[:2]):
            causes.append(required(f"{path}.limits", "either minimum or maximum storage value is required, but neither "
                                                     "was provided"))  # fmt: skip
        _validate_order(causes, path, limit, kind)
    return causes


def _validate_type(causes: Causes, path: str, kind: str) -> None:
    errors = qualified_name_errors(kind)
    add_invalid(causes, path, kind, errors)
    if not errors and "/" not in kind and kind not in _TYPES:
        causes.append(invalid(path, kind, "must be a standard limit type or fully qualified"))


def _validate_order(causes: Causes, path: str, limit: Obj, kind: str) -> None:
    """min <= defaultRequest <= default <= max, as far as they are given."""
    lists: dict[str, Mapping[str, str]] = {side: limit.get(side) or {} for side in _LISTS}
    if kind == "Pod":
        lists["default"] = lists["defaultRequest"] = {}
    for name in dict.fromkeys(name for amounts in lists.values() for name in amounts):
        low, high, given, asked = (lists[side].get(name) for side in ("min", "max", "default", "defaultRequest"))
        where = f"{path}.{{}}[{name}]".format
        if _above(low, high):
            causes.append(invalid(where("min"), low, f"min value {low} is greater than max value {high}"))
        if _above(low, asked):
            causes.append(invalid(where("defaultRequest"), asked,
                                  f"min value {low} is greater than default request value {asked}"))  # fmt: skip
        if _above(asked, high):
            causes.append(invalid(where("defaultRequest"), asked,
                                  f"default request value {asked} is greater than max value {high}"))  # fmt: skip
        if _above(asked, given):
            causes.append(invalid(where("defaultRequest"), asked,
                                  f"default request value {asked} is greater than default limit value {given}"))
        if _above(low, given):
            causes.append(invalid(where("default"), low, f"min value {low} is greater than default value {given}"))
        if _above(given, high):
            causes.append(invalid(where("default"), high, f"default value {given} is greater than max value {high}"))
        _validate_ratio(causes, where("maxLimitRequestRatio"), lists["maxLimitRequestRatio"].get(name), low, high)
        if given is not None and asked is not None and not is_overcommitted(name) and nano(given) != nano(asked):
            causes.append(invalid(where("defaultRequest"), asked, f"default value {given} must equal to defaultRequest "
                                                                  f"value {asked} in {name}"))  # fmt: skip


def _above(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and nano(one) > nano(other)


def _validate_ratio(causes: Causes, path: str, ratio: str | None, low: str | None, high: str | None) -> None:
    if ratio is None:
        return
    if nano(ratio) < quantity.NANO:
        causes.append(invalid(path, ratio, f"ratio {ratio} is less than 1"))
    if low is None or high is None:
        return
    least, most = nano(low), nano(high)
    widest = most / least if least else (float("inf") if most else float("nan"))
    if nano(ratio) / quantity.NANO > widest:
        causes.append(invalid(path, ratio, f"ratio {ratio} is greater than max/min = {widest:f}"))


LIMITRANGE = Kind(
    group="", version="v1", kind="LimitRange", plural="limitranges", singular="limitrange", short_names=("limits",),
    namespaced=True, definition="io.k8s.api.core.v1.LimitRange", printer=NAME_AND_AGE,
    create_on_update=True,
    default=default_limitrange,
    validate=validate_limitrange, validate_update=validate_update,
    warnings=lambda limitrange: pending_kind("limitranges"),
)  # fmt: skip
