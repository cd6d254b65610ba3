"""What validating and mutating policies share: parameters, variables, conditions, and how they are bound."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.objects import names
from services.objects.cel import Environment, Type
from services.objects.cel.escaping import RESERVED
from services.objects.kinds.admissionregistration.expressions import (
    environment,
    validate_expression,
    validate_match_conditions,
    with_variables,
)
from services.objects.kinds.admissionregistration.rules import (
    FAILURE_POLICIES,
    needed,
    validate_match_resources,
)
from services.objects.kinds.validation.field import Causes, add_invalid, forbidden, invalid, required, unsupported
from services.objects.kinds.validation.labels import validate_selector
from services.objects.meta import Obj

_NOT_FOUND_ACTIONS = ("Deny", "Allow")
_EXCLUSIVE = "name and selector are mutually exclusive"
_identifier = re.compile("[_a-zA-Z][_a-zA-Z0-9]*").fullmatch


def validate_policy(causes: Causes, spec: Obj, *, composed: bool = False) -> Environment:
    """All but what a policy does; returns what its expressions may refer to: `variables` only where there are some, or
    where the policy is `composed` in any case."""
    needed(causes, "spec.failurePolicy", spec.get("failurePolicy"), FAILURE_POLICIES)
    kind, constraints = spec.get("paramKind"), spec.get("matchConstraints")
    if kind is not None:
        _validate_param_kind(causes, "spec.paramKind", kind)
    if constraints is None:
        causes.append(required("spec.matchConstraints"))
    else:
        validate_match_resources(causes, "spec.matchConstraints", constraints)
        if not constraints.get("resourceRules"):
            causes.append(required("spec.matchConstraints.resourceRules"))
    has_params = kind is not None
    validate_match_conditions(causes, "spec.matchConditions", spec.get("matchConditions") or (), params=has_params)
    known, variables = environment(params=has_params), spec.get("variables") or ()
    return _validate_variables(causes, "spec.variables", variables, known) if variables or composed else known


def _validate_variables(causes: Causes, path: str, variables: Sequence[Obj], base: Environment) -> Environment:
    """Each may refer to those before it."""
    types: dict[str, Type] = {}
    for index, variable in enumerate(variables):
        where, name, expression = f"{path}[{index}]", variable.get("name") or "", variable.get("expression") or ""
        if not name.strip():
            causes.append(required(f"{where}.name", "name is not specified"))
        elif not _identifier(name) or name in RESERVED:
            causes.append(invalid(f"{where}.name", name, "name is not a valid CEL identifier"))
        if expression.strip():
            known = with_variables(base, types)
            types[name] = validate_expression(causes, f"{where}.expression", expression, known, None)
        else:
            causes.append(required(f"{where}.expression", "expression is not specified"))
    return with_variables(base, types)


def _validate_param_kind(causes: Causes, path: str, kind: Obj) -> None:
    api_version, name = kind.get("apiVersion") or "", kind.get("kind") or ""
    if not api_version:
        causes.append(required(f"{path}.apiVersion"))
    elif api_version.count("/") > 1:
        causes.append(invalid(f"{path}.apiVersion", api_version, f"unexpected GroupVersion string: {api_version}"))
    else:
        group, _, version = api_version.rpartition("/")
        if group and (errors := names.is_dns1123_subdomain(group)):
            causes.append(invalid(f"{path}.apiVersion", group, ",".join(errors)))
        if not version:
            causes.append(invalid(f"{path}.apiVersion", api_version, "version must be specified"))
        elif errors := names.is_dns1035_label(version):
            causes.append(invalid(f"{path}.apiVersion", version, ",".join(errors)))
    if not name:
        causes.append(required(f"{path}.kind"))
    elif errors := names.is_dns1035_label(name.lower()):
        causes.append(invalid(f"{path}.kind", name,
                              "may have mixed case, but should otherwise match: " + ",".join(errors)))  # fmt: skip


def validate_binding(causes: Causes, spec: Obj) -> None:
    """Which policy is in force, with which parameters, for which of the requests that it is about."""
    policy = spec.get("policyName") or ""
    if policy:
        add_invalid(causes, "spec.policyName", policy, names.is_dns1123_subdomain(policy))
    else:
        causes.append(required("spec.policyName"))
    if spec.get("paramRef") is not None:
        _validate_param_ref(causes, "spec.paramRef", spec["paramRef"])
    if spec.get("matchResources") is not None:
        validate_match_resources(causes, "spec.matchResources", spec["matchResources"])


def _validate_param_ref(causes: Causes, path: str, reference: Obj) -> None:
    name, selector = reference.get("name") or "", reference.get("selector")
    if name:
        add_invalid(causes, f"{path}.name", name, names.is_path_segment(name))
        if selector is not None:
            causes.append(forbidden(f"{path}.name", _EXCLUSIVE))
    if selector is not None:
        validate_selector(causes, f"{path}.selector", selector)
        if name:
            causes.append(forbidden(f"{path}.selector", _EXCLUSIVE))
    if not name and selector is None:
        causes.append(required(path, "one of name or selector must be specified"))
    action = reference.get("parameterNotFoundAction")
    if not action:
        causes.append(required(f"{path}.parameterNotFoundAction"))
    elif action not in _NOT_FOUND_ACTIONS:
        causes.append(unsupported(f"{path}.parameterNotFoundAction", action, _NOT_FOUND_ACTIONS))


def param_kind_shown(spec: Obj) -> str:
    kind = spec.get("paramKind")
    return "<unset>" if kind is None else f"{kind.get('apiVersion') or ''}/{kind.get('kind') or ''}"


def param_ref_shown(spec: Obj) -> str:
    """A name without a namespace may be in any."""
    reference = spec.get("paramRef") or {}
    if reference.get("name"):
        return f"{reference.get('namespace') or '*'}/{reference['name']}"
    selector = reference.get("selector")
    return "<unset>" if selector is None else _as_go_prints(selector)


def _as_go_prints(selector: Obj) -> str:
    labels = selector.get("matchLabels") or {}
    pairs = "".join(f"{key}: {labels[key]}," for key in sorted(labels))
    expressions = "".join(
        f"LabelSelectorRequirement{{Key:{each.get('key') or ''},Operator:{each.get('operator') or ''},"
        f"Values:[{' '.join(each.get('values') or ())}],}},"
        for each in selector.get("matchExpressions") or ()
    )
    return (f"&LabelSelector{{MatchLabels:map[string]string{{{pairs}}},"
            f"MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}")  # fmt: skip
