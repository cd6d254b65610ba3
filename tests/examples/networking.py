from __future__ import annotations

_V1 = "networking.k8s.io/v1"

EXAMPLES = (
    {"apiVersion": _V1, "kind": "Ingress",
     "spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}},
    {"apiVersion": _V1, "kind": "IngressClass", "spec": {"controller": "example.com/ingress"}},
    {"apiVersion": _V1, "kind": "NetworkPolicy", "spec": {"podSelector": {}}},
    {"apiVersion": _V1, "kind": "IPAddress", "metadata": {"name": "10.96.0.10"},
     "spec": {"parentRef": {"resource": "services", "namespace": "default", "name": "web"}}},
    {"apiVersion": _V1, "kind": "ServiceCIDR", "spec": {"cidrs": ["10.97.0.0/16"]}},
)  # fmt: skip
