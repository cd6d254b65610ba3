from __future__ import annotations

_V1 = "flowcontrol.apiserver.k8s.io/v1"

EXAMPLES = (
    {"apiVersion": _V1, "kind": "FlowSchema", "spec": {
        "priorityLevelConfiguration": {"name": "example"},
        "rules": [{"subjects": [{"kind": "User", "user": {"name": "me"}}],
                   "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}]}]}},
    {"apiVersion": _V1, "kind": "PriorityLevelConfiguration",
     "spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Reject"}}}},
)  # fmt: skip
