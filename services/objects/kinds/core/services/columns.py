"""The table of Services."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer


def _row(service: Obj, now: datetime) -> list[Any]:
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


PRINTER = Printer(
    (
        NAME,
        Column("Type", description="How the Service is exposed."),
        Column("Cluster-IP", description="Its first address inside the cluster."),
        Column("External-IP", description="Its addresses outside the cluster."),
        Column("Port(s)", description="port:nodePort/protocol of each port."),
        cells.AGE,
        Column("Selector", priority=1, description="Labels of the pods behind it."),
    ),
    _row,
)
