"""What the status of a pod may say, and what may become of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from services.objects import names
from services.objects.kinds.pods.annotations import validate_annotation_changes
from services.objects.kinds.pods.containers.containers import is_sidecar
from services.objects.kinds.validation.endpoint import is_dual_stack, validate_ip
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    between,
    duplicate,
    forbidden,
    immutable,
    invalid,
    unsupported,
)
from services.objects.kinds.validation.labels import qualified_name_errors
from services.objects.kinds.validation.meta import validate_meta_update
from services.objects.meta import Obj, annotations_of

_OWN_CONDITIONS = ("PodScheduled", "Ready", "Initialized")
_HEALTH = ("Healthy", "Unhealthy", "Unknown")
_STATUSES = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")
_ONE_EACH = "may specify no more than one IP for each IP family"


def validate_pod_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    validate_annotation_changes(causes, "metadata.annotations", annotations_of(new), annotations_of(old))
    status, before = new.get("status") or {}, old.get("status") or {}
    spec = new.get("spec") or {}
    for index, condition in enumerate(status.get("conditions") or ()):
        kind = condition.get("type") or ""
        if kind not in _OWN_CONDITIONS:
            add_invalid(causes, f"metadata.conditions[{index}].Type", kind, qualified_name_errors(kind))
    if spec.get("nodeName") != (old.get("spec") or {}).get("nodeName"):
        causes.append(forbidden("status.nodeName", "may not be changed directly"))
    nominated = status.get("nominatedNodeName")
    if nominated and nominated != before.get("nominatedNodeName"):
        add_invalid(causes, "status.nominatedNodeName", nominated, names.is_dns1123_subdomain(nominated))
    if before.get("qosClass") and status.get("qosClass"):
        immutable(causes, "status.qosClass", status["qosClass"], before["qosClass"])
    _validate_transitions(causes, status, before, (old.get("spec") or {}))
    if "resourceClaimStatuses" in status:
        _validate_claims(causes, status["resourceClaimStatuses"], spec)
    _validate_addresses(causes, status)
    for side in _STATUSES:
        if side in status:
            _validate_containers(causes, side, status[side], spec)
    return causes


def _validate_transitions(causes: Causes, status: Obj, before: Obj, spec: Obj) -> None:
    """What has ended for good does not run again."""
    policy = spec.get("restartPolicy") or "Always"
    own = {container.get("name") for side in ("containers", "initContainers") for container in spec.get(side) or ()
           if container.get("restartPolicy") is not None or is_sidecar(container)}  # fmt: skip
    for side in _STATUSES:
        if side in before:
            rule = "Never" if side == "ephemeralContainerStatuses" else policy
            _validate_ended(causes, f"status.{side}", status.get(side) or (), before[side], rule, own)


def _validate_ended(
    causes: Causes, path: str, new: Sequence[Obj], old: Sequence[Obj], policy: str, own: Collection[str | None]
) -> None:
    """`own` are containers with a restart policy of their own, which may well come back."""
    if policy == "Always":
        return
    unended = {each.get("name") for each in new if (each.get("state") or {}).get("terminated") is None}
    for index, container in enumerate(old):
        ended = (container.get("state") or {}).get("terminated")
        if ended is None or (ended.get("exitCode") and policy == "OnFailure") or container.get("name") in own:
            continue
        if container.get("name") in unended:
            causes.append(forbidden(f"{path}[{index}].state", "may not be transitioned to non-terminated state"))


def _validate_claims(causes: Causes, claims: Sequence[Obj], spec: Obj) -> None:
    known = {claim.get("name") for claim in spec.get("resourceClaims") or ()}
    seen: set[str] = set()
    for index, claim in enumerate(claims):
        where, name = f"status.resourceClaimStatuses[{index}].name", claim.get("name") or ""
        if name not in known:
            causes.append(invalid(where, name, "must match the name of an entry in `spec.resourceClaims`"))
        if name in seen:
            causes.append(duplicate(where, name))
        seen.add(name)
        if claim.get("resourceClaimName") is not None:
            add_invalid(causes, where, claim["resourceClaimName"],
                        names.is_dns1123_subdomain(claim["resourceClaimName"]))  # fmt: skip


def _validate_addresses(causes: Causes, status: Obj) -> None:
    host = status.get("hostIPs")
    if host and status.get("hostIP", "") != host[0].get("ip", ""):
        causes.append(invalid("status.hostIPs[0].ip", host[0].get("ip", ""), "must be equal to `hostIP`"))
    for field in ("podIPs", "hostIPs"):
        given = status.get(field)
        if not given:
            continue
        addresses = [each.get("ip") or "" for each in given]
        for index, address in enumerate(addresses):
            validate_ip(causes, f"status.{field}[{index}]", address)
        if len(addresses) == 1:
            continue
        if not is_dual_stack(addresses) or len(addresses) > 2:
            causes.append(invalid(f"status.{field}", [{"IP": address} for address in addresses], _ONE_EACH))
        seen: set[str] = set()
        for index, address in enumerate(addresses):
            if address in seen:
                causes.append(duplicate(f"status.{field}[{index}]", {"IP": address}))
            seen.add(address)


def _validate_containers(causes: Causes, side: str, statuses: Sequence[Obj], spec: Obj) -> None:
    windows = (spec.get("os") or {}).get("name") == "windows"
    containers = {each.get("name"): each for each in spec.get(side.removesuffix("Statuses") + "s") or ()}
    for index, status in enumerate(statuses):
        path = f"status.{side}[{index}]"
        user = (status.get("user") or {}).get("linux")
        if user is not None:
            if windows:
                causes.append(forbidden(f"{path}.linux", "cannot be set for a windows pod"))
            else:
                _validate_user(causes, f"{path}.linux", user)
        health = status.get("allocatedResourcesStatus")
        if health and side == "ephemeralContainerStatuses":
            causes.append(forbidden(f"{path}.allocatedResourcesStatus", "must not be specified in container status"))
        elif health:
            _validate_health(causes, f"{path}.allocatedResourcesStatus", health, containers.get(status.get("name")))


def _validate_user(causes: Causes, path: str, user: Obj) -> None:
    ids = [("uid", user.get("uid", 0)), ("gid", user.get("gid", 0))]
    ids += [(f"supplementalGroups[{index}]", group) for index, group in enumerate(user.get("supplementalGroups") or ())]
    for field, number in ids:
        if not 0 <= number < 2**31:
            causes.append(invalid(f"{path}.{field}", number, between(0, 2**31 - 1)))


def _validate_health(causes: Causes, path: str, resources: Sequence[Obj], container: Obj | None) -> None:
    """Of devices, each of which the container must have asked for."""
    asked = (container or {}).get("resources") or {}
    claims = {f"claim:{each.get('name', '')}" + (f"/{each['request']}" if each.get("request") else "")
              for each in asked.get("claims") or ()}  # fmt: skip
    for index, resource in enumerate(resources):
        name = resource.get("name") or ""
        if container is not None and name.startswith("claim:") and name not in claims:
            causes.append(invalid(f"{path}[{index}].name", name, "must match one of the container's resource claims in "
                                  "a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"))
        elif container is not None and not name.startswith("claim:") and name not in (asked.get("requests") or {}):
            causes.append(invalid(f"{path}[{index}].name", name, "must match one of the container's resource requests"))
        seen: set[str] = set()
        for place, device in enumerate(resource.get("resources") or ()):
            where = f"{path}[{index}].resources[{place}]"
            if device.get("health") not in _HEALTH:
                causes.append(unsupported(f"{where}.health", device.get("health") or "", _HEALTH))
            if device.get("resourceID", "") in seen:
                causes.append(duplicate(f"{where}.resourceID", device.get("resourceID", "")))
            seen.add(device.get("resourceID", ""))
