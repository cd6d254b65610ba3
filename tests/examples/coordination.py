from __future__ import annotations

EXAMPLES = (
    {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": {"holderIdentity": "me"}},
)  # fmt: skip
