"""ServiceCIDRs: the ranges that Services' addresses are taken from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.preparation import clear_status
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.field import IMMUTABLE, Causes, add_invalid, invalid, required
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update, validate_update
from services.objects.kinds.validation.texts import addresses
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_ONE_PER_FAMILY = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"


def default_servicecidr(servicecidr: Obj) -> None:
    servicecidr.setdefault("spec", {})


def validate_servicecidr(servicecidr: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, servicecidr, names.is_dns1123_subdomain, namespaced=False)
    spec = servicecidr.get("spec") or {}
    cidrs = spec.get("cidrs") or ()
    if not cidrs:
        causes.append(required("spec.cidrs", "at least one CIDR required"))
        return causes
    if len(cidrs) > 2:
        causes.append(invalid("spec.cidrs", {"CIDRs": cidrs}, "may only hold up to 2 values"))
        return causes
    for index, cidr in enumerate(cidrs):
        add_invalid(causes, f"spec.cidrs[{index}]", cidr, addresses.canonical_cidr_errors(cidr))
    networks = [addresses.network(cidr) for cidr in cidrs]
    families = [network.version for network in networks if network is not None]
    if len(families) == 2 and families[0] == families[1]:
        causes.append(invalid("spec.cidrs", cidrs, _ONE_PER_FAMILY))
    return causes


def validate_servicecidr_update(new: Obj, old: Obj) -> Causes:
    """A range stays for life; one of the other family may be added to a single one."""
    causes: Causes = []
    validate_meta_update(causes, new, old)
    after = (new.get("spec") or {}).get("cidrs") or []
    before = (old.get("spec") or {}).get("cidrs") or []
    if len(after) != len(before) and (len(before), len(after)) != (1, 2):
        causes.append(invalid("spec.cidrs", after, IMMUTABLE))
        return causes
    for index, cidr in enumerate(before):
        if after[index] != cidr:
            causes.append(invalid(f"spec.cidrs[{index}]", after[index], IMMUTABLE))
    return causes


def _row(servicecidr: Obj, now: datetime) -> list[Any]:
    cidrs = (servicecidr.get("spec") or {}).get("cidrs") or ()
    return [servicecidr["metadata"].get("name", ""), ",".join(cidrs), cells.age(servicecidr, now)]


PRINTER = Printer((NAME, Column("CIDRs", description="The ranges, one per IP family."), cells.AGE), _row)
SERVICECIDR = Kind(
    group="networking.k8s.io", version="v1", kind="ServiceCIDR", plural="servicecidrs", singular="servicecidr",
    namespaced=False, definition="io.k8s.api.networking.v1.ServiceCIDR", printer=PRINTER,
    subresources=(status_of("ServiceCIDR", "networking.k8s.io"),),
    default=default_servicecidr, prepare=clear_status,
    validate=validate_servicecidr, validate_update=validate_servicecidr_update, validate_status=validate_update,
    status_metadata=(),
    warnings=lambda obj: pending_kind("servicecidrs"),
)  # fmt: skip
