"""The rules of amounts of resources: what a resource may be called in which place, and how much of it there may be.

https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#resource-units-in-kubernetes
"""

from __future__ import annotations

from collections.abc import Mapping

from services.objects import names, quantity
from services.objects.kinds.validation.field import NOT_NEGATIVE, Causes, add_invalid, invalid
from services.objects.kinds.validation.labels import qualified_name_errors
from services.objects.memo import remembered

CONTAINER_RESOURCES = frozenset({"cpu", "memory", "ephemeral-storage"})
HUGE_PAGES = "hugepages-"
_COUNTED = frozenset({
    "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims",
    "services.nodeports", "services.loadbalancers",
})  # fmt: skip
_COMPUTE = frozenset({"cpu", "memory", "ephemeral-storage"})
QUOTA_RESOURCES = _COUNTED | _COMPUTE | frozenset({"requests.storage"}) | frozenset(
    f"{side}.{name}" for side in ("requests", "limits") for name in _COMPUTE
)
STANDARD_RESOURCES = QUOTA_RESOURCES | {"storage"}
_QUOTA_HUGE_PAGES = (HUGE_PAGES, f"requests.{HUGE_PAGES}")
_INTEGER = "must be an integer"
POSITIVE = "must be greater than zero"


@remembered()
def nano(text: str) -> int:
    """The amount in billionths; the same few texts come with thousands of objects."""
    return quantity.nano(text)


def is_native(name: str) -> bool:
    """Kubernetes' own: unprefixed, or of kubernetes.io."""
    return "/" not in name or "kubernetes.io/" in name


def is_huge_pages(name: str) -> bool:
    return name.startswith(HUGE_PAGES)


def is_overcommitted(name: str) -> bool:
    """Whether a container may be promised less than its limit: neither huge pages nor devices can be shared out."""
    return is_native(name) and not is_huge_pages(name)


def is_extended(name: str) -> bool:
    """A device or the like, which a quota can name as `requests.<name>`."""
    if is_native(name) or name.startswith("requests."):
        return False
    return not names.is_qualified_name(f"requests.{name}")


def is_quota_resource(name: str) -> bool:
    return name in QUOTA_RESOURCES or name.startswith(_QUOTA_HUGE_PAGES)


@remembered()
def is_integer(name: str) -> bool:
    """Whether the resource is counted, not measured."""
    return name in _COUNTED or is_extended(name)


@remembered()
def resource_name_errors(name: str) -> tuple[str, ...]:
    """Of any resource that Kubernetes knows or somebody else has qualified."""
    if errors := qualified_name_errors(name):
        return errors
    if "/" not in name and name not in STANDARD_RESOURCES and not name.startswith(_QUOTA_HUGE_PAGES):
        return ("must be a standard resource type or fully qualified",)
    return ()


@remembered()
def container_resource_errors(name: str) -> tuple[str, ...]:
    errors = resource_name_errors(name)
    if "/" not in name:
        if name not in CONTAINER_RESOURCES and not is_huge_pages(name):
            return (*errors, "must be a standard resource for containers")
    elif not is_native(name) and not is_extended(name):
        return (*errors, "doesn't follow extended resource name standard")
    return errors


@remembered()
def quota_resource_errors(name: str) -> tuple[str, ...]:
    errors = resource_name_errors(name)
    if "/" not in name and not is_quota_resource(name):
        return (*errors, "must be a standard resource for quota")
    return errors


def validate_amount(causes: Causes, path: str, name: str, amount: str) -> None:
    """Never negative; whole where the resource is counted."""
    size = nano(amount)
    if size < 0:
        causes.append(invalid(path, amount, NOT_NEGATIVE))
    if size % quantity.NANO and is_integer(name) and -(-size // 10**6) % 1000:
        causes.append(invalid(path, amount, _INTEGER))


def validate_basic(causes: Causes, path: str, amount: str) -> None:
    if quantity.value(amount) < 0:
        causes.append(invalid(path, quantity.value(amount), "must be a valid resource quantity"))


def validate_positive(causes: Causes, path: str, amount: str) -> None:
    if nano(amount) <= 0:
        causes.append(invalid(path, amount, POSITIVE))


def validate_quota_amounts(causes: Causes, path: str, amounts: Mapping[str, str]) -> None:
    for name, amount in amounts.items():
        where = f"{path}[{name}]"
        add_invalid(causes, where, name, quota_resource_errors(name))
        validate_amount(causes, where, name, amount)
