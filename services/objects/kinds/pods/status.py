"""What the status of a pod may say."""

from __future__ import annotations

from services.objects import names
from services.objects.kinds.validation.field import Causes, add_invalid, forbidden, required
from services.objects.kinds.validation.meta import validate_meta_update
from services.objects.meta import Obj


def validate_pod_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    status = new.get("status") or {}
    nominated = status.get("nominatedNodeName")
    if nominated:
        add_invalid(causes, "status.nominatedNodeName", nominated, names.is_dns1123_subdomain(nominated))
    if new["spec"].get("nodeName") != old["spec"].get("nodeName"):
        causes.append(forbidden("status.nodeName", "may not be changed directly"))
    for index, address in enumerate(status.get("podIPs") or ()):
        given = address.get("ip") or ""
        add_invalid(causes, f"status.podIPs[{index}]", given, names.is_ip(given))
    for index, condition in enumerate(status.get("conditions") or ()):
        if not condition.get("type"):
            causes.append(required(f"status.conditions[{index}].type"))
    return causes
