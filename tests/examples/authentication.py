from __future__ import annotations

EXAMPLES = (
    {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": "secret"}},
    {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"},
)  # fmt: skip
