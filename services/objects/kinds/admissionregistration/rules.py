"""Which requests a webhook or a policy is about: operations, resources, selectors."""

from __future__ import annotations

from collections.abc import Sequence

from services.objects import names
from services.objects.kinds.validation.field import Causes, add_invalid, duplicate, invalid, required, unsupported
from services.objects.kinds.validation.labels import validate_selector
from services.objects.meta import Obj

FAILURE_POLICIES = ("Fail", "Ignore")
MATCH_POLICIES = ("Equivalent", "Exact")
REINVOCATION_POLICIES = ("IfNeeded", "Never")
MUTATING_OPERATIONS = ("CREATE", "UPDATE")
_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_SCOPES = ("*", "Cluster", "Namespaced")


def default_rules(rules: Sequence[Obj] | None) -> None:
    for rule in rules or ():
        rule.setdefault("scope", "*")


def default_matching(matching: Obj) -> None:
    """Of a webhook, or of the matchConstraints and matchResources of policies: everything, however it is spelled."""
    matching.setdefault("matchPolicy", "Equivalent")
    matching.setdefault("namespaceSelector", {})
    matching.setdefault("objectSelector", {})


def default_match_resources(resources: Obj | None) -> None:
    if resources is None:
        return
    default_matching(resources)
    default_rules(resources.get("resourceRules"))
    default_rules(resources.get("excludeResourceRules"))


def supported(causes: Causes, path: str, value: str | None, choices: Sequence[str]) -> None:
    """A field that may be absent."""
    if value is not None and value not in choices:
        causes.append(unsupported(path, value, choices))


def needed(causes: Causes, path: str, value: str | None, choices: Sequence[str]) -> None:
    """A field whose default came before."""
    if value is None:
        causes.append(required(path))
    else:
        supported(causes, path, value, choices)


def validate_rule(causes: Causes, path: str, rule: Obj) -> None:
    operations = rule.get("operations") or ()
    if not operations:
        causes.append(required(f"{path}.operations"))
    if len(operations) > 1 and "*" in operations:
        causes.append(invalid(f"{path}.operations", operations,
                              "if '*' is present, must not specify other operations"))  # fmt: skip
    for index, operation in enumerate(operations):
        supported(causes, f"{path}.operations[{index}]", operation, _OPERATIONS)
    for name, noun in (("apiGroups", "API groups"), ("apiVersions", "API versions")):
        values = rule.get(name) or ()
        if not values:
            causes.append(required(f"{path}.{name}"))
        if len(values) > 1 and "*" in values:
            causes.append(invalid(f"{path}.{name}", values, f"if '*' is present, must not specify other {noun}"))
    for index, version in enumerate(rule.get("apiVersions") or ()):
        if not version:
            causes.append(required(f"{path}.apiVersions[{index}]"))
    _validate_resources(causes, f"{path}.resources", rule.get("resources") or ())
    supported(causes, f"{path}.scope", rule.get("scope"), _SCOPES)


def _validate_resources(causes: Causes, path: str, resources: Sequence[str]) -> None:
    """`pods`, `pods/log`, `pods/*`, `*/scale`, `*`, `*/*`; none that another one says already."""
    if not resources:
        causes.append(required(path))
    every_subresource: set[str] = set()
    of_every_resource: set[str] = set()
    last_is_plain = False
    for index, each in enumerate(resources):
        if not each:
            causes.append(required(f"{path}[{index}]"))
            continue
        resource, slash, subresource = each.partition("/")
        if not slash:
            last_is_plain = each != "*"
            continue
        if resource in every_subresource:
            causes.append(invalid(f"{path}[{index}]", each,
                                  f"if '{resource}/*' is present, must not specify {each}"))  # fmt: skip
        if subresource in of_every_resource:
            causes.append(invalid(f"{path}[{index}]", each,
                                  f"if '*/{subresource}' is present, must not specify {each}"))  # fmt: skip
        if subresource == "*":
            every_subresource.add(resource)
        if resource == "*":
            of_every_resource.add(subresource)
    if len(resources) > 1 and "*/*" in resources:
        causes.append(invalid(path, resources, "if '*/*' is present, must not specify other resources"))
    if "*" in resources and last_is_plain:
        causes.append(invalid(path, resources,
                              "if '*' is present, must not specify other resources without subresources"))  # fmt: skip


def validate_match_resources(causes: Causes, path: str, resources: Obj) -> None:
    needed(causes, f"{path}.matchPolicy", resources.get("matchPolicy"), MATCH_POLICIES)
    for name in ("namespaceSelector", "objectSelector"):
        if resources.get(name) is None:
            causes.append(required(f"{path}.{name}"))
        else:
            validate_selector(causes, f"{path}.{name}", resources[name])
    for name in ("resourceRules", "excludeResourceRules"):
        for index, rule in enumerate(resources.get(name) or ()):
            _validate_named_rule(causes, f"{path}.{name}[{index}]", rule)


def _validate_named_rule(causes: Causes, path: str, rule: Obj) -> None:
    seen: set[str] = set()
    for index, name in enumerate(rule.get("resourceNames") or ()):
        where = f"{path}.resourceNames[{index}]"
        add_invalid(causes, where, name, names.is_path_segment(name))
        if name in seen:
            causes.append(duplicate(where, name))
        seen.add(name)
    validate_rule(causes, path, rule)


def validate_mutable(causes: Causes, path: str, resources: Obj) -> None:
    """Only what is being created or updated can be changed on its way."""
    for rule in resources.get("resourceRules") or ():
        for operation in rule.get("operations") or ():
            supported(causes, f"{path}.resourceRules.operations", operation, MUTATING_OPERATIONS)
