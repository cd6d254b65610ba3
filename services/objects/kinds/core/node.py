"""Nodes: machines that run pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import conditions, names
from services.objects.kinds import fields
from services.objects.kinds.amounts import default_amounts
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.scheduling.tolerations import validate_taints
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.amounts import validate_amount
from services.objects.kinds.validation.endpoint import cidr_family, validate_cidr
from services.objects.kinds.validation.field import Causes, add_invalid, duplicate, forbidden, invalid, required
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj, labels_of
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_ROLE_PREFIX, _ROLE_LABEL = "node-role.kubernetes.io/", "kubernetes.io/role"


def default_node(node: Obj) -> None:
    """One address range and the list of all say the same, whoever sets which."""
    spec = node.setdefault("spec", {})
    if spec.get("podCIDR") and spec["podCIDR"] not in (spec.get("podCIDRs") or ())[:1]:
        spec["podCIDRs"] = [spec["podCIDR"]]
    elif spec.get("podCIDRs") and not spec.get("podCIDR"):
        spec["podCIDR"] = spec["podCIDRs"][0]
    status = node.setdefault("status", {})
    for side in ("capacity", "allocatable"):
        if side in status:
            default_amounts(status[side])
    if "allocatable" not in status and "capacity" in status:
        status["allocatable"] = dict(status["capacity"])


def validate_node(node: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, node, names.is_dns1123_subdomain, namespaced=False)
    spec = node.get("spec") or {}
    if spec.get("taints"):
        validate_taints(causes, "metadata.taints", spec["taints"])  # the path is Kubernetes' own
    _validate_resources(causes, node)
    cidrs = spec.get("podCIDRs") or []
    for index, cidr in enumerate(cidrs):
        validate_cidr(causes, f"spec.podCIDRs[{index}]", cidr)
    if len(cidrs) > 1:
        if {cidr_family(cidr) for cidr in cidrs} < {4, 6} or len(cidrs) > 2:
            causes.append(invalid("spec.podCIDRs", cidrs, "may specify no more than one CIDR for each IP family"))
        seen: set[str] = set()
        for index, cidr in enumerate(cidrs):
            if cidr in seen:
                causes.append(duplicate(f"spec.podCIDRs[{index}]", cidr))
            seen.add(cidr)
    return causes


def _validate_resources(causes: Causes, node: Obj) -> None:
    status = node.get("status") or {}
    for side in ("capacity", "allocatable"):
        for name, amount in (status.get(side) or {}).items():
            validate_amount(causes, f"status.{side}.{name}", name, amount)


def validate_node_update(new: Obj, old: Obj) -> Causes:
    """What the cluster has decided of a node stays: its address range and who provided it."""
    causes: Causes = []
    validate_meta_update(causes, new, old)
    after, before = new.get("spec") or {}, old.get("spec") or {}
    if before.get("podCIDRs") and after.get("podCIDRs") != before["podCIDRs"]:
        causes.append(forbidden("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid'))
    if before.get("providerID") and after.get("providerID") != before["providerID"]:
        causes.append(forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid'))
    if after.get("configSource") is not None and after["configSource"] != before.get("configSource"):
        _validate_config(causes, "spec.configSource", after["configSource"], of_status=False)
    if (after.get("externalID") or "") != (before.get("externalID") or ""):
        causes.append(forbidden("spec.externalID", "may not be updated"))
    return causes


def validate_node_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    _validate_resources(causes, new)
    status = new.get("status") or {}
    seen: set[tuple[str, str]] = set()
    for index, address in enumerate(status.get("addresses") or ()):
        pair = (address.get("type") or "", address.get("address") or "")
        if pair in seen:
            causes.append(duplicate(f"status.addresses[{index}]", {"Type": pair[0], "Address": pair[1]}))
        seen.add(pair)
    for side in ("assigned", "active", "lastKnownGood"):
        source = (status.get("config") or {}).get(side)
        if source is not None:
            _validate_config(causes, f"status.config.{side}", source, of_status=True)
    return causes


def _validate_config(causes: Causes, path: str, source: Obj, *, of_status: bool) -> None:
    """Long without effect, in Kubernetes too; still read."""
    reference = source.get("configMap")
    if reference is None:
        causes.append(invalid(path, source, "exactly one reference subfield must be non-nil"))
        return
    path = f"{path}.configMap"
    for field in ("uid", "resourceVersion"):
        if of_status and not reference.get(field):
            causes.append(required(f"{path}.{field}", f"{field} must be set in status"))
        elif not of_status and reference.get(field):
            causes.append(forbidden(f"{path}.{field}", f"{field} must not be set in spec"))
    for field, rule in (("namespace", names.is_dns1123_label), ("name", names.is_dns1123_subdomain),
                        ("kubeletConfigKey", names.is_config_key)):  # fmt: skip
        value = reference.get(field)
        if not value:
            causes.append(required(f"{path}.{field}", f"{field} must be set"))
        else:
            add_invalid(causes, f"{path}.{field}", value, rule(value))


def _row(node: Obj, now: datetime) -> list[Any]:
    status = node.get("status") or {}
    info = status.get("nodeInfo") or {}
    return [
        node["metadata"].get("name", ""), _readiness(node), _roles(node), cells.age(node, now),
        info.get("kubeletVersion", ""), _address(status, "InternalIP"), _address(status, "ExternalIP"),
        info.get("osImage") or cells.UNKNOWN, info.get("kernelVersion") or cells.UNKNOWN,
        info.get("containerRuntimeVersion") or cells.UNKNOWN,
    ]  # fmt: skip


def _readiness(node: Obj) -> str:
    ready = conditions.get(node, "Ready")
    text = "Unknown" if ready is None else "Ready" if ready.get("status") == "True" else "NotReady"
    return f"{text},SchedulingDisabled" if (node.get("spec") or {}).get("unschedulable") else text


def _roles(node: Obj) -> str:
    roles = {key.removeprefix(_ROLE_PREFIX) for key in labels_of(node) if key.startswith(_ROLE_PREFIX)}
    roles.add(labels_of(node).get(_ROLE_LABEL, ""))
    return ",".join(sorted(roles - {""})) or cells.NONE


def _address(status: Obj, type: str) -> str:
    addresses = status.get("addresses") or ()
    return next((each.get("address", "") for each in addresses if each.get("type") == type), cells.NONE)


PRINTER = Printer(
    (
        NAME,
        Column("Status", description="Whether the node takes and runs pods."),
        Column("Roles", description="From the node's role labels."),
        cells.AGE,
        Column("Version", description="Of the API level that the agent serves."),
        Column("Internal-IP", priority=1, description="Its address inside the cluster."),
        Column("External-IP", priority=1, description="Its address outside."),
        Column("OS-Image", priority=1, description="The operating system."),
        Column("Kernel-Version", priority=1, description="The kernel."),
        Column("Container-Runtime", priority=1, description="What runs containers there."),
    ),
    _row,
)

NODE = Kind(
    group="", version="v1", kind="Node", plural="nodes", singular="node", short_names=("no",),
    namespaced=False, definition="io.k8s.api.core.v1.Node", printer=PRINTER,
    subresources=(status_of("Node"),),
    fields={"spec.unschedulable": fields.boolean("spec.unschedulable")},
    default=default_node,
    validate=validate_node, validate_update=validate_node_update,
    validate_status=validate_node_status,
)  # fmt: skip
