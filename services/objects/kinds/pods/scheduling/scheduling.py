"""The rules of where a pod may go: tolerations, taints, affinity, spreading."""

from __future__ import annotations

from collections.abc import Sequence

from services.objects.kinds.validation.field import Causes, forbidden, invalid, one_of, required, unsupported
from services.objects.kinds.validation.labels import label_value_errors, validate_label_name, validate_selector
from services.objects.meta import Obj

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_OPERATORS = ("Equal", "Exists")
_UNSATISFIABLE = ("DoNotSchedule", "ScheduleAnyway")
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def validate_tolerations(causes: Causes, path: str, tolerations: Sequence[Obj]) -> None:
    for index, toleration in enumerate(tolerations):
        where = f"{path}[{index}]"
        key, operator = toleration.get("key"), toleration.get("operator") or ""
        effect, value = toleration.get("effect") or "", toleration.get("value") or ""
        if key:
            validate_label_name(causes, f"{where}.key", key)
        elif operator != "Exists":
            causes.append(invalid(f"{where}.operator", operator, "operator must be Exists when `key` is empty, which "
                                                                 'means "match all values and all keys"'))
        if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
            causes.append(invalid(f"{where}.effect", effect,
                                  "effect must be 'NoExecute' when `tolerationSeconds` is set"))  # fmt: skip
        if operator in ("", "Equal"):
            errors = label_value_errors(value)
            if errors:
                causes.append(invalid(f"{where}.operator", value, ";".join(errors)))
        elif operator == "Exists":
            if value:
                causes.append(invalid(f"{where}.operator", value, "value must be empty when `operator` is 'Exists'"))
        else:
            causes.append(unsupported(f"{where}.operator", operator, _OPERATORS))
        if effect and effect not in EFFECTS:
            causes.append(unsupported(f"{where}.effect", effect, EFFECTS))


def validate_affinity(causes: Causes, path: str, affinity: Obj) -> None:
    node = affinity.get("nodeAffinity")
    if node is not None:
        if _REQUIRED in node:
            _validate_node_selector(causes, f"{path}.nodeAffinity.{_REQUIRED}", node[_REQUIRED])
        for index, term in enumerate(node.get(_PREFERRED) or ()):
            where = f"{path}.nodeAffinity.{_PREFERRED}[{index}]"
            _validate_weight(causes, where, term)
            _validate_node_term(causes, f"{where}.preference", term.get("preference") or {})
    for name in ("podAffinity", "podAntiAffinity"):
        pods = affinity.get(name) or {}
        for index, term in enumerate(pods.get(_REQUIRED) or ()):
            _validate_pod_term(causes, f"{path}.{name}.{_REQUIRED}[{index}]", term)
        for index, term in enumerate(pods.get(_PREFERRED) or ()):
            where = f"{path}.{name}.{_PREFERRED}[{index}]"
            _validate_weight(causes, where, term)
            _validate_pod_term(causes, f"{where}.podAffinityTerm", term.get("podAffinityTerm") or {})


def _validate_weight(causes: Causes, path: str, term: Obj) -> None:
    weight = term.get("weight", 0)
    if not 1 <= weight <= 100:
        causes.append(invalid(f"{path}.weight", weight, "must be in the range 1-100"))


def _validate_node_selector(causes: Causes, path: str, selector: Obj) -> None:
    terms = selector.get("nodeSelectorTerms")
    if not terms:
        causes.append(required(f"{path}.nodeSelectorTerms", "must have at least one node selector term"))
    for index, term in enumerate(terms or ()):
        _validate_node_term(causes, f"{path}.nodeSelectorTerms[{index}]", term)


def _validate_node_term(causes: Causes, path: str, term: Obj) -> None:
    for index, expression in enumerate(term.get("matchExpressions") or ()):
        where = f"{path}.matchExpressions[{index}]"
        _validate_node_expression(causes, where, expression)
        validate_label_name(causes, f"{where}.key", expression.get("key") or "")
    for index, expression in enumerate(term.get("matchFields") or ()):
        where = f"{path}.matchFields[{index}]"
        operator, values = expression.get("operator") or "", expression.get("values") or ()
        if operator not in ("In", "NotIn"):
            causes.append(invalid(f"{where}.operator", operator, "not a valid selector operator"))
        elif len(values) != 1:
            causes.append(required(f"{where}.values", "must be only one value when `operator` is 'In' or 'NotIn' for "
                                                      "node field selector"))
        if expression.get("key") != "metadata.name":
            causes.append(invalid(f"{where}.key", expression.get("key") or "", "not a valid field selector key"))


def _validate_node_expression(causes: Causes, path: str, expression: Obj) -> None:
    operator, values = expression.get("operator") or "", expression.get("values")
    if operator in ("In", "NotIn"):
        if not values:
            causes.append(required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'"))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            causes.append(forbidden(f"{path}.values",
                                    "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
    elif operator in ("Gt", "Lt"):
        if len(values or ()) != 1:
            causes.append(required(f"{path}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'"))
    else:
        causes.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))


def _validate_pod_term(causes: Causes, path: str, term: Obj) -> None:
    for name in ("labelSelector", "namespaceSelector"):
        if term.get(name) is not None:
            validate_selector(causes, f"{path}.{name}", term[name])
    _validate_topology_key(causes, path, term)


def _validate_topology_key(causes: Causes, path: str, term: Obj) -> None:
    key = term.get("topologyKey")
    if key:
        validate_label_name(causes, f"{path}.topologyKey", key)
    else:
        causes.append(required(f"{path}.topologyKey", "can not be empty"))


def validate_spread(causes: Causes, path: str, constraints: Sequence[Obj]) -> None:
    for index, constraint in enumerate(constraints):
        where = f"{path}[{index}]"
        skew = constraint.get("maxSkew", 0)
        if skew <= 0:
            causes.append(invalid(f"{where}.maxSkew", skew, "must be greater than zero"))
        _validate_topology_key(causes, where, constraint)
        one_of(causes, f"{where}.whenUnsatisfiable", constraint.get("whenUnsatisfiable"), _UNSATISFIABLE)
        if constraint.get("labelSelector") is not None:
            validate_selector(causes, f"{where}.labelSelector", constraint["labelSelector"])

