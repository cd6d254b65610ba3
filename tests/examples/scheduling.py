from __future__ import annotations

EXAMPLES = (
    {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "value": 1000, "description": "before the others"},
)  # fmt: skip
