"""FlowSchemas: which requests wait in which queues."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.flowcontrol import mandatory
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.preparation import clear_status
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    duplicate,
    forbidden,
    invalid,
    required,
    unsupported,
)
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update, validate_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_LOWEST_PRECEDENCE, _DEFAULT_PRECEDENCE = 10000, 1000
_DISTINGUISHERS = ("ByNamespace", "ByUser")
_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch")
_SUBJECTS = {"Group": "group", "ServiceAccount": "serviceAccount", "User": "user"}
_NAMESPACE_RULE = "each member of this list must be '*' or a DNS-1123 label; "


def default_flowschema(schema: Obj) -> None:
    spec = schema.setdefault("spec", {})
    if not spec.get("matchingPrecedence"):
        spec["matchingPrecedence"] = _DEFAULT_PRECEDENCE


def validate_flowschema(schema: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, schema, names.is_dns1123_subdomain, namespaced=False)
    spec, name = schema.get("spec") or {}, (schema.get("metadata") or {}).get("name") or ""
    _validate_precedence(causes, "spec.matchingPrecedence", spec.get("matchingPrecedence") or 0, name)
    method = spec.get("distinguisherMethod")
    if method is not None and method.get("type") not in _DISTINGUISHERS:
        causes.append(unsupported("spec.distinguisherMethod.type", {"Type": method.get("type") or ""}, _DISTINGUISHERS))
    level = (spec.get("priorityLevelConfiguration") or {}).get("name") or ""
    if level:
        add_invalid(causes, "spec.priorityLevelConfiguration.name", level, names.is_dns1123_subdomain(level))
    else:
        causes.append(required("spec.priorityLevelConfiguration.name", "must reference a priority level"))
    for index, rule in enumerate(spec.get("rules") or ()):
        _validate_rule(causes, f"spec.rules[{index}]", rule)
    fixed = mandatory.FLOWSCHEMAS.get(name)
    if fixed is not None and spec != fixed:
        causes.append(invalid("spec", spec, f"spec of '{name}' must equal the fixed value"))
    validate_statuses(causes, "status.conditions", (schema.get("status") or {}).get("conditions") or ())
    return causes


def _validate_precedence(causes: Causes, path: str, precedence: int, name: str) -> None:
    if precedence <= 0:
        causes.append(invalid(path, precedence, "must be a positive value"))
    if precedence > _LOWEST_PRECEDENCE:
        causes.append(invalid(path, precedence, f"must not be greater than {_LOWEST_PRECEDENCE}"))
    if precedence == 1 and name != mandatory.EXEMPT:
        causes.append(invalid(path, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"))


def _validate_rule(causes: Causes, path: str, rule: Obj) -> None:
    subjects = rule.get("subjects") or ()
    resource_rules, other_rules = rule.get("resourceRules") or (), rule.get("nonResourceRules") or ()
    if not subjects:
        causes.append(required(f"{path}.subjects", "subjects must contain at least one value"))
    for index, subject in enumerate(subjects):
        _validate_subject(causes, f"{path}.subjects[{index}]", subject)
    if not resource_rules and not other_rules:
        causes.append(required(path, "at least one of resourceRules and nonResourceRules has to be non-empty"))
    for index, each in enumerate(resource_rules):
        _validate_resource_rule(causes, f"{path}.resourceRules[{index}]", each)
    for index, each in enumerate(other_rules):
        _validate_other_rule(causes, f"{path}.nonResourceRules[{index}]", each)


def _validate_subject(causes: Causes, path: str, subject: Obj) -> None:
    kind = subject.get("kind") or ""
    if kind not in _SUBJECTS:
        causes.append(unsupported(f"{path}.kind", kind, _SUBJECTS))
        return
    own = _SUBJECTS[kind]
    who = subject.get(own)
    if who is None:
        causes.append(required(f"{path}.{own}", f"{own} is required when subject kind is '{kind}'"))
    else:
        _validate_name(causes, f"{path}.{own}", kind, who)
    for other in ("ServiceAccount", "User", "Group"):
        field = _SUBJECTS[other]
        if other != kind and subject.get(field) is not None:
            causes.append(forbidden(f"{path}.{field}", f"{field} is forbidden when subject kind is not '{other}'"))


def _validate_name(causes: Causes, path: str, kind: str, who: Obj) -> None:
    name = who.get("name") or ""
    if not name:
        causes.append(required(f"{path}.name"))
    if kind != "ServiceAccount":
        return
    if name and name != "*":
        add_invalid(causes, f"{path}.name", name, names.is_dns1123_subdomain(name))
    namespace = who.get("namespace") or ""
    if namespace:
        add_invalid(causes, f"{path}.namespace", namespace, names.is_dns1123_label(namespace))
    else:
        causes.append(required(f"{path}.namespace", "must specify namespace for service account"))


def _validate_verbs(causes: Causes, path: str, verbs: Sequence[str]) -> None:
    if not verbs:
        causes.append(required(path, "verbs must contain at least one value"))
    elif "*" in verbs:
        if len(verbs) > 1:
            causes.append(invalid(path, verbs, "if '*' is present, must not specify other verbs"))
    elif not set(verbs) <= set(_VERBS):
        causes.append(unsupported(path, verbs, _VERBS))


def _validate_resource_rule(causes: Causes, path: str, rule: Obj) -> None:
    _validate_verbs(causes, f"{path}.verbs", rule.get("verbs") or ())
    for name, one, many in (("apiGroups", "api group", "api groups"), ("resources", "resource", "resources")):
        values = rule.get(name) or ()
        if not values:
            causes.append(required(f"{path}.{name}", f"resource rules must supply at least one {one}"))
        elif len(values) > 1 and "*" in values:
            causes.append(invalid(f"{path}.{name}", values, f"if '*' is present, must not specify other {many}"))
    namespaces = rule.get("namespaces") or ()
    if not namespaces and not rule.get("clusterScope"):
        causes.append(required(f"{path}.namespaces", "resource rules that are not cluster scoped must supply at least "
                                                     "one namespace"))  # fmt: skip
    elif "*" in namespaces:
        if len(namespaces) > 1:
            causes.append(invalid(f"{path}.namespaces", namespaces,
                                  "if '*' is present, must not specify other namespaces"))  # fmt: skip
    else:
        for index, namespace in enumerate(namespaces):
            add_invalid(causes, f"{path}.namespaces[{index}]", namespace,
                        [_NAMESPACE_RULE + error for error in names.is_dns1123_label(namespace)])  # fmt: skip


def _validate_other_rule(causes: Causes, path: str, rule: Obj) -> None:
    _validate_verbs(causes, f"{path}.verbs", rule.get("verbs") or ())
    urls = rule.get("nonResourceURLs") or ()
    if not urls:
        causes.append(required(f"{path}.nonResourceURLs", "nonResourceURLs must contain at least one value"))
    elif "*" in urls:
        if len(urls) > 1:
            causes.append(invalid(f"{path}.nonResourceURLs", urls,
                                  "if '*' is present, must not specify other non-resource URLs"))  # fmt: skip
    else:
        for index, url in enumerate(urls):
            error = _url_error(url)
            if error:
                causes.append(invalid(f"{path}.nonResourceURLs[{index}]", url, error))


def _url_error(url: str) -> str:
    if not url:
        return "must not be empty"
    if url == "/":
        return ""
    if not url.startswith("/"):
        return "must start with slash"
    if " " in url:
        return "must not contain white-space"
    if "//" in url:
        return "must not contain double slash"
    stars = url.count("*")
    return "wildcard can only do suffix matching" if stars > 1 or (stars and not url.endswith("/*")) else ""


def validate_statuses(causes: Causes, path: str, conditions: Sequence[Obj]) -> None:
    """Conditions of flow control have rules of their own: a type, and each type once."""
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        kind = condition.get("type") or ""
        if kind in seen:
            causes.append(duplicate(f"{path}[{index}].type", kind))
        seen.add(kind)
        if not kind:
            causes.append(required(f"{path}[{index}].type", "must not be empty"))


def validate_flowcontrol_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    validate_statuses(causes, "status.conditions", (new.get("status") or {}).get("conditions") or ())
    return causes


def _row(schema: Obj, now: datetime) -> list[Any]:
    spec, method = schema.get("spec") or {}, (schema.get("spec") or {}).get("distinguisherMethod")
    conditions = (schema.get("status") or {}).get("conditions") or ()
    dangling = next((each.get("status") or "" for each in conditions if each.get("type") == "Dangling"), "?")
    return [
        schema["metadata"].get("name", ""), (spec.get("priorityLevelConfiguration") or {}).get("name") or "",
        spec.get("matchingPrecedence") or 0, cells.NONE if method is None else method.get("type") or "",
        cells.age(schema, now), dangling,
    ]  # fmt: skip


PRINTER = Printer(
    (
        NAME,
        Column("PriorityLevel", description="The level whose queues the requests wait in."),
        Column("MatchingPrecedence", description="The lower, the sooner it is looked at."),
        Column("DistinguisherMethod", description="How one flow is told from another."),
        cells.AGE,
        Column("MissingPL", description="Whether the level is not there."),
    ),
    _row,
)
FLOWSCHEMA = Kind(
    group="flowcontrol.apiserver.k8s.io", version="v1", kind="FlowSchema", plural="flowschemas", singular="flowschema",
    namespaced=False, definition="io.k8s.api.flowcontrol.v1.FlowSchema", printer=PRINTER,
    subresources=(status_of("FlowSchema", "flowcontrol.apiserver.k8s.io"),), has_generation=True, status_metadata=(),
    default=default_flowschema, prepare=clear_status,
    validate=validate_flowschema, validate_update=validate_update, validate_status=validate_flowcontrol_status,
    warnings=lambda obj: pending_kind("flowschemas"),
)  # fmt: skip
