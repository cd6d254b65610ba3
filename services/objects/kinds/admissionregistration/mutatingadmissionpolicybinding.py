"""MutatingAdmissionPolicyBindings: they put a policy into force."""

from __future__ import annotations

from services.objects import names
from services.objects.kinds.admissionregistration.policies import validate_binding
from services.objects.kinds.admissionregistration.rules import validate_mutable
from services.objects.kinds.admissionregistration.validatingadmissionpolicybinding import (
    BINDING_PRINTER,
    default_admissionpolicybinding,
)
from services.objects.kinds.kind import Kind
from services.objects.kinds.validation.field import Causes
from services.objects.kinds.validation.meta import validate_meta, validate_update
from services.objects.meta import Obj


def validate_mutatingadmissionpolicybinding(binding: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, binding, names.is_dns1123_subdomain, namespaced=False)
    spec = binding.get("spec") or {}
    validate_binding(causes, spec)
    validate_mutable(causes, "spec.matchResources", spec.get("matchResources") or {})
    return causes


MUTATINGADMISSIONPOLICYBINDING = Kind(
    group="admissionregistration.k8s.io", version="v1", kind="MutatingAdmissionPolicyBinding",
    plural="mutatingadmissionpolicybindings", singular="mutatingadmissionpolicybinding",
    categories=("api-extensions",), namespaced=False,
    definition="io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding", printer=BINDING_PRINTER,
    has_generation=True, unconditional_update=False,
    default=default_admissionpolicybinding,
    validate=validate_mutatingadmissionpolicybinding, validate_update=validate_update,
)  # fmt: skip
