"""What the server adds to CertificateSigningRequests (who asks, when it was decided), and what nobody may ask for."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from services.apiserver.admission.chain import Request
from services.objects import times
from services.objects.errors import Forbidden
from services.objects.kinds import CERTIFICATESIGNINGREQUEST
from services.objects.meta import Obj

_CLIENT_SIGNER, _MASTERS = "kubernetes.io/kube-apiserver-client", "system:masters"


def requestor(request: Request) -> None:
    """Whoever sends the request asks, whatever it says."""
    new, caller = request.new, request.caller
    assert new is not None
    spec = new.setdefault("spec", {})
    for field in ("username", "uid", "groups", "extra"):
        spec.pop(field, None)
    spec["username"] = caller.name
    if caller.uid:
        spec["uid"] = caller.uid
    if caller.groups:
        spec["groups"] = sorted(caller.groups)
    if caller.extra:
        spec["extra"] = {key: list(values) for key, values in caller.extra.items()}


def subject_restriction(request: Request) -> None:
    """Kubernetes' CertificateSubjectRestriction: membership of system:masters is not to be had by a certificate."""
    new = request.new
    assert new is not None
    spec = new.get("spec") or {}
    if spec.get("signerName") != _CLIENT_SIGNER:
        return
    try:
        asked = x509.load_pem_x509_csr(base64.b64decode(spec.get("request") or ""))
    except ValueError:
        return  # the rules of the kind say what is wrong with it
    groups = [attribute.value for attribute in asked.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    if _MASTERS in groups:
        raise Forbidden.object(CERTIFICATESIGNINGREQUEST.group, CERTIFICATESIGNINGREQUEST.plural,
                               new["metadata"].get("name", ""),
                               f"use of {_CLIENT_SIGNER} signer with {_MASTERS} group is not allowed")  # fmt: skip


def timestamps(now: Callable[[], datetime]) -> Callable[[Request], None]:
    """Conditions that do not say since when they hold hold since now, or since they did."""

    def stamp(request: Request) -> None:
        new, old = request.new, request.old
        assert new is not None
        assert old is not None
        conditions = (new.get("status") or {}).get("conditions")
        if conditions:
            moment = times.rfc3339(now())
            new["status"] = {**new["status"], "conditions": [_stamped(each, old, moment) for each in conditions]}

    return stamp


def _stamped(condition: Obj, old: Obj, moment: str) -> Obj:
    made = dict(condition)
    if not made.get("lastUpdateTime"):
        made["lastUpdateTime"] = moment
    if not made.get("lastTransitionTime"):
        before = (each.get("lastTransitionTime") for each in (old.get("status") or {}).get("conditions") or ()
                  if (each.get("type"), each.get("status")) == (made.get("type"), made.get("status")))  # fmt: skip
        made["lastTransitionTime"] = next(filter(None, before), moment)
    return made
