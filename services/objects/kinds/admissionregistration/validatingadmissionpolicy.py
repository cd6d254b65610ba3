"""ValidatingAdmissionPolicies: expressions that decide whether a request may go on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.cel import BOOL, NULL, STRING, Environment
from services.objects.kinds.admissionregistration.expressions import environment, validate_expression
from services.objects.kinds.admissionregistration.policies import param_kind_shown, validate_policy
from services.objects.kinds.admissionregistration.rules import default_match_resources, supported
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.preparation import clear_status
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.conditions import validate_conditions
from services.objects.kinds.validation.field import Causes, add_invalid, duplicate, invalid, required
from services.objects.kinds.validation.labels import qualified_name_errors
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update, validate_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge")
_MOST_ANNOTATIONS = 20
_LONGEST_VALUE = 5 * 1024
_NOTHING_TO_DO = "validations or auditAnnotations must contain at least one item"


def default_validatingadmissionpolicy(policy: Obj) -> None:
    spec = policy.setdefault("spec", {})
    spec.setdefault("failurePolicy", "Fail")
    default_match_resources(spec.get("matchConstraints"))


def validate_validatingadmissionpolicy(policy: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, policy, names.is_dns1123_subdomain, namespaced=False)
    spec = policy.get("spec") or {}
    known = validate_policy(causes, spec)
    validations, annotations = spec.get("validations") or (), spec.get("auditAnnotations") or ()
    if not validations and not annotations:
        causes.append(required("spec.validations", _NOTHING_TO_DO))
        causes.append(required("spec.auditAnnotations", _NOTHING_TO_DO))
    without_authorizer = environment(params="params" in known.variables, authorizer=False)
    if "variables" in known.variables:
        without_authorizer = without_authorizer.extend({"variables": known.variables["variables"]})
    for index, validation in enumerate(validations):
        _validate_validation(causes, f"spec.validations[{index}]", validation, known, without_authorizer)
    if len(annotations) > _MOST_ANNOTATIONS:
        causes.append(invalid("spec.auditAnnotations", annotations,
                              f"must not have more than {_MOST_ANNOTATIONS} auditAnnotations"))  # fmt: skip
    seen: set[str] = set()
    for index, annotation in enumerate(annotations):
        where, key = f"spec.auditAnnotations[{index}]", annotation.get("key") or ""
        _validate_annotation(causes, where, annotation, (policy.get("metadata") or {}).get("name") or "", known)
        if key in seen:
            causes.append(duplicate(f"{where}.key", key))
        seen.add(key)
    return causes


def _validate_validation(causes: Causes, path: str, validation: Obj, known: Environment,
                         without_authorizer: Environment) -> None:  # fmt: skip
    expression, text = validation.get("expression") or "", validation.get("messageExpression") or ""
    if expression.strip():
        validate_expression(causes, f"{path}.expression", expression, known, BOOL)
    else:
        causes.append(required(f"{path}.expression", "expression is not specified"))
    if text.strip():
        validate_expression(causes, f"{path}.messageExpression", text, without_authorizer, STRING)
    elif text:
        causes.append(invalid(f"{path}.messageExpression", text, "must be non-empty if specified"))
    message = validation.get("message") or ""
    if message and not message.strip():
        causes.append(invalid(f"{path}.message", message, "message must be non-empty if specified"))
    elif "\n" in message.strip() or "\r" in message.strip():
        causes.append(invalid(f"{path}.message", message, "message must not contain line breaks"))
    supported(causes, f"{path}.reason", validation.get("reason"), _REASONS)


def _validate_annotation(causes: Causes, path: str, annotation: Obj, policy: str, known: Environment) -> None:
    key, written = annotation.get("key") or "", annotation.get("valueExpression") or ""
    expression = written.strip()
    if policy:
        add_invalid(causes, f"{path}.key", f"{policy}/{key}", qualified_name_errors(f"{policy}/{key}"))
    else:
        causes.append(invalid(f"{path}.key", key, "requires metadata.name be non-empty"))
    if not expression:
        causes.append(required(f"{path}.valueExpression", "valueExpression is not specified"))
    elif len(expression.encode("utf-8", "replace")) > _LONGEST_VALUE:
        causes.append(required(f"{path}.valueExpression", f"must not exceed {_LONGEST_VALUE} bytes in length"))
    else:
        validate_expression(causes, f"{path}.valueExpression", expression, known, (STRING, NULL), written)


def validate_validatingadmissionpolicy_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    status = new.get("status") or {}
    for index, warning in enumerate((status.get("typeChecking") or {}).get("expressionWarnings") or ()):
        where = f"status.typeChecking.expressionWarnings[{index}]"
        if not warning.get("warning"):
            causes.append(required(f"{where}.warning"))
        if not (warning.get("fieldRef") or "").strip():
            causes.append(required(f"{where}.fieldRef"))
    validate_conditions(causes, "status.conditions", status.get("conditions") or ())
    return causes


def _row(policy: Obj, now: datetime) -> list[Any]:
    spec = policy.get("spec") or {}
    return [policy["metadata"].get("name", ""), len(spec.get("validations") or ()), param_kind_shown(spec),
            cells.age(policy, now)]  # fmt: skip


PRINTER = Printer(
    (
        NAME,
        Column("Validations", "integer", description="How many expressions have to hold."),
        Column("ParamKind", description="The kind of its parameters."),
        cells.AGE,
    ),
    _row,
)
VALIDATINGADMISSIONPOLICY = Kind(
    group="admissionregistration.k8s.io", version="v1", kind="ValidatingAdmissionPolicy",
    plural="validatingadmissionpolicies", singular="validatingadmissionpolicy", categories=("api-extensions",),
    namespaced=False, definition="io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy", printer=PRINTER,
    subresources=(status_of("ValidatingAdmissionPolicy", "admissionregistration.k8s.io"),), has_generation=True,
    unconditional_update=False,
    default=default_validatingadmissionpolicy, prepare=clear_status,
    validate=validate_validatingadmissionpolicy, validate_update=validate_update,
    validate_status=validate_validatingadmissionpolicy_status, status_metadata=(),
    warnings=lambda obj: pending_kind("validatingadmissionpolicies"),
)  # fmt: skip
