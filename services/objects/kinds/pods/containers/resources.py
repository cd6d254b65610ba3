"""The rules of requests and limits."""

from __future__ import annotations

from services.objects.kinds.validation.amounts import nano, validate_amount
from services.objects.kinds.validation.field import Causes, add_invalid, invalid, required
from services.objects.kinds.validation.labels import qualified_name_errors
from services.objects.meta import Obj

_CONTAINER = frozenset({"cpu", "memory", "ephemeral-storage"})
_HUGE_PAGES = "hugepages-"
_POD = frozenset({"cpu", "memory"})


def is_overcommitted(resource: str) -> bool:
    """Whether a container may be promised less than its limit: neither huge pages nor devices can be shared out."""
    return not resource.startswith(_HUGE_PAGES) and ("/" not in resource or "kubernetes.io/" in resource)


def validate_resources(causes: Causes, path: str, resources: Obj, *, of_pod: bool = False) -> None:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for name, amount in limits.items():
        _validate_amount(causes, f"{path}.limits[{name}]", name, amount, of_pod=of_pod)
    for name, amount in requests.items():
        _validate_amount(causes, f"{path}.requests[{name}]", name, amount, of_pod=of_pod)
        limit = limits.get(name)
        if limit is None:
            if not is_overcommitted(name):
                causes.append(required(f"{path}.limits", "Limit must be set for non overcommitable resources"))
        elif nano(amount) != nano(limit) and not is_overcommitted(name):
            causes.append(invalid(f"{path}.requests", amount, f"must be equal to {name} limit of {limit}"))
        elif nano(amount) > nano(limit):
            causes.append(invalid(f"{path}.requests", amount, f"must be less than or equal to {name} limit of {limit}"))


def _validate_amount(causes: Causes, path: str, name: str, amount: str, *, of_pod: bool) -> None:
    if errors := qualified_name_errors(name):
        add_invalid(causes, path, name, errors)
    elif of_pod:
        if name not in _POD and not name.startswith(_HUGE_PAGES):
            causes.append(invalid(path, name, "must be a standard resource for pods"))
    elif "/" not in name and name not in _CONTAINER and not name.startswith(_HUGE_PAGES):
        causes.append(invalid(path, name, "must be a standard resource for containers"))
    validate_amount(causes, path, name, amount)
