"""The rules of Services. Whether an address or a node port is free is the allocator's to say."""

from __future__ import annotations

from collections.abc import Sequence

from services.objects import names
from services.objects.kinds.validation.endpoint import (
    PROTOCOLS,
    family,
    is_dual_stack,
    validate_cidr,
    validate_endpoint_ip,
    validate_ip,
    validate_port,
)
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
_HINTS, _MODE = "service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode"
_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
_LOAD_BALANCERS = "may only be used when `type` is 'LoadBalancer'"


def is_headless(spec: Obj) -> bool:
    return spec.get("clusterIPs") == [NO_IP] or (spec.get("clusterIP") == NO_IP and not spec.get("clusterIPs"))


def needs_health_check(spec: Obj) -> bool:
    """Where traffic goes to some nodes only, the load balancer asks each whether it has any pods."""
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def validate_service(service: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, service, names.is_dns1123_label)
    spec = service.get("spec") or {}
    annotations = (service.get("metadata") or {}).get("annotations") or {}
    if _MODE in annotations and annotations.get(_HINTS, annotations[_MODE]) != annotations[_MODE]:
        causes.append(invalid(f"metadata.annotations[{_MODE}]", annotations[_MODE],
                              f"must match annotations[{_HINTS}] when both are specified"))  # fmt: skip
    kind = spec.get("type")
    _validate_by_type(causes, spec)
    _validate_ports(causes, "spec.ports", spec)
    if spec.get("selector"):
        validate_labels(causes, "spec.selector", spec["selector"])
    _validate_affinity(causes, spec)
    if kind != "ExternalName":
        _validate_addresses(causes, spec)
    for index, each in enumerate(spec.get("externalIPs") or ()):
        validate_endpoint_ip(causes, f"spec.externalIPs[{index}]", each)
    one_of(causes, "spec.type", kind, _TYPES)
    _validate_node_ports(causes, spec)
    _validate_source_ranges(causes, spec, annotations)
    _validate_load_balancer(causes, spec)
    _validate_policies(causes, spec)
    return causes


def _validate_by_type(causes: Causes, spec: Obj) -> None:
    kind, headless = spec.get("type"), is_headless(spec)
    if not spec.get("ports") and not headless and kind != "ExternalName":
        causes.append(required("spec.ports"))
    if kind in ("LoadBalancer", "NodePort") and headless:
        causes.append(invalid("spec.clusterIPs[0]", NO_IP, f"may not be set to 'None' for {kind} services"))
    if kind != "ExternalName":
        return
    if spec.get("clusterIP") or spec.get("clusterIPs"):
        causes.append(forbidden("spec.clusterIPs", "may not be set for ExternalName services"))
    for field in ("ipFamilies", "ipFamilyPolicy"):
        if spec.get(field):
            causes.append(forbidden(f"spec.{field}", "may not be set for ExternalName services"))
    external = (spec.get("externalName") or "").removesuffix(".")
    if external:
        add_invalid(causes, "spec.externalName", external, names.is_dns1123_subdomain(external))
    else:
        causes.append(required("spec.externalName"))


def _validate_ports(causes: Causes, path: str, spec: Obj) -> None:
    ports: Sequence[Obj] = spec.get("ports") or ()
    seen: set[str] = set()
    for index, port in enumerate(ports):
        where = f"{path}[{index}]"
        name = port.get("name")
        if name:
            add_invalid(causes, f"{where}.name", name, names.is_dns1123_label(name))
            if name in seen:
                causes.append(duplicate(f"{where}.name", name))
            seen.add(name)
        elif len(ports) > 1:
            causes.append(required(f"{where}.name"))
        add_invalid(causes, f"{where}.port", port.get("port", 0), names.is_port_number(port.get("port", 0)))
        one_of(causes, f"{where}.protocol", port.get("protocol"), PROTOCOLS)
        validate_port(causes, f"{where}.targetPort", port.get("targetPort", 0))
        if port.get("appProtocol") is not None:
            add_invalid(causes, f"{where}.appProtocol", port["appProtocol"], qualified_name_errors(port["appProtocol"]))


def _validate_node_ports(causes: Causes, spec: Obj) -> None:
    """A port of a protocol is offered once, here and on the nodes."""
    ports: Sequence[Obj] = spec.get("ports") or ()
    if spec.get("type") == "ClusterIP":
        for index, port in enumerate(ports):
            if port.get("nodePort"):
                causes.append(forbidden(f"spec.ports[{index}].nodePort", "may not be used when `type` is 'ClusterIP'"))
    seen: set[tuple[object, object]] = set()
    for index, port in enumerate(ports):
        key = (port.get("protocol"), port.get("nodePort"))
        if port.get("nodePort") and key in seen:
            causes.append(duplicate(f"spec.ports[{index}].nodePort", port["nodePort"]))
        seen.add(key)
    seen = set()
    for index, port in enumerate(ports):
        key = (port.get("protocol"), port.get("port"))
        if key in seen:
            shown = {"Name": "", "Protocol": key[0], "AppProtocol": None, "Port": key[1], "TargetPort": 0,
                     "NodePort": 0}  # fmt: skip
            causes.append(duplicate(f"spec.ports[{index}]", shown))
        seen.add(key)


def _validate_affinity(causes: Causes, spec: Obj) -> None:
    affinity, config = spec.get("sessionAffinity"), spec.get("sessionAffinityConfig")
    one_of(causes, "spec.sessionAffinity", affinity, _AFFINITIES)
    path, why = "spec.sessionAffinityConfig", "when session affinity type is ClientIP"
    if affinity == "None" and config is not None:
        causes.append(forbidden(path, "must not be set when session affinity is None"))
    if affinity != "ClientIP":
        return
    if config is None:
        causes.append(required(path, why))
    elif config.get("clientIP") is None:
        causes.append(required(f"{path}.clientIP", why))
    elif config["clientIP"].get("timeoutSeconds") is None:
        causes.append(required(f"{path}.clientIP.timeoutSeconds", why))
    elif not 0 < config["clientIP"]["timeoutSeconds"] <= _LONGEST_AFFINITY:
        causes.append(invalid(f"{path}.clientIP.timeoutSeconds", config["clientIP"]["timeoutSeconds"],
                              f"must be greater than 0 and less than {_LONGEST_AFFINITY}"))  # fmt: skip


def _validate_addresses(causes: Causes, spec: Obj) -> None:
    address, addresses = spec.get("clusterIP") or "", spec.get("clusterIPs") or []
    families = spec.get("ipFamilies") or []
    if address:
        if not addresses:
            causes.append(required("spec.clusterIPs"))
        elif addresses[0] != address:
            causes.append(invalid("spec.clusterIPs", addresses, "first value must match `clusterIP`"))
    elif addresses:
        causes.append(invalid("spec.clusterIPs", addresses, "must be empty when `clusterIP` is not specified"))
    seen: set[str] = set()
    for index, each in enumerate(families):
        if each not in _FAMILIES:
            causes.append(unsupported(f"spec.ipFamilies[{index}]", each, _FAMILIES))
        if each in seen:
            causes.append(duplicate(f"spec.ipFamilies[{index}]", each))
        seen.add(each)
    policy = spec.get("ipFamilyPolicy")
    if policy is not None and policy not in _FAMILY_POLICIES:
        causes.append(unsupported("spec.ipFamilyPolicy", policy, _FAMILY_POLICIES))
    _validate_cluster_ips(causes, addresses, families)


def _validate_cluster_ips(causes: Causes, addresses: list[str], families: list[str]) -> None:
    """What is wrong with an address is said before what is wrong with them together."""
    path, before = "spec.clusterIPs", len(causes)
    for index, each in enumerate(addresses):
        if index == 0 and each == NO_IP:
            if len(addresses) > 1:
                causes.append(invalid(path, addresses, "'None' must be the first and only value"))
        else:
            validate_ip(causes, f"{path}[{index}]", each)
    wrong = len(causes) > before
    if len(addresses) > 2:
        causes.append(invalid(path, addresses, "may only hold up to 2 values"))
    if wrong or addresses == [NO_IP]:
        return
    if len(addresses) > 1 and not is_dual_stack(addresses):
        causes.append(invalid(path, addresses, "may specify no more than one IP for each IP family"))
    for index, (each, wanted) in enumerate(zip(addresses, families, strict=False)):
        if wanted in _FAMILIES and family(each) != int(wanted[-1]):
            causes.append(invalid(f"{path}[{index}]", each,
                                  f"expected an {wanted} value as indicated by `ipFamilies[{index}]`"))  # fmt: skip


def _validate_source_ranges(causes: Causes, spec: Obj, annotations: Obj) -> None:
    """Padded with blanks they may be, as they were in the annotation that the field replaces."""
    ranges = spec.get("loadBalancerSourceRanges")
    path = "spec.LoadBalancerSourceRanges"
    if not ranges:
        if _RANGES not in annotations:
            return
        path = f"metadata.annotations[{_RANGES}]"
        ranges = annotations[_RANGES].strip().split(",") if annotations[_RANGES].strip() else []
    if spec.get("type") != "LoadBalancer":
        causes.append(forbidden(path, _LOAD_BALANCERS))
    for index, each in enumerate(ranges):
        validate_cidr(causes, f"{path}[{index}]" if path.startswith("spec") else path, each.strip())


def _validate_load_balancer(causes: Causes, spec: Obj) -> None:
    chosen, allocate = spec.get("loadBalancerClass"), spec.get("allocateLoadBalancerNodePorts")
    if spec.get("type") != "LoadBalancer":
        for field in ("allocateLoadBalancerNodePorts", "loadBalancerClass"):
            if spec.get(field) is not None:
                causes.append(forbidden(f"spec.{field}", _LOAD_BALANCERS))
        return
    if allocate is None:
        causes.append(required("allocateLoadBalancerNodePorts"))
    if chosen is not None:
        add_invalid(causes, "spec.loadBalancerClass", chosen, qualified_name_errors(chosen))


def _validate_policies(causes: Causes, spec: Obj) -> None:
    kind = spec.get("type")
    external, internal = spec.get("externalTrafficPolicy"), spec.get("internalTrafficPolicy")
    if kind in ("NodePort", "LoadBalancer") or (kind == "ClusterIP" and spec.get("externalIPs")):
        one_of(causes, "spec.externalTrafficPolicy", external, _POLICIES)
    elif external:
        causes.append(invalid("spec.externalTrafficPolicy", external,
                              "may only be set for externally-accessible services"))  # fmt: skip
    check_port = spec.get("healthCheckNodePort")
    if check_port and not needs_health_check(spec):
        causes.append(invalid("spec.healthCheckNodePort", check_port,
                              "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"))
    elif check_port:
        add_invalid(causes, "spec.healthCheckNodePort", check_port, names.is_port_number(check_port))
    if internal is None:
        if kind in ("NodePort", "LoadBalancer", "ClusterIP"):
            causes.append(required("spec.internalTrafficPolicy"))
    elif internal not in _POLICIES:
        causes.append(unsupported("spec.internalTrafficPolicy", internal, _POLICIES))
    distribution = spec.get("trafficDistribution")
    if distribution is not None and distribution not in _DISTRIBUTIONS:
        causes.append(unsupported("spec.trafficDistribution", distribution, _DISTRIBUTIONS))
