"""The rules of requests, limits and claims, of containers and of whole pods."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from services.objects import names, quantity
from services.objects.kinds.validation.amounts import (
    HUGE_PAGES,
    container_resource_errors,
    is_huge_pages,
    is_overcommitted,
    nano,
    resource_name_errors,
    validate_amount,
)
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    duplicate,
    forbidden,
    invalid,
    not_found,
    required,
    unsupported,
)
from services.objects.meta import Obj

POD_RESOURCES = frozenset({"cpu", "memory"})
_COMMON = frozenset({"cpu", "memory", "ephemeral-storage"})
_COMPUTE = frozenset({"cpu", "memory"})
_RESIZED = ("cpu", "memory")
_RESIZE_POLICIES = ("NotRequired", "RestartContainer")

NameRule = Callable[[Causes, str, str], None]


def validate_resources(causes: Causes, path: str, resources: Obj, claims: Collection[str] = ()) -> None:
    """Of a container; `claims` are the names that the pod knows."""
    _validate(causes, path, resources, _container_name)
    if "claims" in resources:
        _validate_claims(causes, f"{path}.claims", resources["claims"], claims)


def _validate(causes: Causes, path: str, resources: Obj, name_rule: NameRule) -> None:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    huge = False
    for side, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in amounts.items():
            if name in _COMMON and nano(amount) >= 0:
                continue
            where = f"{path}.{side}[{name}]"
            name_rule(causes, where, name)
            validate_amount(causes, where, name, amount)
            if is_huge_pages(name):
                huge = True
                _validate_pages(causes, where, name, amount)
    for name, amount in requests.items():
        limit = limits.get(name)
        if limit is None:
            if name not in _COMMON and not is_overcommitted(name):
                causes.append(required(f"{path}.limits", "Limit must be set for non overcommitable resources"))
        elif amount == limit:
            continue
        elif nano(amount) != nano(limit) and not is_overcommitted(name):
            causes.append(invalid(f"{path}.requests", amount, f"must be equal to {name} limit of {limit}"))
        elif nano(amount) > nano(limit):
            causes.append(invalid(f"{path}.requests", amount, f"must be less than or equal to {name} limit of {limit}"))
    if huge and not (_COMPUTE & limits.keys() or _COMPUTE & requests.keys()):
        causes.append(forbidden(path, "HugePages require cpu or memory"))


def _container_name(causes: Causes, path: str, name: str) -> None:
    if errors := container_resource_errors(name):
        add_invalid(causes, path, name, errors)


def _pod_name(causes: Causes, path: str, name: str) -> None:
    if errors := resource_name_errors(name):
        add_invalid(causes, path, name, errors)
    elif name not in POD_RESOURCES and not is_huge_pages(name):
        causes.append(unsupported(path, name, sorted(POD_RESOURCES)))


def _validate_pages(causes: Causes, path: str, name: str, amount: str) -> None:
    """Whole pages of the size that the resource is named by."""
    size = name.removeprefix(HUGE_PAGES)
    page = nano(size) if quantity.is_valid(size) else 0
    if page <= 0 or nano(amount) % page:
        causes.append(invalid(path, amount, f"{amount} is not positive integer multiple of {name}"))


def _validate_claims(causes: Causes, path: str, claims: Sequence[Obj], known: Collection[str]) -> None:
    """A claim is used whole, or by its requests, each once."""
    seen: set[str] = set()
    in_parts: set[str] = set()
    for index, claim in enumerate(claims):
        where = f"{path}[{index}]"
        name, request = claim.get("name") or "", claim.get("request") or ""
        if not name:
            causes.append(required(where))
            continue
        key = f"{name}/{request}" if request else name
        if name in seen:
            causes.append(duplicate(where, name))
        else:
            if request:
                add_invalid(causes, f"{where}.request", request, names.is_dns1123_label(request))
            if key in seen:
                causes.append(duplicate(where, key))
            elif not request and name in in_parts:
                causes.append(duplicate(where, name))
            seen.add(key)
            if request:
                in_parts.add(name)
        if name not in known:
            listed = f": {', '.join(sorted(known))}" if known else " which is empty"
            causes.append(not_found(where, name, f"must be one of the names in pod.spec.resourceClaims{listed}"))


def validate_resize_policy(causes: Causes, path: str, policies: Sequence[Obj], pod_policy: str) -> None:
    seen: set[str] = set()
    for index, policy in enumerate(policies):
        resource, restart = policy.get("resourceName") or "", policy.get("restartPolicy") or ""
        if resource in seen:
            causes.append(duplicate(f"{path}[{index}]", resource))
        seen.add(resource)
        for value, supported in ((resource, _RESIZED), (restart, _RESIZE_POLICIES)):
            if not value:
                causes.append(required(path))
            elif value not in supported:
                causes.append(unsupported(path, value, supported))
        if pod_policy == "Never" and restart != "NotRequired":
            causes.append(invalid(path, restart, "must be 'NotRequired' when `restartPolicy` is 'Never'"))


def validate_overhead(causes: Causes, path: str, overhead: Mapping[str, str]) -> None:
    _validate(causes, path, {"limits": overhead}, _container_name)


# The pod as a whole


def validate_pod_resources(causes: Causes, path: str, spec: Obj) -> None:
    """No less than its containers ask for together, no less than any of them may use."""
    resources = spec["resources"]
    if resources.get("claims"):
        causes.append(forbidden(f"{path}.claims", "claims cannot be set for Resources at pod-level"))
    _validate(causes, path, {**resources, "claims": ()}, _pod_name)
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    for name, amount in aggregated(spec, "requests").items():
        given = requests.get(name, "0")
        if amount.nano > nano(given):
            causes.append(invalid(f"{path}.requests[{name}]", given, "must be greater than or equal to aggregate "
                                                                     f"container requests of {amount}"))  # fmt: skip
    for index, container in enumerate(spec.get("containers") or ()):
        for name, limit in ((container.get("resources") or {}).get("limits") or {}).items():
            if name in limits and nano(limit) > nano(limits[name]):
                causes.append(invalid(f"{path}.containers[{index}][{name}].limits", limit,
                                      f"must be less than or equal to pod limits of {limits[name]}"))  # fmt: skip


def aggregated(spec: Obj, side: str) -> dict[str, quantity.Quantity]:
    """What a pod's containers need together at the worst moment: all that run, or one init container with the sidecars
    that were started before it. `side` is requests or limits."""
    total: dict[str, quantity.Quantity] = {}
    for container in spec.get("containers") or ():
        _add(total, _amounts(container, side))
    sidecars: dict[str, quantity.Quantity] = {}
    peak: dict[str, quantity.Quantity] = {}
    for container in spec.get("initContainers") or ():
        needed = _amounts(container, side)
        if container.get("restartPolicy") == "Always":
            _add(total, needed)
            _add(sidecars, needed)
            needed = dict(sidecars)
        else:
            _add(needed, sidecars)
        _most(peak, needed)
    _most(total, peak)
    return total


def _amounts(container: Obj, side: str) -> dict[str, quantity.Quantity]:
    amounts = (container.get("resources") or {}).get(side) or {}
    return {name: quantity.parse(amount) for name, amount in amounts.items()}


def _add(total: dict[str, quantity.Quantity], more: Mapping[str, quantity.Quantity]) -> None:
    for name, amount in more.items():
        had = total.get(name)
        total[name] = amount if had is None else quantity.Quantity(had.nano + amount.nano, had.format)


def _most(total: dict[str, quantity.Quantity], other: Mapping[str, quantity.Quantity]) -> None:
    for name, amount in other.items():
        if name not in total or amount.nano > total[name].nano:
            total[name] = amount
