from __future__ import annotations

EXAMPLES = (
    {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
     "endpoints": [{"addresses": ["10.1.2.3"]}], "ports": [{"port": 80}]},
)  # fmt: skip
