"""The quality-of-service class of a pod, decided by its requests and limits of cpu and memory."""

from __future__ import annotations

from services.objects import quantity
from services.objects.meta import Obj

_COMPUTE = ("cpu", "memory")


def qos_class(pod: Obj) -> str:
    """Guaranteed: every container limits both and requests no less; BestEffort: nobody says anything; else Burstable.

    https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
    """
    spec = pod["spec"]
    if "resources" in spec:
        resources = [spec["resources"]]
    else:
        containers = (*spec.get("containers", ()), *spec.get("initContainers", ()))
        resources = [container.get("resources", {}) for container in containers]
    asks = False
    equal = True
    for each in resources:
        requests, limits = _set(each.get("requests")), _set(each.get("limits"))
        asks = asks or bool(requests or limits)
        complete = len(limits) == len(_COMPUTE)
        equal = equal and complete and all(requests.get(name, limits[name]) == limits[name] for name in limits)
    if not asks:
        return "BestEffort"
    return "Guaranteed" if equal else "Burstable"


def _set(amounts: dict[str, str] | None) -> dict[str, int]:
    """The amounts of cpu and memory that are more than nothing, in nano."""
    if not amounts:
        return {}
    sizes = {name: quantity.nano(amounts[name]) for name in _COMPUTE if name in amounts}
    return {name: size for name, size in sizes.items() if size > 0}
