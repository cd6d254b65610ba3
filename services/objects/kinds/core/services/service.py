"""Services: one address for many pods."""

from __future__ import annotations

from services.objects.kinds import fields
from services.objects.kinds.core.services.columns import PRINTER
from services.objects.kinds.core.services.update import validate_service_status, validate_service_update
from services.objects.kinds.core.services.validation import NO_IP, validate_service
from services.objects.kinds.kind import Kind
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.texts import addresses
from services.objects.meta import Obj

_AFFINITY_SECONDS = 10800
_HINTS, _MODE = "service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode"


def service_warnings(service: Obj) -> list[str]:
    spec, found = service.get("spec") or {}, []
    annotations = (service.get("metadata") or {}).get("annotations") or {}
    kind, outside = spec.get("type"), spec.get("externalIPs") or ()
    headless = kind == "ClusterIP" and spec.get("clusterIP") == NO_IP
    if _HINTS in annotations:
        found.append(f"annotation {_HINTS} is deprecated, please use {_MODE} instead")
    if not headless:
        for index, address in enumerate(spec.get("clusterIPs") or ()):
            found += addresses.ip_warnings(f"spec.clusterIPs[{index}]", address)
    else:
        found += [f"spec.{field} is ignored for headless services" for field in ("loadBalancerIP", "externalIPs")
                  if spec.get(field)]  # fmt: skip
        if spec.get("sessionAffinity") != "None":
            found.append("spec.SessionAffinity is ignored for headless services")
    for index, address in enumerate(outside):
        found += addresses.ip_warnings(f"spec.externalIPs[{index}]", address)
    if outside and not headless and kind != "ExternalName":
        found.append("spec.externalIPs is deprecated and may no longer be implemented in some clusters")
    if spec.get("loadBalancerIP"):
        found += addresses.ip_warnings("spec.loadBalancerIP", spec["loadBalancerIP"])
    for index, cidr in enumerate(spec.get("loadBalancerSourceRanges") or ()):
        found += addresses.cidr_warnings(f"spec.loadBalancerSourceRanges[{index}]", cidr)
    if kind == "ExternalName" and outside:
        found.append('spec.externalIPs is ignored when spec.type is "ExternalName"')
    if kind != "ExternalName" and spec.get("externalName"):
        found.append('spec.externalName is ignored when spec.type is not "ExternalName"')
    if spec.get("trafficDistribution") == "PreferClose":
        found.append('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"')
    return found


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
    spec = service.setdefault("spec", {})
    if spec.get("clusterIP") and not spec.get("clusterIPs"):
        spec["clusterIPs"] = [spec["clusterIP"]]


def sync_addresses(new: Obj, old: Obj) -> None:
    """clusterIP is the first of clusterIPs: who changes the one alone means both."""
    after, before = new.get("spec") or {}, old.get("spec") or {}
    address, addresses = after.get("clusterIP") or "", after.get("clusterIPs") or []
    if address == (before.get("clusterIP") or "") or addresses != (before.get("clusterIPs") or []):
        return
    after = {**after, "clusterIPs": [address]} if address else {**after}
    if not address:
        after.pop("clusterIPs", None)
    new["spec"] = after


SERVICE = Kind(
    group="", version="v1", kind="Service", plural="services", singular="service", short_names=("svc",),
    categories=("all",), namespaced=True, definition="io.k8s.api.core.v1.Service", printer=PRINTER,
    subresources=(status_of("Service"),), create_on_update=True,
    fields=fields.texts("spec.clusterIP", "spec.type"),
    default=default_service, prepare=prepare_service, prepare_update=sync_addresses, warnings=service_warnings,
    validate=validate_service, validate_update=validate_service_update,
    validate_status=validate_service_status,
)  # fmt: skip
