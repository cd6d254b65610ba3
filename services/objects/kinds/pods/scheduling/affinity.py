"""The rules of affinity: which nodes a pod wants, and near which pods."""

from __future__ import annotations

from collections.abc import Sequence

from services.objects import names
from services.objects.kinds.validation.field import Causes, add_invalid, forbidden, invalid, required
from services.objects.kinds.validation.labels import (
    label_value_errors,
    validate_label_name,
    validate_selector,
)
from services.objects.meta import Obj

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_IN_BOTH = "exists in both matchLabelKeys and labelSelector"


def validate_affinity(causes: Causes, path: str, affinity: Obj) -> None:
    node = affinity.get("nodeAffinity")
    if node is not None:
        validate_node_affinity(causes, f"{path}.nodeAffinity", node)
    for name in ("podAffinity", "podAntiAffinity"):
        pods = affinity.get(name)
        if pods is None:
            continue
        for index, term in enumerate(pods.get(REQUIRED) or ()):
            _validate_pod_term(causes, f"{path}.{name}.{REQUIRED}[{index}]", term)
        for index, term in enumerate(pods.get(PREFERRED) or ()):
            where = f"{path}.{name}.{PREFERRED}[{index}]"
            _validate_weight(causes, where, term)
            _validate_pod_term(causes, f"{where}.podAffinityTerm", term.get("podAffinityTerm") or {})


def validate_node_affinity(causes: Causes, path: str, node: Obj) -> None:
    if REQUIRED in node:
        validate_node_selector(causes, f"{path}.{REQUIRED}", node[REQUIRED])
    for index, term in enumerate(node.get(PREFERRED) or ()):
        where = f"{path}.{PREFERRED}[{index}]"
        _validate_weight(causes, where, term)
        _validate_node_term(causes, f"{where}.preference", term.get("preference") or {}, check_values=False)


def _validate_weight(causes: Causes, path: str, term: Obj) -> None:
    weight = term.get("weight", 0)
    if not 1 <= weight <= 100:
        causes.append(invalid(f"{path}.weight", weight, "must be in the range 1-100"))


def validate_node_selector(causes: Causes, path: str, selector: Obj) -> None:
    """A NodeSelector: one of its terms must hold."""
    terms = selector.get("nodeSelectorTerms") or ()
    if not terms:
        causes.append(required(f"{path}.nodeSelectorTerms", "must have at least one node selector term"))
    for index, term in enumerate(terms):
        _validate_node_term(causes, f"{path}.nodeSelectorTerms[{index}]", term, check_values=True)


def _validate_node_term(causes: Causes, path: str, term: Obj, *, check_values: bool) -> None:
    """A preference for a value that no label can have is a wish that nothing fulfils, and no error."""
    for index, expression in enumerate(term.get("matchExpressions") or ()):
        where = f"{path}.matchExpressions[{index}]"
        _validate_expression(causes, where, expression)
        validate_label_name(causes, f"{where}.key", expression.get("key") or "")
        if check_values:
            for place, value in enumerate(expression.get("values") or ()):
                add_invalid(causes, f"{where}.values[{place}]", value, label_value_errors(value))
    for index, expression in enumerate(term.get("matchFields") or ()):
        _validate_field(causes, f"{path}.matchFields[{index}]", expression)


def _validate_expression(causes: Causes, path: str, expression: Obj) -> None:
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


def _validate_field(causes: Causes, path: str, expression: Obj) -> None:
    """Of a node's fields its name alone can be asked for."""
    operator, values = expression.get("operator") or "", expression.get("values") or ()
    key = expression.get("key") or ""
    if operator not in ("In", "NotIn"):
        causes.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    elif len(values) != 1:
        causes.append(required(f"{path}.values", "must be only one value when `operator` is 'In' or 'NotIn' for node "
                                                 "field selector"))  # fmt: skip
    if key != "metadata.name":
        causes.append(invalid(f"{path}.key", key, "not a valid field selector key"))
        return
    for place, value in enumerate(values):
        add_invalid(causes, f"{path}.values[{place}]", value, names.is_dns1123_subdomain(value))


def _validate_pod_term(causes: Causes, path: str, term: Obj) -> None:
    selector = term.get("labelSelector")
    if selector is not None:
        validate_selector(causes, f"{path}.labelSelector", selector)
    if term.get("namespaceSelector") is not None:
        validate_selector(causes, f"{path}.namespaceSelector", term["namespaceSelector"])
    for namespace in term.get("namespaces") or ():
        add_invalid(causes, f"{path}.namespace", namespace, names.is_dns1123_label(namespace))
    _validate_label_keys(causes, path, term, selector)
    key = term.get("topologyKey") or ""
    if not key:
        causes.append(required(f"{path}.topologyKey", "can not be empty"))
    validate_label_name(causes, f"{path}.topologyKey", key)


def _validate_label_keys(causes: Causes, path: str, term: Obj, selector: Obj | None) -> None:
    """Keys whose values are taken of the pod itself, and so cannot be told in the selector as well."""
    match, mismatch = term.get("matchLabelKeys") or (), term.get("mismatchLabelKeys") or ()
    for field, keys in (("matchLabelKeys", match), ("mismatchLabelKeys", mismatch)):
        if keys and selector is None:
            causes.append(forbidden(f"{path}.{field}", "must not be specified when labelSelector is not set"))
        elif keys:
            _validate_names(causes, f"{path}.{field}", keys)
    if match and selector is not None:
        places = {key: place for place, key in enumerate(match)}
        told = set(selector.get("matchLabels") or ())
        for expression in selector.get("matchExpressions") or ():
            key = expression.get("key") or ""
            if key in places and key in told:
                causes.append(invalid(f"{path}[{places[key]}]", key, _IN_BOTH))
            told.add(key)
    mismatched = set(mismatch)
    for place, key in enumerate(match):
        if key in mismatched:
            causes.append(invalid(f"{path}.matchLabelKeys[{place}]", key,
                                  "exists in both matchLabelKeys and mismatchLabelKeys"))  # fmt: skip


def _validate_names(causes: Causes, path: str, keys: Sequence[str]) -> None:
    for place, key in enumerate(keys):
        validate_label_name(causes, f"{path}[{place}]", key)
