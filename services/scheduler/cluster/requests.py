"""How much of each resource a pod counts with: what its containers ask for, were given or have, at its worst moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from services.objects import quantity
from services.objects.meta import Obj

CPU, MEMORY, EPHEMERAL, PODS = "cpu", "memory", "ephemeral-storage", "pods"
_HUGE_PAGES = "hugepages-"

Amounts = dict[str, int]

# What a container that requests nothing is taken to use when nodes are compared (not when they are filtered).
_GUESS = {CPU: 100, MEMORY: 200 * 1024 * 1024}
_NOTHING: Mapping[str, int] = MappingProxyType({})

# What a node says of a container: its requests as allocated, and as in effect; None where it says nothing.
Report = tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]
NO_REPORT: Report = (None, None)


def reported(pod: Obj) -> tuple[Mapping[str, Report], bool]:
    """What the pod's node says of its containers' resources, by name, and that it cannot resize the pod (KEP-1287)."""
    status = pod.get("status") or {}
    found: dict[str, Report] = {}
    for kind in ("initContainerStatuses", "containerStatuses"):
        for each in status.get(kind) or ():
            report = each.get("allocatedResources"), (each.get("resources") or {}).get("requests")
            if report != (None, None):
                found[each["name"]] = report
    infeasible = any(each["type"] == "PodResizePending" and each.get("reason") == "Infeasible"
                     for each in status.get("conditions") or ())  # fmt: skip
    return found, infeasible


def add_report(container: Obj, report: Report) -> None:
    """As `allocated` and `actual`, unless the container has what it asks for, as most have."""
    asked = (container.get("resources") or {}).get("requests") or {}
    if any(amounts not in (None, asked) for amounts in report):
        container.update({name: amounts for name, amounts in zip(("allocated", "actual"), report, strict=True)
                          if amounts is not None})  # fmt: skip


def amount(resource: str, text: object) -> int:
    """In the unit that the resource is counted in."""
    return quantity.milli(text) if resource == CPU else quantity.value(text)


def total(spec: Mapping[str, Any], guess: Mapping[str, int] = _NOTHING) -> Amounts:
    """What a pod needs: its own requests where it has them (KEP-2837), else what its containers ask for, were given or
    still have (KEP-1287), whichever is most; and its overhead. `guess` is for containers that ask for none of a
    resource. Raises quantity.QuantityError."""
    found: Amounts = {}
    for requests in (_allocated, _actual) if spec.get("infeasible") else (_asked, _allocated, _actual):
        _raise(found, _together(spec, requests, guess))
    for name, text in ((spec.get("resources") or {}).get("requests") or {}).items():
        if name in (CPU, MEMORY) or name.startswith(_HUGE_PAGES):
            found[name] = amount(name, text)
    _add(found, _amounts(spec.get("overhead")))
    return found


def _together(
    spec: Mapping[str, Any], requests: Callable[[Mapping[str, Any]], Amounts], guess: Mapping[str, int]
) -> Amounts:
    """App containers and sidecars together, or any init container with the sidecars started before it (KEP-753)."""
    running: Amounts = {}
    for container in spec.get("containers") or ():
        _add(running, {**guess, **requests(container)})
    sidecars: Amounts = {}
    peak: Amounts = {}
    for container in spec.get("initContainers") or ():
        needs = {**guess, **requests(container)}
        if container.get("restartPolicy") == "Always":
            _add(sidecars, needs)
            _add(running, needs)
            needs = sidecars
        else:
            needs = {name: needs.get(name, 0) + sidecars.get(name, 0) for name in {*needs, *sidecars}}
        _raise(peak, needs)
    _raise(running, peak)
    return running


def _asked(container: Mapping[str, Any]) -> Amounts:
    return _amounts((container.get("resources") or {}).get("requests"))


def _allocated(container: Mapping[str, Any]) -> Amounts:
    return _amounts(container["allocated"]) if "allocated" in container else _asked(container)


def _actual(container: Mapping[str, Any]) -> Amounts:
    return _amounts(container["actual"]) if "actual" in container else _allocated(container)


def _amounts(texts: Mapping[str, Any] | None) -> Amounts:
    return {name: amount(name, text) for name, text in (texts or {}).items()}


def guessed(spec: Mapping[str, Any], requests: Amounts) -> Amounts:
    """What containers that ask for nothing are taken to use; a pod with requests of its own needs no guess for what its
    containers ask for."""
    whole = (spec.get("resources") or {}).get("requests")
    return {name: value for name, value in _GUESS.items() if not (whole and name in requests)}


def _add(to: Amounts, more: Mapping[str, int]) -> None:
    for name, amount_ in more.items():
        to[name] = to.get(name, 0) + amount_


def _raise(to: Amounts, least: Mapping[str, int]) -> None:
    for name, amount_ in least.items():
        to[name] = max(to.get(name, 0), amount_)
