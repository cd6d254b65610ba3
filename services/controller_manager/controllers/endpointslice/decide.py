"""EndpointSlices: who answers for a Service, at most a hundred endpoints per slice.

Slices that exist are kept and changed as little as possible: every write of one is sent to every node. Endpoints stay
in the slice they are in, new ones go into slices that are written anyway, then into those with room, then into new
ones. Pods that resolve a named port to different numbers go into different slices.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.controller_manager import pods as podstate
from services.controller_manager.endpoints import (
    HEADLESS_LABEL,
    Port,
    address_of,
    hostname_of,
    is_headless,
    is_selecting,
    members,
    ports_of,
    target_of,
    zone_of,
)
from services.controller_manager.plans import NOTHING, Create, Plan, Step, Update, delete, with_metadata
from services.objects import endpointslices
from services.objects.kinds import ENDPOINTSLICE, SERVICE
from services.objects.meta import Obj, is_deleting, labels_of, name_of, namespace_of
from services.objects.ownership import owner_reference

MANAGER = "endpointslice-controller.k8s.io"
CAPACITY = 100
Ports = tuple[Port, ...]


@dataclass(frozen=True, slots=True)
class Observed:
    """`pods` of the namespace, `slices` that carry the Service's name and our mark, `nodes` by name."""

    service: Obj
    pods: Sequence[Obj]
    slices: Sequence[Obj]
    nodes: Mapping[str, Obj]


def decide(observed: Observed, now: datetime) -> Plan:
    service = observed.service
    if is_deleting(service) or not is_selecting(service):
        return NOTHING  # the garbage collector removes the slices of a Service that is gone
    wanted: dict[Ports, dict[str, Obj]] = defaultdict(dict)
    for pod in members(service, observed.pods, terminating=True):
        if podstate.node_of(pod) not in observed.nodes and not service["spec"].get("publishNotReadyAddresses"):
            continue  # its node has gone and so will it
        ports = ports_of(service, pod)
        if ports or (is_headless(service) and not service["spec"].get("ports")):
            wanted[ports][_identity(target_of(pod))] = _endpoint(service, pod, observed.nodes)
    if not wanted:
        wanted[()] = {}  # one empty slice says that the Service is known and has nobody
    existing: dict[Ports, list[Obj]] = defaultdict(list)
    steps: list[Step] = []
    for each in observed.slices:
        if is_deleting(each):
            continue
        if each.get("addressType") == "IPv4" and _ports_in(each) in wanted:
            existing[_ports_in(each)].append(each)
        else:
            steps.append(delete(ENDPOINTSLICE, each))
    for ports, endpoints in wanted.items():
        steps += _reconcile(service, ports, endpoints, existing[ports])
    return Plan(steps)


def _endpoint(service: Obj, pod: Obj, nodes: Mapping[str, Obj]) -> Obj:
    serving, terminating = podstate.is_ready(pod), is_deleting(pod)
    ready = bool(service["spec"].get("publishNotReadyAddresses")) or (serving and not terminating)
    endpoint: Obj = {
        "addresses": [address_of(pod)],
        "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
        "targetRef": target_of(pod),
    }
    for name, value in (("nodeName", podstate.node_of(pod)), ("zone", zone_of(nodes, pod)),
                        ("hostname", hostname_of(service, pod))):  # fmt: skip
        if value:
            endpoint[name] = value
    return endpoint


def _identity(target: Obj | None) -> str:
    return (target or {}).get("uid") or ""


def _ports_in(slice: Obj) -> Ports:
    return tuple(sorted(Port(port.get("name") or "", port.get("port") or 0, port.get("protocol") or "TCP",
                             port.get("appProtocol") or "") for port in slice.get("ports") or ()))  # fmt: skip


def _reconcile(service: Obj, ports: Ports, wanted: Mapping[str, Obj], slices: Sequence[Obj]) -> list[Step]:
    """`slices` all have these ports."""
    left = dict(wanted)
    filled: list[tuple[Obj, list[Obj]]] = []
    for each in slices:
        kept = [left.pop(_identity(old.get("targetRef")), None) for old in each.get("endpoints") or ()]
        filled.append((each, [endpoint for endpoint in kept if endpoint is not None]))
    fresh = list(left.values())
    # Slices to be written anyway first, then the fullest: few writes, few slices.
    for _, endpoints in sorted(filled, key=lambda pair: (pair[1] == (pair[0].get("endpoints") or []), -len(pair[1]))):
        room = CAPACITY - len(endpoints)
        endpoints += fresh[:room]
        del fresh[:room]
    steps: list[Step] = []
    occupied = any(endpoints for _, endpoints in filled) or bool(fresh)
    for index, (each, endpoints) in enumerate(filled):
        if not endpoints and (occupied or index > 0):
            steps.append(delete(ENDPOINTSLICE, each))
        else:
            steps += _update(service, each, endpoints)
    chunks = [fresh[start:start + CAPACITY] for start in range(0, len(fresh), CAPACITY)]
    if not chunks and not filled:
        chunks = [[]]
    return steps + [Create(ENDPOINTSLICE, _slice(service, ports, chunk)) for chunk in chunks]


def _update(service: Obj, slice: Obj, endpoints: list[Obj]) -> list[Update]:
    labels = _labels(service)
    if endpoints == (slice.get("endpoints") or []) and labels == labels_of(slice):
        return []
    return [Update(ENDPOINTSLICE, {**with_metadata(slice, labels=labels), "endpoints": endpoints})]


def _labels(service: Obj) -> dict[str, str]:
    """The Service's own, and ours; a headless Service's slices say so."""
    reserved = (endpointslices.SERVICE_NAME, endpointslices.MANAGED_BY, HEADLESS_LABEL)
    labels = {name: value for name, value in labels_of(service).items() if name not in reserved}
    if is_headless(service):
        labels[HEADLESS_LABEL] = ""
    return labels | endpointslices.labels(name_of(service), MANAGER)


def _slice(service: Obj, ports: Ports, endpoints: list[Obj]) -> Obj:
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "generateName": f"{name_of(service)}-",
            "namespace": namespace_of(service),
            "labels": _labels(service),
            "ownerReferences": [owner_reference(service, SERVICE)],
        },
        "addressType": "IPv4",
        "endpoints": endpoints,
        "ports": [port.json(named=True) for port in ports],
    }
