from __future__ import annotations

_V1 = "authorization.k8s.io/v1"
_WANTED = {"verb": "get", "resource": "pods", "namespace": "default"}

EXAMPLES = (
    {"apiVersion": _V1, "kind": "SubjectAccessReview", "spec": {"user": "jane", "resourceAttributes": _WANTED}},
    {"apiVersion": _V1, "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": _WANTED}},
    {"apiVersion": _V1, "kind": "LocalSubjectAccessReview", "spec": {"user": "jane", "resourceAttributes": _WANTED}},
    {"apiVersion": _V1, "kind": "SelfSubjectRulesReview", "spec": {"namespace": "default"}},
)  # fmt: skip
