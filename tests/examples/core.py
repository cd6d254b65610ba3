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
    {"apiVersion": "v1", "kind": "PersistentVolume",
     "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/srv"}}},
    {"apiVersion": "v1", "kind": "PersistentVolumeClaim",
     "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}},
    {"apiVersion": "v1", "kind": "LimitRange", "spec": {"limits": [{"type": "Container", "max": {"cpu": "2"}}]}},
    {"apiVersion": "v1", "kind": "ResourceQuota", "spec": {"hard": {"pods": "10", "requests.cpu": "4"}}},
    {"apiVersion": "v1", "kind": "PodTemplate", "template": TEMPLATE},
    {"apiVersion": "v1", "kind": "ComponentStatus",
     "conditions": [{"type": "Healthy", "status": "True", "message": "ok"}]},
    {"apiVersion": "v1", "kind": "Event", "involvedObject": {"kind": "Pod", "namespace": "default", "name": "web"},
     "reason": "Started", "message": "started", "type": "Normal"},
)  # fmt: skip
