"""Roles and ClusterRoles: sets of rules, written out or gathered from other ClusterRoles by their labels."""

from __future__ import annotations

from collections.abc import Sequence

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.validation.field import Causes, invalid, required
from services.objects.kinds.validation.labels import validate_selector
from services.objects.kinds.validation.meta import validate_meta, validate_update
from services.objects.meta import Obj
from services.objects.printing.generic import NAME_AND_AGE

GROUP = "rbac.authorization.k8s.io"
_OF_RESOURCES = ("apiGroups", "resources", "resourceNames")


def validate_role(role: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, role, names.is_path_segment)
    _validate_rules(causes, "rules", role.get("rules") or (), namespaced=True)
    return causes


def validate_clusterrole(role: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, role, names.is_path_segment, namespaced=False)
    _validate_rules(causes, "rules", role.get("rules") or (), namespaced=False)
    if role.get("aggregationRule") is not None:
        selectors = role["aggregationRule"].get("clusterRoleSelectors") or ()
        path = "aggregationRule.clusterRoleSelectors"
        if not selectors:
            causes.append(required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil"))
        for index, selector in enumerate(selectors):
            validate_selector(causes, f"{path}[{index}]", selector)
    return causes


def _validate_rules(causes: Causes, path: str, rules: Sequence[Obj], *, namespaced: bool) -> None:
    for index, rule in enumerate(rules):
        _validate_rule(causes, f"{path}[{index}]", rule, namespaced)


def _validate_rule(causes: Causes, path: str, rule: Obj, namespaced: bool) -> None:
    urls = rule.get("nonResourceURLs")
    if not rule.get("verbs"):
        causes.append(required(f"{path}.verbs", "verbs must contain at least one value"))
    if urls:
        if namespaced:
            causes.append(invalid(f"{path}.nonResourceURLs", urls,
                                  "namespaced rules cannot apply to non-resource URLs"))  # fmt: skip
        if any(rule.get(field) for field in _OF_RESOURCES):
            causes.append(invalid(f"{path}.nonResourceURLs", urls,
                                  "rules cannot apply to both regular resources and non-resource URLs"))  # fmt: skip
        return
    if not rule.get("apiGroups"):
        causes.append(required(f"{path}.apiGroups", "resource rules must supply at least one api group"))
    if not rule.get("resources"):
        causes.append(required(f"{path}.resources", "resource rules must supply at least one resource"))


ROLE = Kind(
    group=GROUP, version="v1", kind="Role", plural="roles", singular="role", namespaced=True,
    definition="io.k8s.api.rbac.v1.Role", printer=NAME_AND_AGE, create_on_update=True,
    validate=validate_role, validate_update=validate_update,
    warnings=lambda obj: pending_kind("roles"),
)  # fmt: skip
CLUSTERROLE = Kind(
    group=GROUP, version="v1", kind="ClusterRole", plural="clusterroles", singular="clusterrole", namespaced=False,
    definition="io.k8s.api.rbac.v1.ClusterRole", printer=NAME_AND_AGE, create_on_update=True,
    validate=validate_clusterrole, validate_update=validate_update,
    warnings=lambda obj: pending_kind("clusterroles"),
)  # fmt: skip
