"""What is read of ResourceSlices, DeviceClasses and ResourceClaims: values, equal for equal devices.

https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from services.objects import quantity
from services.objects.meta import Obj, is_deleting, key_of, name_of, uid_of
from services.objects.ownership import controller_of
from services.scheduler.cluster.demand import Term, terms_of

Amounts = tuple[tuple[str, int], ...]  # by name, in thousand-millionths
Attribute = tuple[str, Any]  # the type (string, int, bool, version) and the value
ClaimKey = tuple[str, str]
DeviceId = tuple[str, str, str]  # driver, pool, device


class Taint(NamedTuple):
    key: str
    value: str
    effect: str


class Toleration(NamedTuple):
    key: str
    operator: str
    value: str
    effect: str

    def tolerates(self, taint: Taint) -> bool:
        return (
            (not self.effect or self.effect == taint.effect) and (not self.key or self.key == taint.key)
            and (self.operator == "Exists" or self.value == taint.value)
        )  # fmt: skip


class Where(NamedTuple):
    """On one node, on those that the terms mean, or on all of them; `selector` is the JSON of the terms."""

    node: str = ""
    terms: tuple[Term, ...] | None = None
    selector: bytes = b""


class Device(NamedTuple):
    """`where` is None unless its slice leaves that to each device. `consumes` counters by counter set. A device whose
    binding has `conditions` is not given to anybody: nobody would wait for them."""

    name: str
    attributes: tuple[tuple[str, Attribute], ...] = ()
    capacity: Amounts = ()
    taints: tuple[Taint, ...] = ()
    consumes: tuple[tuple[str, Amounts], ...] = ()
    conditions: bool = False
    shared: bool = False
    where: Where | None = None


class Slice(NamedTuple):
    """Part of a pool, which has `parts` of them in its newest generation; `where` is None if each device says it."""

    name: str
    driver: str
    pool: str
    generation: int
    parts: int
    where: Where | None
    devices: tuple[Device, ...]
    counters: tuple[tuple[str, Amounts], ...] = ()


class Class(NamedTuple):
    """`config` is the JSON of its configurations."""

    name: str
    selectors: tuple[str, ...]
    config: bytes


class Request(NamedTuple):
    """For a `number` of devices, or all; `name` is request/subrequest for one of several alternatives, `told` the JSON
    of its tolerations."""

    name: str
    parent: str
    class_name: str
    selectors: tuple[str, ...] = ()
    number: int = 1
    all: bool = False
    admin: bool = False
    tolerations: tuple[Toleration, ...] = ()
    capacity: Amounts = ()
    told: bytes = b""


class Constraint(NamedTuple):
    """All devices of the requests (of all, if none is named) have the same value of an attribute, or all different."""

    attribute: str
    requests: frozenset[str]
    distinct: bool = False


class Wish(NamedTuple):
    """What a claim asks for: for each request the alternatives, the best first."""

    requests: tuple[tuple[Request, ...], ...]
    constraints: tuple[Constraint, ...]


class Allocation(NamedTuple):
    """`devices` are those that nobody else can have; `terms` mean the nodes that reach all of them, None every node."""

    devices: frozenset[DeviceId]
    terms: tuple[Term, ...] | None = None


class DeviceClaim(NamedTuple):
    """`reserved` are the uids of those that may use it; `owner` the uid of the pod it was made for; `config` JSON."""

    namespace: str
    name: str
    uid: str
    wish: Wish
    config: bytes = b"[]"
    allocation: Allocation | None = None
    reserved: frozenset[str] = frozenset()
    owner: str = ""
    deleting: bool = False


def slice_of(obj: Obj) -> Slice:
    spec = obj["spec"]
    pool = spec["pool"]
    each_says = bool(spec.get("perDeviceNodeSelection"))
    return Slice(
        name_of(obj), spec["driver"], pool["name"], pool.get("generation") or 0, pool["resourceSliceCount"],
        None if each_says else _where(spec), tuple(_device(each, each_says) for each in spec.get("devices") or ()),
        tuple((each["name"], _counters(each)) for each in spec.get("sharedCounters") or ()),
    )  # fmt: skip


def class_of(obj: Obj) -> Class:
    spec = obj["spec"]
    return Class(name_of(obj), _selectors(spec), orjson.dumps(spec.get("config") or []))


def claim_of(obj: Obj) -> DeviceClaim:
    namespace, name = key_of(obj)
    devices, status = obj["spec"].get("devices") or {}, obj.get("status") or {}
    owner = controller_of(obj)
    return DeviceClaim(
        namespace, name, uid_of(obj),
        Wish(tuple(_alternatives(each) for each in devices.get("requests") or ()),
             tuple(map(_constraint, devices.get("constraints") or ()))),
        orjson.dumps(devices.get("config") or []),
        allocation_of(status["allocation"]) if status.get("allocation") is not None else None,
        frozenset(each["uid"] for each in status.get("reservedFor") or ()),
        owner["uid"] if owner is not None and owner["kind"] == "Pod" else "", is_deleting(obj),
    )  # fmt: skip


def allocation_of(allocation: Mapping[str, Any]) -> Allocation:
    """Devices with administrative access are not taken from anybody."""
    results = (allocation.get("devices") or {}).get("results") or ()
    selector = allocation.get("nodeSelector")
    return Allocation(
        frozenset((each["driver"], each["pool"], each["device"]) for each in results if not each.get("adminAccess")),
        None if selector is None else terms_of(selector),
    )  # fmt: skip


def _where(holder: Mapping[str, Any]) -> Where:
    selector = holder.get("nodeSelector")
    if selector is None:
        return Where(holder.get("nodeName") or "")
    return Where("", terms_of(selector), orjson.dumps(selector.get("nodeSelectorTerms") or []))


def _device(device: Mapping[str, Any], says_where: bool) -> Device:
    return Device(
        device["name"],
        tuple(sorted((name, next(iter(each.items()))) for name, each in (device.get("attributes") or {}).items())),
        tuple(sorted((name, _nano(each["value"])) for name, each in (device.get("capacity") or {}).items())),
        tuple(Taint(each["key"], each.get("value") or "", each["effect"]) for each in device.get("taints") or ()),
        tuple((each["counterSet"], _counters(each)) for each in device.get("consumesCounters") or ()),
        bool(device.get("bindingConditions")), bool(device.get("allowMultipleAllocations")),
        _where(device) if says_where else None,
    )  # fmt: skip


def _counters(holder: Mapping[str, Any]) -> Amounts:
    return tuple(sorted((name, _nano(each["value"])) for name, each in (holder.get("counters") or {}).items()))


def _alternatives(request: Mapping[str, Any]) -> tuple[Request, ...]:
    name = request["name"]
    if request.get("exactly") is not None:
        return (_request(name, name, request["exactly"]),)
    return tuple(_request(f"{name}/{each['name']}", name, each) for each in request.get("firstAvailable") or ())


def _request(name: str, parent: str, request: Mapping[str, Any]) -> Request:
    tolerations = request.get("tolerations") or ()
    return Request(
        name, parent, request["deviceClassName"], _selectors(request), request.get("count") or 1,
        request.get("allocationMode") == "All", bool(request.get("adminAccess")),
        tuple(Toleration(each.get("key") or "", each.get("operator") or "Equal", each.get("value") or "",
                         each.get("effect") or "") for each in tolerations),
        tuple(sorted((key, _nano(value)) for key, value in
                     ((request.get("capacity") or {}).get("requests") or {}).items())),
        orjson.dumps(tolerations) if tolerations else b"",
    )  # fmt: skip


def _constraint(constraint: Mapping[str, Any]) -> Constraint:
    requests = frozenset(constraint.get("requests") or ())
    distinct = constraint.get("distinctAttribute")
    return Constraint(distinct or constraint.get("matchAttribute") or "", requests, distinct is not None)


def _selectors(holder: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple((each.get("cel") or {}).get("expression") or "" for each in holder.get("selectors") or ())


def _nano(text: Any) -> int:
    return quantity.parse(text).nano
