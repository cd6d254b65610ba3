"""What may change of a Service, and what its status may say."""

from __future__ import annotations

from services.objects import names
from services.objects.kinds.validation.field import Causes, add_invalid, invalid
from services.objects.kinds.validation.meta import validate_meta_update
from services.objects.meta import Obj


def validate_service_update(new: Obj, old: Obj) -> Causes:
    """An address, once given, stays, unless the Service becomes or was an ExternalName."""
    causes: Causes = []
    validate_meta_update(causes, new, old)
    after, before = new["spec"], old["spec"]
    if "ExternalName" in (after.get("type"), before.get("type")):
        return causes
    was, wanted = _primary(before), _primary(after)
    if was and wanted != was:
        causes.append(invalid("spec.clusterIPs[0]", after.get("clusterIPs") or [wanted], "may not change once set"))
    families, new_families = before.get("ipFamilies") or [], after.get("ipFamilies") or []
    if families and new_families and new_families[0] != families[0]:
        causes.append(invalid("spec.ipFamilies[0]", new_families, "may not change once set"))
    was_class, wanted_class = before.get("loadBalancerClass"), after.get("loadBalancerClass")
    if before.get("type") == after.get("type") == "LoadBalancer" and wanted_class != was_class:
        causes.append(invalid("spec.loadBalancerClass", wanted_class, "may not change once set"))
    return causes


def _primary(spec: Obj) -> str:
    return str((spec.get("clusterIPs") or [""])[0] or spec.get("clusterIP") or "")


def validate_service_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    for index, ingress in enumerate(((new.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()):
        where = f"status.loadBalancer.ingress[{index}]"
        if ingress.get("ip"):
            add_invalid(causes, f"{where}.ip", ingress["ip"], names.is_ip(ingress["ip"]))
        if ingress.get("hostname"):
            add_invalid(causes, f"{where}.hostname", ingress["hostname"],
                        names.is_dns1123_subdomain(ingress["hostname"]))  # fmt: skip
            if not names.is_ip(ingress["hostname"]):
                causes.append(invalid(f"{where}.hostname", ingress["hostname"],
                                      "must be a DNS name, not an IP address"))  # fmt: skip
    return causes
