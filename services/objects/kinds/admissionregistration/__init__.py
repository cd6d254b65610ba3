"""The kinds of the group admissionregistration.k8s.io: who has a say in what is written."""

from __future__ import annotations

from services.objects.kinds.admissionregistration.mutatingadmissionpolicy import MUTATINGADMISSIONPOLICY
from services.objects.kinds.admissionregistration.mutatingadmissionpolicybinding import MUTATINGADMISSIONPOLICYBINDING
from services.objects.kinds.admissionregistration.mutatingwebhookconfiguration import MUTATINGWEBHOOKCONFIGURATION
from services.objects.kinds.admissionregistration.validatingadmissionpolicy import VALIDATINGADMISSIONPOLICY
from services.objects.kinds.admissionregistration.validatingadmissionpolicybinding import (
    VALIDATINGADMISSIONPOLICYBINDING,
)
from services.objects.kinds.admissionregistration.validatingwebhookconfiguration import VALIDATINGWEBHOOKCONFIGURATION

KINDS = (
    VALIDATINGWEBHOOKCONFIGURATION, MUTATINGWEBHOOKCONFIGURATION, VALIDATINGADMISSIONPOLICY,
    VALIDATINGADMISSIONPOLICYBINDING, MUTATINGADMISSIONPOLICY, MUTATINGADMISSIONPOLICYBINDING,
)  # fmt: skip

__all__ = [
    "MUTATINGADMISSIONPOLICY", "MUTATINGADMISSIONPOLICYBINDING", "MUTATINGWEBHOOKCONFIGURATION",
    "VALIDATINGADMISSIONPOLICY", "VALIDATINGADMISSIONPOLICYBINDING", "VALIDATINGWEBHOOKCONFIGURATION",
]  # fmt: skip
