"""Nodes: machines that run pods."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.objects import conditions, names
from services.objects.kinds import fields
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.scheduling.scheduling import EFFECTS
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.amounts import validate_amounts
from services.objects.kinds.validation.field import Causes, duplicate, forbidden, invalid, one_of
from services.objects.kinds.validation.labels import label_value_errors, validate_label_name
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj, labels_of
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_NODE_MAY_CHANGE = ("unschedulable", "taints", "configSource")
_ROLE_PREFIX, _ROLE_LABEL = "node-role.kubernetes.io/", "kubernetes.io/role"


def default_node(node: Obj) -> None:
    node.setdefault("spec", {})
    status = node.setdefault("status", {})
    if "allocatable" not in status and "capacity" in status:
        status["allocatable"] = dict(status["capacity"])


def validate_node(node: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, node, names.is_dns1123_subdomain, namespaced=False)
    spec = node.get("spec") or {}
    if spec.get("taints"):
        validate_taints(causes, "spec.taints", spec["taints"])
    for index, cidr in enumerate(spec.get("podCIDRs") or ()):
        try:
            ipaddress.ip_network(cidr)
        except ValueError:
            causes.append(invalid(f"spec.podCIDRs[{index}]", cidr,
                                  "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"))  # fmt: skip
    return causes


def validate_taints(causes: Causes, path: str, taints: Sequence[Obj]) -> None:
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(taints):
        where = f"{path}[{index}]"
        key, value, effect = taint.get("key") or "", taint.get("value") or "", taint.get("effect")
        validate_label_name(causes, f"{where}.key", key)
        errors = label_value_errors(value)
        if errors:
            causes.append(invalid(f"{where}.value", value, ";".join(errors)))
        one_of(causes, f"{where}.effect", effect, EFFECTS)
        if (key, effect or "") in seen:
            causes.append(duplicate(where, taint))
        seen.add((key, effect or ""))


def validate_node_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    after, before = new.get("spec") or {}, old.get("spec") or {}
    for name in ("podCIDR", "podCIDRs"):
        if before.get(name) and after.get(name) != before[name]:
            causes.append(forbidden(f"spec.{name}", f'node updates may not change {name} except from "" to valid'))
    if before.get("providerID") and after.get("providerID") != before["providerID"]:
        causes.append(forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid'))
    settled = {*_NODE_MAY_CHANGE, "podCIDR", "podCIDRs", "providerID"}
    if any(after.get(name) != before.get(name) for name in {*after, *before} - settled):
        causes.append(forbidden("[]", "node updates may only change labels, taints, or capacity (or configSource, if "
                                      "the DynamicKubeletConfig feature gate is enabled)"))
    return causes


def validate_node_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    status = new.get("status") or {}
    for name in ("capacity", "allocatable"):
        validate_amounts(causes, f"status.{name}", status.get(name) or {})
    seen: set[tuple[str, str]] = set()
    for index, address in enumerate(status.get("addresses") or ()):
        pair = (address.get("type") or "", address.get("address") or "")
        if pair in seen:
            causes.append(invalid(f"status.addresses[{index}]", address, "addresses must be unique"))
        seen.add(pair)
    return causes


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
        Column("Internal-IP", priority=1, description="Its address inside the "),
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
