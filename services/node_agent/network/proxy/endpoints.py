"""Which endpoints a Service's port balances over, from its EndpointSlices; pure.

Ready endpoints count; when there are none, those that still serve while they terminate do (KEP-1669). Whether an
unready pod is published at all (`publishNotReadyAddresses`) is decided by who writes the slices: it marks them ready.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.objects.meta import Obj


class Endpoint(NamedTuple):
    address: str
    port: int
    local: bool  # on this node
    ready: bool
    serving: bool
    terminating: bool


def endpoints_of(slices: Iterable[Obj], port_name: str, protocol: str, node: str) -> list[Endpoint]:
    """All endpoints behind one port of a Service, each once, in a stable order."""
    found: dict[tuple[str, int], Endpoint] = {}
    for endpointslice in slices:
        if endpointslice.get("addressType", "IPv4") != "IPv4":
            continue
        for number in _ports(endpointslice, port_name, protocol):
            for item in endpointslice.get("endpoints") or ():
                endpoint = _endpoint(item, number, node)
                if endpoint is None:
                    continue
                place = (endpoint.address, endpoint.port)
                # A pod moves between slices by being in both for a moment; the better news counts.
                known = found.get(place)
                if known is None or (endpoint.ready, endpoint.serving) > (known.ready, known.serving):
                    found[place] = endpoint
    return [found[place] for place in sorted(found)]


def eligible(endpoints: Sequence[Endpoint]) -> list[Endpoint]:
    """The ready ones, or else the terminating ones that still serve."""
    ready = [endpoint for endpoint in endpoints if endpoint.ready]
    return ready or [endpoint for endpoint in endpoints if endpoint.serving and endpoint.terminating]


def _ports(endpointslice: Obj, port_name: str, protocol: str) -> list[int]:
    return [
        port["port"]
        for port in endpointslice.get("ports") or ()
        if (port.get("name") or "") == port_name
        and (port.get("protocol") or "TCP") == protocol
        and port.get("port") is not None
    ]


def _endpoint(item: Obj, port: int, node: str) -> Endpoint | None:
    addresses = item.get("addresses") or ()
    if not addresses:
        return None
    conditions = item.get("conditions") or {}
    ready = conditions.get("ready")
    ready = True if ready is None else ready
    serving = conditions.get("serving")
    return Endpoint(
        address=addresses[0],  # further ones mean the same endpoint (the API says: consumers use the first)
        port=port,
        local=item.get("nodeName") == node,
        ready=ready,
        serving=ready if serving is None else serving,
        terminating=bool(conditions.get("terminating")),
    )
