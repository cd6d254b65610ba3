from __future__ import annotations

from tests.examples.core import LABELS, TEMPLATE

_SPEC = {"selector": {"matchLabels": LABELS}, "template": TEMPLATE}

EXAMPLES = (
    {"apiVersion": "apps/v1", "kind": "ReplicaSet", "spec": _SPEC},
    {"apiVersion": "apps/v1", "kind": "Deployment", "spec": _SPEC},
    {"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {**_SPEC, "serviceName": "example"}},
    {"apiVersion": "apps/v1", "kind": "DaemonSet", "spec": _SPEC},
    {"apiVersion": "apps/v1", "kind": "ControllerRevision", "data": {"spec": {}}, "revision": 1},
)  # fmt: skip
