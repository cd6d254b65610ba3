from __future__ import annotations

POD_SPEC = {"containers": [{"name": "web", "image": "nginx:1"}]}
LABELS = {"app": "example"}
TEMPLATE = {"metadata": {"labels": LABELS}, "spec": POD_SPEC}

EXAMPLES = (
    {"apiVersion": "v1", "kind": "Namespace"},
    {"apiVersion": "v1", "kind": "Node"},
    {"apiVersion": "v1", "kind": "Pod", "spec": POD_SPEC},
    {"apiVersion": "v1", "kind": "Binding", "target": {"kind": "Node", "name": "n1"}},
    {"apiVersion": "v1", "kind": "ConfigMap", "data": {"key": "value"}},
    {"apiVersion": "v1", "kind": "Secret", "stringData": {"key": "value"}},
    {"apiVersion": "v1", "kind": "ServiceAccount"},
    {"apiVersion": "v1", "kind": "Service", "spec": {"selector": LABELS, "ports": [{"port": 80}]}},
    {"apiVersion": "v1", "kind": "Endpoints",
     "subsets": [{"addresses": [{"ip": "10.1.2.3"}], "ports": [{"port": 80}]}]},
    {"apiVersion": "v1", "kind": "ReplicationController", "spec": {"replicas": 1, "template": TEMPLATE}},
    {"apiVersion": "v1", "kind": "Event", "involvedObject": {"kind": "Pod", "namespace": "default", "name": "web"},
     "reason": "Started", "message": "started", "type": "Normal"},
)  # fmt: skip
