"""ValidatingAdmissionPolicyBindings: they put a policy into force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.admissionregistration.policies import param_ref_shown, validate_binding
from services.objects.kinds.admissionregistration.rules import default_match_resources
from services.objects.kinds.kind import Kind
from services.objects.kinds.validation.field import Causes, duplicate, invalid, required, unsupported
from services.objects.kinds.validation.meta import validate_meta, validate_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_ACTIONS = ("Audit", "Deny", "Warn")


def default_admissionpolicybinding(binding: Obj) -> None:
    default_match_resources(binding.setdefault("spec", {}).get("matchResources"))


def validate_validatingadmissionpolicybinding(binding: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, binding, names.is_dns1123_subdomain, namespaced=False)
    spec = binding.get("spec") or {}
    validate_binding(causes, spec)
    _validate_actions(causes, "spec.validationActions", spec.get("validationActions") or ())
    return causes


def _validate_actions(causes: Causes, path: str, actions: Sequence[str]) -> None:
    for index, action in enumerate(actions):
        if action not in _ACTIONS:
            causes.append(unsupported(f"{path}[{index}]", action, _ACTIONS))
        if action in actions[:index]:
            causes.append(duplicate(f"{path}[{index}]", action))
    if "Deny" in actions and "Warn" in actions:
        causes.append(invalid(path, actions, "must not contain both Deny and Warn (repeating the same validation "
                              "failure information in the API response and headers serves no purpose)"))  # fmt: skip
    if not actions:
        causes.append(required(path, "at least one validation action is required"))


def _row(binding: Obj, now: datetime) -> list[Any]:
    spec = binding.get("spec") or {}
    return [binding["metadata"].get("name", ""), spec.get("policyName") or "", param_ref_shown(spec),
            cells.age(binding, now)]  # fmt: skip


BINDING_PRINTER = Printer(
    (
        NAME,
        Column("PolicyName", description="The policy that it puts into force."),
        Column("ParamRef", description="The policy's parameters."),
        cells.AGE,
    ),
    _row,
)
VALIDATINGADMISSIONPOLICYBINDING = Kind(
    group="admissionregistration.k8s.io", version="v1", kind="ValidatingAdmissionPolicyBinding",
    plural="validatingadmissionpolicybindings", singular="validatingadmissionpolicybinding",
    categories=("api-extensions",), namespaced=False,
    definition="io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding", printer=BINDING_PRINTER,
    has_generation=True, unconditional_update=False,
    default=default_admissionpolicybinding,
    validate=validate_validatingadmissionpolicybinding, validate_update=validate_update,
)  # fmt: skip
