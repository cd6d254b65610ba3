"""Endpoints: the older form of EndpointSlices, one object per Service, still read by tools and people.

Addresses are grouped by the ports they answer on and sorted, so that the same pods always give the same object.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.controller_manager import pods as podstate
from services.controller_manager.endpoints import (
    HEADLESS_LABEL,
    MANAGED_BY_ENDPOINTS,
    Port,
    address_of,
    hostname_of,
    is_headless,
    is_selecting,
    members,
    ports_of,
    target_of,
)
from services.controller_manager.plans import NOTHING, Create, Plan, Update, delete, with_metadata
from services.objects.kinds import ENDPOINTS
from services.objects.meta import Obj, annotations_of, is_deleting, labels_of, name_of, namespace_of

MANAGER = "endpoint-controller"
CAPACITY = 1000
OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity"


@dataclass(frozen=True, slots=True)
class Observed:
    """The Service of a name, if there is one, its Endpoints, if there are any, and the pods of the namespace."""

    service: Obj | None
    endpoints: Obj | None
    pods: Sequence[Obj]


def decide(observed: Observed, now: datetime) -> Plan:
    service, current = observed.service, observed.endpoints
    if service is None or is_deleting(service):
        ours = current is not None and labels_of(current).get(MANAGED_BY_ENDPOINTS) == MANAGER
        return Plan([delete(ENDPOINTS, current)]) if ours and current is not None else NOTHING
    if not is_selecting(service) or (current is not None and is_deleting(current)):
        return NOTHING
    subsets, truncated = _subsets(service, members(service, observed.pods, terminating=_publishes(service)))
    labels, annotations = _labels(service), {OVER_CAPACITY: "truncated"} if truncated else {}
    if current is None:
        metadata: Obj = {"name": name_of(service), "namespace": namespace_of(service), "labels": labels}
        if annotations:
            metadata["annotations"] = annotations
        made: Obj = {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata}
        return Plan([Create(ENDPOINTS, {**made, "subsets": subsets} if subsets else made)])
    annotations = {**{k: v for k, v in annotations_of(current).items() if k != OVER_CAPACITY}, **annotations}
    if (subsets, labels, annotations) == (current.get("subsets") or [], labels_of(current), annotations_of(current)):
        return NOTHING
    changed = with_metadata(current, labels=labels, annotations=annotations or None)
    return Plan([Update(ENDPOINTS, {**changed, "subsets": subsets})])


def _publishes(service: Obj) -> bool:
    return bool(service["spec"].get("publishNotReadyAddresses"))


def _subsets(service: Obj, pods: Sequence[Obj]) -> tuple[list[Obj], bool]:
    """Ready addresses first when there are too many; whether some were left out."""
    truncated = len(pods) > CAPACITY
    if truncated:
        pods = sorted(pods, key=lambda pod: not podstate.is_ready(pod))[:CAPACITY]
    ready: dict[tuple[Port, ...], list[Obj]] = defaultdict(list)
    waiting: dict[tuple[Port, ...], list[Obj]] = defaultdict(list)
    for pod in pods:
        ports = ports_of(service, pod)
        if not ports and not (is_headless(service) and not service["spec"].get("ports")):
            continue
        answers = _publishes(service) or podstate.is_ready(pod)
        (ready if answers else waiting)[ports].append(_address(service, pod))
    return [_subset(ports, ready[ports], waiting[ports]) for ports in sorted({*ready, *waiting})], truncated


def _subset(ports: tuple[Port, ...], ready: list[Obj], waiting: list[Obj]) -> Obj:
    subset: Obj = {}
    for name, addresses in (("addresses", ready), ("notReadyAddresses", waiting)):
        if addresses:
            subset[name] = sorted(addresses, key=lambda address: (address["ip"], address["targetRef"]["uid"]))
    if ports:
        subset["ports"] = [port.json(named=False) for port in ports]
    return subset


def _address(service: Obj, pod: Obj) -> Obj:
    address: Obj = {"ip": address_of(pod), "targetRef": target_of(pod)}
    for name, value in (("nodeName", podstate.node_of(pod)), ("hostname", hostname_of(service, pod))):
        if value:
            address[name] = value
    return address


def _labels(service: Obj) -> dict[str, str]:
    labels = {name: value for name, value in labels_of(service).items() if name != HEADLESS_LABEL}
    if is_headless(service):
        labels[HEADLESS_LABEL] = ""
    return {**labels, MANAGED_BY_ENDPOINTS: MANAGER}
