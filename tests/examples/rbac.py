from __future__ import annotations

_V1 = "rbac.authorization.k8s.io/v1"
_RULES = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
_SUBJECTS = [{"kind": "ServiceAccount", "name": "default", "namespace": "default"}, {"kind": "User", "name": "jane"}]

EXAMPLES = (
    {"apiVersion": _V1, "kind": "Role", "rules": _RULES},
    {"apiVersion": _V1, "kind": "ClusterRole", "rules": _RULES},
    {"apiVersion": _V1, "kind": "RoleBinding", "roleRef": {"kind": "Role", "name": "reader"}, "subjects": _SUBJECTS},
    {"apiVersion": _V1, "kind": "ClusterRoleBinding", "roleRef": {"kind": "ClusterRole", "name": "reader"},
     "subjects": _SUBJECTS},
)  # fmt: skip
