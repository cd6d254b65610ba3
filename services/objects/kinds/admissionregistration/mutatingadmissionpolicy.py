"""MutatingAdmissionPolicies: expressions that change what is being written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.cel import Environment
from services.objects.kinds.admissionregistration.expressions import validate_mutation
from services.objects.kinds.admissionregistration.policies import param_kind_shown, validate_policy
from services.objects.kinds.admissionregistration.rules import (
    REINVOCATION_POLICIES,
    default_match_resources,
    supported,
    validate_mutable,
)
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.validation.field import Causes, invalid, required, unsupported
from services.objects.kinds.validation.meta import validate_meta, validate_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_PATCH_TYPES = {"ApplyConfiguration": "applyConfiguration", "JSONPatch": "jsonPatch"}


def default_mutatingadmissionpolicy(policy: Obj) -> None:
    spec = policy.setdefault("spec", {})
    spec.setdefault("failurePolicy", "Fail")
    default_match_resources(spec.get("matchConstraints"))


def validate_mutatingadmissionpolicy(policy: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, policy, names.is_dns1123_subdomain, namespaced=False)
    spec = policy.get("spec") or {}
    known = validate_policy(causes, spec, composed=True)
    validate_mutable(causes, "spec.matchConstraints", spec.get("matchConstraints") or {})
    mutations = spec.get("mutations") or ()
    if not mutations:
        causes.append(required("spec.mutations", "mutations must contain at least one item"))
    for index, mutation in enumerate(mutations):
        _validate_mutation(causes, f"spec.mutations[{index}]", mutation, known)
    if not spec.get("reinvocationPolicy"):
        causes.append(required("spec.reinvocationPolicy"))
    else:
        supported(causes, "spec.reinvocationPolicy", spec["reinvocationPolicy"], REINVOCATION_POLICIES)
    return causes


def _validate_mutation(causes: Causes, path: str, mutation: Obj, known: Environment) -> None:
    kind = mutation.get("patchType") or ""
    if not kind:
        causes.append(required(f"{path}.patchType"))
        return
    if kind not in _PATCH_TYPES:
        causes.append(unsupported(f"{path}.patchType", kind, _PATCH_TYPES))
        return
    for other, field in _PATCH_TYPES.items():
        patch = mutation.get(field)
        if other != kind:
            if patch is not None:
                causes.append(invalid(f"{path}.{field}", f"{{{field}}}",
                                      f"must not be specified when patchType is {kind}"))  # fmt: skip
        elif patch is None:
            causes.append(required(f"{path}.{field}", f"must be specified when patchType is {kind}"))
        elif not (expression := (patch.get("expression") or "").strip()):
            causes.append(required(f"{path}.{field}.expression"))
        else:
            validate_mutation(causes, f"{path}.{field}.expression", expression, known, kind)


def _row(policy: Obj, now: datetime) -> list[Any]:
    spec = policy.get("spec") or {}
    return [policy["metadata"].get("name", ""), len(spec.get("mutations") or ()), param_kind_shown(spec),
            cells.age(policy, now)]  # fmt: skip


PRINTER = Printer(
    (
        NAME,
        Column("Mutations", "integer", description="How many changes it makes."),
        Column("ParamKind", description="The kind of its parameters."),
        cells.AGE,
    ),
    _row,
)
MUTATINGADMISSIONPOLICY = Kind(
    group="admissionregistration.k8s.io", version="v1", kind="MutatingAdmissionPolicy",
    plural="mutatingadmissionpolicies", singular="mutatingadmissionpolicy", categories=("api-extensions",),
    namespaced=False, definition="io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy", printer=PRINTER,
    has_generation=True, unconditional_update=False,
    default=default_mutatingadmissionpolicy,
    validate=validate_mutatingadmissionpolicy, validate_update=validate_update,
    warnings=lambda obj: pending_kind("mutatingadmissionpolicies"),
)  # fmt: skip
