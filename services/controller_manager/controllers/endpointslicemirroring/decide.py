"""Endpoints that users write by hand, as EndpointSlices: nodes read nothing else.

Only for Services without a selector; for all others slices are made from pods. One slice per subset and address family.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.controller_manager.plans import Create, Plan, Step, Update, delete, with_metadata
from services.objects import endpointslices
from services.objects.kinds import ENDPOINTS, ENDPOINTSLICE
from services.objects.meta import Obj, annotations_of, is_deleting, labels_of, name_of, namespace_of
from services.objects.ownership import owner_reference

MANAGER = "endpointslicemirroring-controller.k8s.io"
SKIP = "endpointslice.kubernetes.io/skip-mirror"
LEADER = "control-plane.alpha.kubernetes.io/leader"
CAPACITY = 1000  # addresses of a subset; the rest is left out
_NOT_COPIED = ("kubectl.kubernetes.io/last-applied-configuration", "endpoints.kubernetes.io/last-change-trigger-time")
Key = tuple[str, tuple[tuple[tuple[str, object], ...], ...]]


@dataclass(frozen=True, slots=True)
class Observed:
    """The Endpoints and the Service of a name, as far as they exist, and the slices we made for them."""

    endpoints: Obj | None
    service: Obj | None
    slices: Sequence[Obj]


def decide(observed: Observed, now: datetime) -> Plan:
    existing: dict[Key, list[Obj]] = defaultdict(list)
    for each in observed.slices:
        if not is_deleting(each):
            existing[each["addressType"], _ports(each.get("ports") or [])].append(each)
    steps: list[Step] = []
    endpoints = observed.endpoints
    if endpoints is not None and is_mirrored(endpoints, observed.service):
        for key, (ports, addresses) in _wanted(endpoints).items():
            same = existing.get(key)
            steps += _slice(endpoints, key[0], ports, addresses, same.pop(0) if same else None)
    return Plan([*steps, *(delete(ENDPOINTSLICE, each) for left in existing.values() for each in left)])


def is_mirrored(endpoints: Obj, service: Obj | None) -> bool:
    return (service is not None and not service["spec"].get("selector") and not is_deleting(endpoints)
            and labels_of(endpoints).get(SKIP) != "true" and LEADER not in annotations_of(endpoints))  # fmt: skip


def _wanted(endpoints: Obj) -> dict[Key, tuple[list[Obj], list[Obj]]]:
    """Ports and endpoints by what tells slices apart."""
    wanted: dict[Key, tuple[list[Obj], list[Obj]]] = {}
    for subset in endpoints.get("subsets") or ():
        ports = [{"name": "", "protocol": "TCP", **port} for port in subset.get("ports") or ()]
        found = [(address, ready) for field, ready in (("addresses", True), ("notReadyAddresses", False))
                 for address in subset.get(field) or ()]  # fmt: skip
        for address, ready in found[:CAPACITY]:
            family = "IPv6" if ":" in address["ip"] else "IPv4"
            wanted.setdefault((family, _ports(ports)), (ports, []))[1].append(_endpoint(address, ready))
    return wanted


def _ports(ports: Sequence[Obj]) -> tuple[tuple[tuple[str, object], ...], ...]:
    """In a form that can be compared, whatever the order and the defaults."""
    return tuple(sorted(tuple(sorted({"name": "", "protocol": "TCP", **port}.items())) for port in ports))


def _endpoint(address: Obj, ready: bool) -> Obj:
    endpoint: Obj = {"addresses": [address["ip"]], "conditions": {"ready": ready}}
    for name in ("hostname", "nodeName", "targetRef"):
        if address.get(name):
            endpoint[name] = address[name]
    return endpoint


def _slice(endpoints: Obj, family: str, ports: list[Obj], wanted: list[Obj], current: Obj | None) -> list[Step]:
    labels = labels_of(endpoints) | endpointslices.labels(name_of(endpoints), MANAGER)
    annotations = {name: text for name, text in annotations_of(endpoints).items() if name not in _NOT_COPIED}
    if current is None:
        metadata = {
            "generateName": f"{name_of(endpoints)}-", "namespace": namespace_of(endpoints), "labels": labels,
            "annotations": annotations, "ownerReferences": [owner_reference(endpoints, ENDPOINTS)],
        }  # fmt: skip
        return [Create(ENDPOINTSLICE, {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                                       "metadata": metadata, "addressType": family, "endpoints": wanted,
                                       "ports": ports})]  # fmt: skip
    if (wanted, labels, annotations) == (current.get("endpoints") or [], labels_of(current), annotations_of(current)):
        return []
    changed = with_metadata(current, labels=labels, annotations=annotations or None)
    return [Update(ENDPOINTSLICE, {**changed, "endpoints": wanted})]
