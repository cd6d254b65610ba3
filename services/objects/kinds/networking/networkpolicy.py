"""NetworkPolicies: who may talk to whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from services.objects import names, selectors
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.validation.field import Causes, add_invalid, forbidden, invalid, required, unsupported
from services.objects.kinds.validation.labels import validate_selector
from services.objects.kinds.validation.meta import validate_meta, validate_update
from services.objects.kinds.validation.texts import addresses
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_PROTOCOLS = ("TCP", "UDP", "SCTP")
_TYPES = ("Ingress", "Egress")
_SIDES = (("ingress", "from"), ("egress", "to"))


def default_networkpolicy(policy: Obj) -> None:
    """A policy that does not say which directions it rules, rules those that it has rules for, and always ingress."""
    spec = policy.setdefault("spec", {})
    spec.setdefault("podSelector", {})
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    for side, _ in _SIDES:
        for rule in spec.get(side) or ():
            for port in rule.get("ports") or ():
                port.setdefault("protocol", "TCP")


def validate_networkpolicy(policy: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, policy, names.is_dns1123_subdomain)
    spec = policy.get("spec") or {}
    validate_selector(causes, "spec.podSelector", spec.get("podSelector") or {})
    for side, direction in _SIDES:
        for index, rule in enumerate(spec.get(side) or ()):
            where = f"spec.{side}[{index}]"
            for place, port in enumerate(rule.get("ports") or ()):
                _validate_port(causes, f"{where}.ports[{place}]", port)
            for place, peer in enumerate(rule.get(direction) or ()):
                _validate_peer(causes, f"{where}.{direction}[{place}]", peer)
    types = spec.get("policyTypes") or ()
    if len(types) > len(_TYPES):
        causes.append(invalid("spec.policyTypes", types, "may not specify more than two policyTypes"))
        return causes
    for index, each in enumerate(types):
        if each not in _TYPES:
            causes.append(unsupported(f"spec.policyTypes[{index}]", each, _TYPES))
    return causes


def _validate_port(causes: Causes, path: str, rule: Obj) -> None:
    protocol, port, end = rule.get("protocol"), rule.get("port"), rule.get("endPort")
    if protocol is not None and protocol not in _PROTOCOLS:
        causes.append(unsupported(f"{path}.protocol", protocol, _PROTOCOLS))
    if port is None:
        if end is not None:
            causes.append(invalid(f"{path}.endPort", end, "may not be specified when `port` is not specified"))
    elif isinstance(port, str):
        if end is not None:
            causes.append(invalid(f"{path}.endPort", end, "may not be specified when `port` is non-numeric"))
        add_invalid(causes, f"{path}.port", port, names.is_port_name(port))
    else:
        add_invalid(causes, f"{path}.port", port, names.is_port_number(port))
        if end is not None:
            if end < port:
                causes.append(invalid(f"{path}.endPort", end, "must be greater than or equal to `port`"))
            add_invalid(causes, f"{path}.endPort", end, names.is_port_number(end))


def _validate_peer(causes: Causes, path: str, peer: Obj) -> None:
    selectors_given = [name for name in ("podSelector", "namespaceSelector") if peer.get(name) is not None]
    for name in selectors_given:
        validate_selector(causes, f"{path}.{name}", peer[name])
    block = peer.get("ipBlock")
    if block is not None:
        _validate_block(causes, f"{path}.ipBlock", block)
        if selectors_given:
            causes.append(forbidden(path, "may not specify both ipBlock and another peer"))
    elif not selectors_given:
        causes.append(required(path, "must specify a peer"))


def _validate_block(causes: Causes, path: str, block: Obj) -> None:
    cidr = block.get("cidr") or ""
    if not cidr:
        causes.append(required(f"{path}.cidr"))
        return
    add_invalid(causes, f"{path}.cidr", cidr, addresses.cidr_errors(cidr))
    whole = addresses.network(cidr)
    if whole is None:
        return
    for index, text in enumerate(block.get("except") or ()):
        where = f"{path}.except[{index}]"
        add_invalid(causes, where, text, addresses.cidr_errors(text))
        part = addresses.network(text)
        if part is not None and not (part.version == whole.version and part.network_address in whole
                                     and whole.prefixlen < part.prefixlen):  # fmt: skip
            causes.append(invalid(where, text, "must be a strict subset of `cidr`"))


def networkpolicy_warnings(policy: Obj) -> list[str]:
    odd = [warning for path, cidr in _cidrs(policy) for warning in addresses.cidr_warnings(path, cidr)]
    return pending_kind("networkpolicies") + odd


def _cidrs(policy: Obj) -> Iterator[tuple[str, str]]:
    for side, direction in _SIDES:
        for index, rule in enumerate((policy.get("spec") or {}).get(side) or ()):
            for place, peer in enumerate(rule.get(direction) or ()):
                block, where = peer.get("ipBlock") or {}, f"spec.{side}[{index}].{direction}[{place}].ipBlock"
                yield f"{where}.cidr", block.get("cidr") or ""
                for number, cidr in enumerate(block.get("except") or ()):
                    yield f"{where}.except[{number}]", cidr


def _row(policy: Obj, now: datetime) -> list[Any]:
    try:
        selected = str(selectors.from_json((policy.get("spec") or {}).get("podSelector"))) or cells.NONE
    except selectors.SelectorError:
        selected = "<error>"
    return [policy["metadata"].get("name", ""), selected, cells.age(policy, now)]


PRINTER = Printer((NAME, Column("Pod-Selector", description="The pods that it rules."), cells.AGE), _row)
NETWORKPOLICY = Kind(
    group="networking.k8s.io", version="v1", kind="NetworkPolicy", plural="networkpolicies", singular="networkpolicy",
    short_names=("netpol",), namespaced=True, definition="io.k8s.api.networking.v1.NetworkPolicy", printer=PRINTER,
    has_generation=True,
    default=default_networkpolicy,
    validate=validate_networkpolicy, validate_update=validate_update,
    warnings=networkpolicy_warnings,
)  # fmt: skip
