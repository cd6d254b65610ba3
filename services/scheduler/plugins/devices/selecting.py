"""Whether a device is what a request asks for, by expressions over what it has; remembered, since devices are alike.

https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
"""

from __future__ import annotations

import functools
from typing import Any

from services.objects import cel
from services.objects.cel import CompileError, EvaluationError, Program
from services.objects.cel.libraries.kubernetes.quantities import Quantity
from services.objects.cel.libraries.kubernetes.semvers import parse as semver
from services.objects.kinds.resource.selectors import environment
from services.scheduler.cluster.devices.facts import Attribute, Device, Request, Taint

_HARD = ("NoSchedule", "NoExecute")
_MOST = 65_536  # answers, and devices as expressions see them


class Unclear(Exception):
    """An expression that comes to nothing; the message says where it stands, but not which device it was about."""


def selectable(driver: str, device: Device, selectors: tuple[str, ...]) -> bool:
    """Whether all of them hold. Raises Unclear, with the number of the one that came to nothing."""
    return all(_answer(number, driver, device, selector) for number, selector in enumerate(selectors))


def offers(driver: str, device: Device, request: Request) -> bool:
    """As far as neither expressions nor other devices are concerned."""
    if device.conditions or any(_hinders(taint, request) for taint in device.taints):
        return False
    has = dict(device.capacity)
    return all(has.get(name, has.get(_unqualified(driver, name), -1)) >= least for name, least in request.capacity)


def attribute(driver: str, device: Device, name: str) -> Attribute | None:
    """By its full name; drivers leave out their own domain."""
    has = dict(device.attributes)
    return has.get(name) or has.get(_unqualified(driver, name))


def _unqualified(driver: str, name: str) -> str:
    domain, _, short = name.partition("/")
    return short if domain == driver else name


def _hinders(taint: Taint, request: Request) -> bool:
    return taint.effect in _HARD and not any(each.tolerates(taint) for each in request.tolerations)


def _answer(number: int, driver: str, device: Device, selector: str) -> bool:
    found = _evaluated(driver, device, selector)
    if isinstance(found, str):
        raise Unclear(f"selector #{number}: {found}")
    return found


@functools.lru_cache(_MOST)
def _evaluated(driver: str, device: Device, selector: str) -> bool | str:
    """Or why there is no answer."""
    program = _compiled(selector)
    if isinstance(program, str):
        return f"CEL compile error: {program}"
    try:
        found = program.evaluate({"device": _seen(driver, device)})
    except EvaluationError as error:
        return f"CEL runtime error: {error}"
    return found if isinstance(found, bool) else f"CEL runtime error: the result is no bool but {found!r}"


@functools.lru_cache(4096)
def _compiled(selector: str) -> Program | str:
    try:
        return cel.compile(selector, environment())
    except CompileError as error:
        return str(error)


class _ByDomain(dict[str, dict[str, Any]]):
    """A domain of which there is nothing is empty."""

    def __missing__(self, domain: str) -> dict[str, Any]:
        return {}


@functools.lru_cache(_MOST)
def _seen(driver: str, device: Device) -> dict[str, Any]:
    attributes, capacity = _ByDomain(), _ByDomain()
    for name, (kind, value) in device.attributes:
        _put(attributes, driver, name, semver(value) if kind == "version" else value)
    for name, nano in device.capacity:
        _put(capacity, driver, name, Quantity(nano))
    return {"driver": driver, "attributes": attributes, "capacity": capacity,
            "allowMultipleAllocations": device.shared}  # fmt: skip


def _put(into: _ByDomain, driver: str, name: str, value: Any) -> None:
    domain, slash, short = name.rpartition("/")
    into.setdefault(domain if slash else driver, {})[short] = value
