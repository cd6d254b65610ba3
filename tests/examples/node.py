from __future__ import annotations

EXAMPLES = (
    {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "handler": "gvisor",
     "overhead": {"podFixed": {"memory": "64Mi"}}},
)  # fmt: skip
