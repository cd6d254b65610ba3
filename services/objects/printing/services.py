"""The tables of Services and of what stands behind them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer


def _service(service: Obj, now: datetime) -> list[Any]:
    spec = service.get("spec") or {}
    addresses = spec.get("clusterIPs") or ()
    return [
        service["metadata"].get("name", ""), spec.get("type", ""), addresses[0] if addresses else cells.NONE,
        _external(service, spec), ",".join(map(_port, spec.get("ports") or ())) or cells.NONE,
        cells.age(service, now), cells.labels(spec.get("selector")),
    ]  # fmt: skip


def _port(port: Obj) -> str:
    node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port.get('port', 0)}{node_port}/{port.get('protocol', 'TCP')}"


def _external(service: Obj, spec: Obj) -> str:
    external = list(spec.get("externalIPs") or ())
    match spec.get("type"):
        case "ClusterIP" | "NodePort":
            return ",".join(external) or cells.NONE
        case "LoadBalancer":
            ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
            given = sorted({point.get("ip") or point.get("hostname") or "" for point in ingress} - {""})
            return ",".join([*given, *external]) or "<pending>"
        case "ExternalName":
            return str(spec.get("externalName", ""))
    return cells.UNKNOWN


def _host_port(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _endpoints(endpoints: Obj, now: datetime) -> list[Any]:
    subsets = endpoints.get("subsets") or ()
    shown: list[str] = []
    for subset in subsets:
        addresses = [address.get("ip", "") for address in subset.get("addresses") or ()]
        ports = subset.get("ports") or ()
        shown += [_host_port(address, port.get("port", 0)) for port in ports for address in addresses]
        if not ports:  # a headless service
            shown += addresses
    return [endpoints["metadata"].get("name", ""), cells.at_most_three(shown, "" if subsets else cells.NONE),
            cells.age(endpoints, now)]  # fmt: skip


def _endpointslice(endpointslice: Obj, now: datetime) -> list[Any]:
    ports = [str(port.get("port") or port.get("name") or "*") for port in endpointslice.get("ports") or ()]
    addresses = [address for endpoint in endpointslice.get("endpoints") or ()
                 for address in endpoint.get("addresses") or ()]  # fmt: skip
    return [
        endpointslice["metadata"].get("name", ""), endpointslice.get("addressType", ""),
        cells.at_most_three(ports, "<unset>"), cells.at_most_three(addresses, "<unset>"),
        cells.age(endpointslice, now),
    ]  # fmt: skip


SERVICE = Printer(
    (
        NAME,
        Column("Type", description="How the Service is exposed."),
        Column("Cluster-IP", description="Its first address inside the cluster."),
        Column("External-IP", description="Its addresses outside the cluster."),
        Column("Port(s)", description="port:nodePort/protocol of each port."),
        cells.AGE,
        Column("Selector", priority=1, description="Labels of the pods behind it."),
    ),
    _service,
)

ENDPOINTS = Printer(
    (NAME, Column("Endpoints", description="The first addresses and ports that are ready."), cells.AGE), _endpoints
)

ENDPOINTSLICE = Printer(
    (
        NAME,
        Column("AddressType", description="What the addresses are."),
        Column("Ports", description="The first ports."),
        Column("Endpoints", description="The first addresses, ready or not."),
        cells.AGE,
    ),
    _endpointslice,
)
