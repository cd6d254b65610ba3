"""ResourceClaims: devices that somebody asks for, and gets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import scheduled_kind
from services.objects.kinds.preparation import clear_status
from services.objects.kinds.resource.claims.allocation import validate_status
from services.objects.kinds.resource.claims.requests import default_claim, known_requests, validate_claim
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.field import Causes, immutable
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer


def default_resourceclaim(claim: Obj) -> None:
    default_claim(claim.setdefault("spec", {}))


def validate_resourceclaim(claim: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, claim, names.is_dns1123_subdomain)
    return causes


def validate_resourceclaim_create(claim: Obj) -> Causes:
    """Later the spec cannot change, and is not looked at again."""
    causes: Causes = []
    validate_claim(causes, "spec", claim.get("spec") or {})
    return causes


def validate_resourceclaim_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    immutable(causes, "spec", new.get("spec"), old.get("spec"))
    return causes


def validate_resourceclaim_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    validate_status(causes, "status", new.get("status") or {}, old.get("status") or {},
                    known_requests(new.get("spec") or {}),
                    deleted=new["metadata"].get("deletionTimestamp") is not None)  # fmt: skip
    return causes


def _state(claim: Obj) -> str:
    status, deleted = claim.get("status") or {}, claim["metadata"].get("deletionTimestamp") is not None
    states = ["deleted"] if deleted else []
    if status.get("allocation") is not None:
        states += ["allocated", "reserved"] if status.get("reservedFor") else ["allocated"]
    elif not deleted:
        states.append("pending")
    return ",".join(states)


def _row(claim: Obj, now: datetime) -> list[Any]:
    return [claim["metadata"].get("name", ""), _state(claim), cells.age(claim, now)]


PRINTER = Printer((NAME, Column("State", description="Whether devices were found and are in use."), cells.AGE), _row)
RESOURCECLAIM = Kind(
    group="resource.k8s.io", version="v1", kind="ResourceClaim", plural="resourceclaims", singular="resourceclaim",
    namespaced=True, definition="io.k8s.api.resource.v1.ResourceClaim", printer=PRINTER,
    subresources=(status_of("ResourceClaim", "resource.k8s.io"),),
    default=default_resourceclaim, prepare=clear_status,
    validate=validate_resourceclaim, validate_create=validate_resourceclaim_create,
    validate_update=validate_resourceclaim_update, validate_status=validate_resourceclaim_status,
    status_metadata=(),
    warnings=lambda obj: scheduled_kind("resourceclaims"),
)  # fmt: skip
