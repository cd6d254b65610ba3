from __future__ import annotations

_V1 = "resource.k8s.io/v1"
_CLAIM = {"devices": {"requests": [{"name": "gpu", "exactly": {"deviceClassName": "gpus"}}]}}

EXAMPLES = (
    {"apiVersion": _V1, "kind": "DeviceClass",
     "spec": {"selectors": [{"cel": {"expression": 'device.driver == "gpus.example.com"'}}]}},
    {"apiVersion": _V1, "kind": "ResourceClaim", "spec": _CLAIM},
    {"apiVersion": _V1, "kind": "ResourceClaimTemplate", "spec": {"spec": _CLAIM}},
    {"apiVersion": _V1, "kind": "ResourceSlice",
     "spec": {"driver": "gpus.example.com", "nodeName": "n1",
              "pool": {"name": "n1", "generation": 0, "resourceSliceCount": 1},
              "devices": [{"name": "gpu-0", "attributes": {"model": {"string": "a"}},
                           "capacity": {"memory": {"value": "80Gi"}}}]}},
)  # fmt: skip
