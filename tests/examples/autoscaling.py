from __future__ import annotations

_TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}

EXAMPLES = (
    {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
     "spec": {"scaleTargetRef": _TARGET, "maxReplicas": 3, "behavior": {"scaleDown": {"selectPolicy": "Min"}}}},
    {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler",
     "spec": {"scaleTargetRef": _TARGET, "maxReplicas": 3, "targetCPUUtilizationPercentage": 60}},
)  # fmt: skip
