"""CertificateSigningRequests: somebody asks for a certificate, somebody else approves, a signer issues it.

What was asked for cannot change, what was decided cannot be taken back, and what was issued stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from services.objects import durations
from services.objects.kinds import fields
from services.objects.kinds.certificates.pem import PemError, check_certificates, check_request
from services.objects.kinds.kind import Kind, Subresource
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.preparation import clear_status
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.field import Causes, duplicate, forbidden, invalid, required, unsupported
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.kinds.validation.texts.signers import validate_signer_name
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

APPROVED, DENIED, FAILED = "Approved", "Denied", "Failed"
_GROUP, _DEFINITION = "certificates.k8s.io", "io.k8s.api.certificates.v1.CertificateSigningRequest"
_DECIDED = (APPROVED, DENIED)
_FINAL = (*_DECIDED, FAILED)
_STATUSES = ("False", "True", "Unknown")
USAGES = (
    "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment",
    "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel",
    "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime",
    "server auth", "signing", "timestamping",
)  # fmt: skip
_LEAST_SECONDS, _LEGACY_SIGNER = 600, "kubernetes.io/legacy-unknown"
_HIDDEN = "<certificate data>"


def prepare_update(new: Obj, old: Obj) -> None:
    new["spec"] = old["spec"]


def take_approval(new: Obj, old: Obj) -> Obj:
    """The approval subresource writes conditions, and nothing else of the status."""
    status = {**(old.get("status") or {}), "conditions": (new.get("status") or {}).get("conditions") or []}
    if not status["conditions"]:
        del status["conditions"]
    return {**old, "metadata": dict(old["metadata"]), "status": status}


def _any_name(name: str) -> list[str]:
    return []


def validate_request(request: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, request, _any_name, namespaced=False)
    spec, status = request.get("spec") or {}, request.get("status") or {}
    try:
        check_request(spec.get("request") or "")
    except PemError as error:
        causes.append(invalid("spec.request", spec.get("request") or "", str(error)))
    _validate_usages(causes, "spec.usages", spec.get("usages") or ())
    _validate_signer(causes, "spec.signerName", spec.get("signerName") or "")
    seconds = spec.get("expirationSeconds")
    if seconds is not None and seconds < _LEAST_SECONDS:
        causes.append(invalid("spec.expirationSeconds", seconds,
                              f"may not specify a duration less than {_LEAST_SECONDS} seconds (10 minutes)"))
    _validate_conditions(causes, "status.conditions", status.get("conditions") or ())
    if status.get("certificate"):
        try:
            check_certificates(status["certificate"])
        except PemError as error:
            causes.append(invalid("status.certificate", _HIDDEN, str(error)))
    return causes


def _validate_signer(causes: Causes, path: str, signer: str) -> None:
    if signer == _LEGACY_SIGNER:
        causes.append(invalid(path, signer, "the legacy signerName is not allowed via this API version"))
    else:
        validate_signer_name(causes, path, signer)


def _validate_usages(causes: Causes, path: str, usages: Sequence[str]) -> None:
    if not usages:
        causes.append(required(path))
    for index, usage in enumerate(usages):
        if usage not in USAGES:
            causes.append(unsupported(f"{path}[{index}]", usage, USAGES))
        if usage in usages[:index]:
            causes.append(duplicate(f"{path}[{index}]", usage))


def _validate_conditions(causes: Causes, path: str, conditions: Sequence[Obj]) -> None:
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        where, type, status = f"{path}[{index}]", condition.get("type") or "", condition.get("status") or ""
        if not type:
            causes.append(required(f"{where}.type"))
        allowed = ("True",) if type in _FINAL else _STATUSES
        if not status:
            causes.append(required(f"{where}.status"))
        elif status not in allowed:
            causes.append(unsupported(f"{where}.status", status, allowed))
        if type in _DECIDED and seen & (set(_DECIDED) - {type}):
            causes.append(invalid(f"{where}.type", type, "Approved and Denied conditions are mutually exclusive"))
        if type in seen:
            causes.append(duplicate(f"{where}.type", type))
        seen.add(type)


def _of_type(request: Obj, type: str) -> list[Obj]:
    found = (request.get("status") or {}).get("conditions") or ()
    return [condition for condition in found if condition.get("type") == type]


def _validate_history(causes: Causes, new: Obj, old: Obj, *, deciding: bool) -> None:
    path = "status.conditions"
    for type in _FINAL:
        if len(_of_type(new, type)) < len(_of_type(old, type)):
            causes.append(forbidden(path, f'updates may not remove a condition of type "{type}"'))
    for type in () if deciding else _DECIDED:
        after, before = _of_type(new, type), _of_type(old, type)
        if len(after) > len(before):
            causes.append(forbidden(path, f'updates may not add a condition of type "{type}"'))
        elif len(after) == len(before) and after != before:
            causes.append(forbidden(path, f'updates may not modify a condition of type "{type}"'))


def validate_request_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    return causes


def validate_request_status(new: Obj, old: Obj) -> Causes:
    causes = validate_request(new)
    validate_meta_update(causes, new, old)
    _validate_history(causes, new, old, deciding=False)
    after, before = ((each.get("status") or {}).get("certificate") or "" for each in (new, old))
    if before and after != before:
        causes.append(forbidden("status.certificate", "updates may not modify existing certificate content"))
    return causes


def validate_approval(new: Obj, old: Obj) -> Causes:
    causes = validate_request(new)
    validate_meta_update(causes, new, old)
    _validate_history(causes, new, old, deciding=True)
    return causes


def _row(request: Obj, now: datetime) -> list[Any]:
    spec = request.get("spec") or {}
    seconds = spec.get("expirationSeconds")
    lasting = cells.NONE if seconds is None else durations.human(timedelta(seconds=seconds))
    return [request["metadata"].get("name", ""), cells.age(request, now), spec.get("signerName") or cells.NONE,
            spec.get("username", ""), lasting, _state(request)]  # fmt: skip


def _state(request: Obj) -> str:
    state = DENIED if _of_type(request, DENIED) else APPROVED if _of_type(request, APPROVED) else "Pending"
    failed = f",{FAILED}" if _of_type(request, FAILED) else ""
    return state + failed + (",Issued" if (request.get("status") or {}).get("certificate") else "")


PRINTER = Printer(
    (
        NAME,
        cells.AGE,
        Column("SignerName", description="Who is to sign."),
        Column("Requestor", description="Who asked."),
        Column("RequestedDuration", description="How long the certificate should be valid."),
        Column("Condition", description="What has become of it."),
    ),
    _row,
)
CERTIFICATESIGNINGREQUEST = Kind(
    group=_GROUP, version="v1", kind="CertificateSigningRequest", plural="certificatesigningrequests",
    singular="certificatesigningrequest", short_names=("csr",), namespaced=False, definition=_DEFINITION,
    printer=PRINTER,
    subresources=(
        status_of("CertificateSigningRequest", _GROUP),
        Subresource("approval", ("get", "patch", "update"), "CertificateSigningRequest", _GROUP,
                    definition=_DEFINITION, take=take_approval, validate=validate_approval),
    ),
    fields=fields.texts("spec.signerName"),
    prepare=clear_status, prepare_update=prepare_update,
    validate=validate_request, validate_update=validate_request_update, validate_status=validate_request_status,
    warnings=lambda obj: pending_kind("certificatesigningrequests"),
)  # fmt: skip
