"""Services: one address for many pods."""

from __future__ import annotations

from services.objects.kinds import fields
from services.objects.kinds.core.services.columns import PRINTER
from services.objects.kinds.core.services.update import validate_service_status, validate_service_update
from services.objects.kinds.core.services.validation import validate_service
from services.objects.kinds.kind import Kind
from services.objects.kinds.subresources import status_of
from services.objects.meta import Obj

_AFFINITY_SECONDS = 10800


def default_service(service: Obj) -> None:
    spec = service.setdefault("spec", {})
    if not spec.get("type"):
        spec["type"] = "ClusterIP"
    if not spec.get("sessionAffinity"):
        spec["sessionAffinity"] = "None"
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    elif spec["sessionAffinity"] == "ClientIP":
        client = spec.setdefault("sessionAffinityConfig", {}).setdefault("clientIP", {})
        client.setdefault("timeoutSeconds", _AFFINITY_SECONDS)
    for port in spec.get("ports", ()):
        if not port.get("protocol"):
            port["protocol"] = "TCP"
        if not port.get("targetPort") and port.get("port"):
            port["targetPort"] = port["port"]
    kind = spec["type"]
    from_outside = kind in ("NodePort", "LoadBalancer") or (kind == "ClusterIP" and bool(spec.get("externalIPs")))
    if from_outside and not spec.get("externalTrafficPolicy"):
        spec["externalTrafficPolicy"] = "Cluster"
    if kind in ("ClusterIP", "NodePort", "LoadBalancer") and not spec.get("internalTrafficPolicy"):
        spec["internalTrafficPolicy"] = "Cluster"
    if kind == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
    for ingress in service.get("status", {}).get("loadBalancer", {}).get("ingress", ()):
        if ingress.get("ip"):
            ingress.setdefault("ipMode", "VIP")


def prepare_service(service: Obj) -> None:
    service["status"] = {"loadBalancer": {}}


SERVICE = Kind(
    group="", version="v1", kind="Service", plural="services", singular="service", short_names=("svc",),
    categories=("all",), namespaced=True, definition="io.k8s.api.core.v1.Service", printer=PRINTER,
    subresources=(status_of("Service"),), create_on_update=True,
    fields=fields.texts("spec.clusterIP", "spec.type"),
    default=default_service, prepare=prepare_service,
    validate=validate_service, validate_update=validate_service_update,
    validate_status=validate_service_status,
)  # fmt: skip
