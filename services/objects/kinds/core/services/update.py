"""What may change of a Service, and what its status may say."""

from __future__ import annotations

from services.objects import names
from services.objects.kinds.core.services.validation import is_headless, needs_health_check
from services.objects.kinds.validation.endpoint import family, validate_ip
from services.objects.kinds.validation.field import (
    NIL,
    Causes,
    add_invalid,
    forbidden,
    invalid,
    required,
    unsupported,
)
from services.objects.kinds.validation.meta import validate_meta_update
from services.objects.meta import Obj

_IP_MODES = ("Proxy", "VIP")
_FIXED = "may not change once set"


def validate_service_update(new: Obj, old: Obj) -> Causes:
    """An address, once given, stays, and so does its family; a second one may come and go. Whatever becomes an
    ExternalName or was one begins anew."""
    causes: Causes = []
    validate_meta_update(causes, new, old)
    after, before = new["spec"], old["spec"]
    if "ExternalName" not in (after.get("type"), before.get("type")):
        _validate_addresses(causes, after, before)
        _validate_families(causes, after, before)
    if after.get("type") == before.get("type") == "LoadBalancer":
        wanted = after.get("loadBalancerClass")
        if wanted != before.get("loadBalancerClass"):
            causes.append(invalid("spec.loadBalancerClass", wanted, _FIXED))
    if needs_health_check(after):
        port = after.get("healthCheckNodePort")
        if not port:
            causes.append(required("spec.healthCheckNodePort"))
        if needs_health_check(before) and port != before.get("healthCheckNodePort"):
            causes.append(forbidden("spec.healthCheckNodePort", "field is immutable"))
    return causes


def _validate_addresses(causes: Causes, after: Obj, before: Obj) -> None:
    wanted, had = after.get("clusterIPs") or [], before.get("clusterIPs") or []
    if is_headless(after) and is_headless(before):
        return
    if len(wanted) == len(had):
        for index, (new, old) in enumerate(zip(wanted, had, strict=True)):
            if new != old:
                causes.append(invalid(f"spec.clusterIPs[{index}]", wanted, _FIXED))
        return
    if had and not wanted:
        causes.append(invalid("spec.clusterIPs[0]", NIL, "primary clusterIP can not be unset"))
    elif had and wanted[0] != had[0]:
        causes.append(invalid("spec.clusterIPs[0]", wanted, _FIXED))
    if len(had) > len(wanted) == 1:
        _must_be_single(causes, after, "clusterIP")


def _validate_families(causes: Causes, after: Obj, before: Obj) -> None:
    if is_headless(after) or is_headless(before):
        return
    wanted, had = after.get("ipFamilies") or [], before.get("ipFamilies") or []
    if len(wanted) == len(had):
        if wanted != had:
            causes.append(invalid("spec.ipFamilies[0]", wanted, _FIXED))
        return
    if len(had) > len(wanted) and not after.get("clusterIPs"):
        causes.append(invalid("spec.ipFamilies[0]", wanted, "primary ipFamily can not be unset"))
    if had and wanted and wanted[0] != had[0]:
        causes.append(invalid("spec.ipFamilies[0]", after.get("clusterIPs") or NIL, _FIXED))
    if len(had) > len(wanted) == 1:
        _must_be_single(causes, after, "ipFamily")


def _must_be_single(causes: Causes, spec: Obj, released: str) -> None:
    policy = spec.get("ipFamilyPolicy")
    if policy != "SingleStack":
        causes.append(invalid("spec.ipFamilyPolicy", policy,
                              f"must be set to 'SingleStack' when releasing the secondary {released}"))  # fmt: skip


def validate_service_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    ingress = ((new.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    path = "status.loadBalancer.ingress"
    if ingress and (new.get("spec") or {}).get("type") != "LoadBalancer":
        causes.append(forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'"))
        return causes
    for index, point in enumerate(ingress):
        _validate_ingress(causes, f"{path}[{index}]", point)
    return causes


def _validate_ingress(causes: Causes, path: str, point: Obj) -> None:
    address, mode, host = point.get("ip"), point.get("ipMode"), point.get("hostname")
    if address:
        validate_ip(causes, f"{path}.ip", address)
    if mode is None:
        if address:
            causes.append(required(f"{path}.ipMode", "must be specified when `ip` is set"))
    elif not address:
        causes.append(forbidden(f"{path}.ipMode", "may not be specified when `ip` is not set"))
    elif mode not in _IP_MODES:
        causes.append(unsupported(f"{path}.ipMode", mode, _IP_MODES))
    if host:
        add_invalid(causes, f"{path}.hostname", host, names.is_dns1123_subdomain(host))
        if family(host):
            causes.append(invalid(f"{path}.hostname", host, "must be a DNS name, not an IP address"))
