"""The rules of Namespaces, Nodes, Leases and Bindings."""

from __future__ import annotations

import ipaddress

from services.objects import names
from services.objects.kinds.validation.field import (
    Causes,
    forbidden,
    invalid,
    not_negative,
    required,
    unsupported,
)
from services.objects.kinds.validation.meta import validate_finalizers, validate_meta, validate_meta_update
from services.objects.kinds.validation.resources import validate_amounts
from services.objects.kinds.validation.scheduling import validate_taints
from services.objects.meta import Obj

_NODE_MAY_CHANGE = ("unschedulable", "taints", "configSource")


def validate_namespace(namespace: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, namespace, names.is_dns1123_label, namespaced=False)
    validate_finalizers(causes, "spec.finalizers", (namespace.get("spec") or {}).get("finalizers") or ())
    return causes


def validate_namespace_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    phase = (new.get("status") or {}).get("phase") or ""
    if new["metadata"].get("deletionTimestamp"):
        if phase != "Terminating":
            causes.append(invalid("status.phase", phase, "may only be 'Terminating' if `deletionTimestamp` is not "
                                                         "empty"))  # fmt: skip
    elif phase != "Active":
        causes.append(invalid("status.phase", phase, "may only be 'Active' if `deletionTimestamp` is empty"))
    return causes


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


def validate_lease(lease: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, lease, names.is_dns1123_subdomain)
    spec = lease.get("spec") or {}
    duration = spec.get("leaseDurationSeconds")
    if duration is not None and duration <= 0:
        causes.append(invalid("spec.leaseDurationSeconds", duration, "must be greater than 0"))
    not_negative(causes, "spec.leaseTransitions", spec.get("leaseTransitions"))
    if "preferredHolder" in spec and "strategy" not in spec:
        causes.append(forbidden("spec.preferredHolder", "can only be specified when `strategy` is defined"))
    return causes


def validate_binding(binding: Obj) -> Causes:
    """metadata names the pod; what else is said of it is the pod's affair."""
    causes: Causes = []
    target = binding.get("target") or {}
    if target.get("kind", "") not in ("", "Node"):
        causes.append(unsupported("target.kind", target["kind"], ("Node", "<empty>")))
    if not target.get("name"):
        causes.append(required("target.name"))
    return causes

