"""The rules of Services. Whether an address or a node port is free is the allocator's to say."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from services.objects import names
from services.objects.kinds.validation.endpoint import PROTOCOLS, validate_endpoint_ip, validate_port
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    duplicate,
    forbidden,
    invalid,
    one_of,
    required,
    unsupported,
)
from services.objects.kinds.validation.labels import qualified_name_errors, validate_labels
from services.objects.kinds.validation.meta import validate_meta
from services.objects.meta import Obj

NO_IP = "None"
_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_AFFINITIES = ("ClientIP", "None")
_POLICIES = ("Cluster", "Local")
_FAMILIES = ("IPv4", "IPv6")
_FAMILY_POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")
_DISTRIBUTIONS = ("PreferClose", "PreferSameNode", "PreferSameZone")
_LONGEST_AFFINITY = 86400


def validate_service(service: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, service, names.is_dns1035_label)
    spec = service.get("spec") or {}
    kind = spec.get("type")
    _validate_by_type(causes, spec)
    _validate_ports(causes, "spec.ports", spec)
    if spec.get("selector"):
        validate_labels(causes, "spec.selector", spec["selector"])
    _validate_affinity(causes, spec)
    one_of(causes, "spec.type", kind, _TYPES)
    _validate_addresses(causes, spec)
    _validate_policies(causes, spec)
    if kind != "LoadBalancer":
        for name in ("loadBalancerClass", "allocateLoadBalancerNodePorts"):
            if spec.get(name) is not None:
                causes.append(forbidden(f"spec.{name}", "may only be used when `type` is 'LoadBalancer'"))
    _validate_source_ranges(causes, spec)
    return causes


def _validate_by_type(causes: Causes, spec: Obj) -> None:
    kind = spec.get("type")
    headless = spec.get("clusterIP") == NO_IP
    if not spec.get("ports") and not headless and kind != "ExternalName":
        causes.append(required("spec.ports"))
    if kind in ("LoadBalancer", "NodePort") and headless:
        causes.append(invalid("spec.clusterIPs[0]", NO_IP, f"may not be set to 'None' for {kind} services"))
    if kind != "ExternalName":
        return
    if spec.get("clusterIP") or spec.get("clusterIPs"):
        causes.append(forbidden("spec.clusterIPs", "may not be set for ExternalName services"))
    external = (spec.get("externalName") or "").removesuffix(".")
    if external:
        add_invalid(causes, "spec.externalName", external, names.is_dns1123_subdomain(external))
    else:
        causes.append(required("spec.externalName"))


def _validate_ports(causes: Causes, path: str, spec: Obj) -> None:
    ports: Sequence[Obj] = spec.get("ports") or ()
    seen_names: set[str] = set()
    seen: set[tuple[object, object]] = set()
    node_ports: set[tuple[object, object]] = set()
    for index, port in enumerate(ports):
        where = f"{path}[{index}]"
        _validate_service_port(causes, where, port, seen_names, named=len(ports) > 1)
        protocol, number, node_port = port.get("protocol"), port.get("port"), port.get("nodePort")
        if (protocol, number) in seen:
            causes.append(duplicate(where, _port_key(protocol, number, 0)))
        seen.add((protocol, number))
        if node_port:
            if spec.get("type") == "ClusterIP":
                causes.append(forbidden(f"{where}.nodePort", "may not be used when `type` is 'ClusterIP'"))
            if (protocol, node_port) in node_ports:
                causes.append(duplicate(f"{where}.nodePort", _port_key(protocol, 0, node_port)))
            node_ports.add((protocol, node_port))


def _port_key(protocol: object, port: object, node_port: object) -> Obj:
    """What is duplicate, as Kubernetes shows its internal form."""
    return {"Name": "", "Protocol": protocol, "AppProtocol": None, "Port": port, "TargetPort": 0,
            "NodePort": node_port}  # fmt: skip


def _validate_service_port(causes: Causes, path: str, port: Obj, seen: set[str], *, named: bool) -> None:
    name = port.get("name")
    if name:
        if errors := names.is_dns1123_label(name):
            add_invalid(causes, f"{path}.name", name, errors)
        elif name in seen:
            causes.append(duplicate(f"{path}.name", name))
        seen.add(name)
    elif named:
        causes.append(required(f"{path}.name"))
    add_invalid(causes, f"{path}.port", port.get("port", 0), names.is_port_number(port.get("port", 0)))
    one_of(causes, f"{path}.protocol", port.get("protocol"), PROTOCOLS)
    validate_port(causes, f"{path}.targetPort", port.get("targetPort", 0))
    if port.get("appProtocol"):
        add_invalid(causes, f"{path}.appProtocol", port["appProtocol"], qualified_name_errors(port["appProtocol"]))


def _validate_affinity(causes: Causes, spec: Obj) -> None:
    affinity, config = spec.get("sessionAffinity"), spec.get("sessionAffinityConfig")
    one_of(causes, "spec.sessionAffinity", affinity, _AFFINITIES)
    path = "spec.sessionAffinityConfig"
    if affinity == "ClientIP":
        seconds = ((config or {}).get("clientIP") or {}).get("timeoutSeconds")
        if seconds is None:
            causes.append(required(path, "when session affinity type is ClientIP"))
        elif not 0 < seconds <= _LONGEST_AFFINITY:
            causes.append(invalid(f"{path}.clientIP.timeoutSeconds", seconds,
                                  f"must be greater than 0 and less than {_LONGEST_AFFINITY}"))  # fmt: skip
    elif affinity == "None" and config is not None:
        causes.append(forbidden(path, "must not be set when session affinity is None"))


def _validate_addresses(causes: Causes, spec: Obj) -> None:
    address, addresses = spec.get("clusterIP") or "", spec.get("clusterIPs") or []
    if addresses and addresses[0] != address:
        causes.append(invalid("spec.clusterIPs", addresses, "first value must match `clusterIP`"))
    if len(addresses) > 2:
        causes.append(invalid("spec.clusterIPs", addresses, "may only hold up to 2 values"))
    for index, each in enumerate(addresses or ([address] if address else [])):
        if each == NO_IP:
            if index:
                causes.append(invalid(f"spec.clusterIPs[{index}]", each, "must be empty when the primary is 'None'"))
        else:
            add_invalid(causes, f"spec.clusterIPs[{index}]", each, names.is_ip(each))
    for index, each in enumerate(spec.get("externalIPs") or ()):
        validate_endpoint_ip(causes, f"spec.externalIPs[{index}]", each)
    for index, family in enumerate(spec.get("ipFamilies") or ()):
        if family not in _FAMILIES:
            causes.append(unsupported(f"spec.ipFamilies[{index}]", family, _FAMILIES))
    policy = spec.get("ipFamilyPolicy")
    if policy is not None and policy not in _FAMILY_POLICIES:
        causes.append(unsupported("spec.ipFamilyPolicy", policy, _FAMILY_POLICIES))


def _validate_policies(causes: Causes, spec: Obj) -> None:
    kind = spec.get("type")
    from_outside = kind in ("NodePort", "LoadBalancer") or bool(spec.get("externalIPs"))
    external, internal = spec.get("externalTrafficPolicy"), spec.get("internalTrafficPolicy")
    if external and not from_outside:
        causes.append(invalid("spec.externalTrafficPolicy", external,
                              "may only be set for externally-accessible services"))  # fmt: skip
    elif from_outside:
        one_of(causes, "spec.externalTrafficPolicy", external, _POLICIES)
    if internal is not None and internal not in _POLICIES:
        causes.append(unsupported("spec.internalTrafficPolicy", internal, _POLICIES))
    check_port = spec.get("healthCheckNodePort")
    if check_port and not (kind == "LoadBalancer" and external == "Local"):
        causes.append(invalid("spec.healthCheckNodePort", check_port,
                              "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"))
    distribution = spec.get("trafficDistribution")
    if distribution is not None and distribution not in _DISTRIBUTIONS:
        causes.append(unsupported("spec.trafficDistribution", distribution, _DISTRIBUTIONS))


def _validate_source_ranges(causes: Causes, spec: Obj) -> None:
    ranges = spec.get("loadBalancerSourceRanges")
    if not ranges:
        return
    if spec.get("type") != "LoadBalancer":
        causes.append(forbidden("spec.loadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'"))
    for index, each in enumerate(ranges):
        try:
            ipaddress.ip_network(each.strip(), strict=False)
        except ValueError:
            causes.append(invalid(f"spec.loadBalancerSourceRanges[{index}]", each,
                                  "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"))  # fmt: skip
