"""The defaults of what keeps pods running."""

from __future__ import annotations

from services.objects.kinds.defaults.pod import default_template
from services.objects.meta import Obj

_QUARTER = "25%"


def default_replication_controller(controller: Obj) -> None:
    spec = controller.setdefault("spec", {})
    if spec.get("template") is not None:
        default_template(spec["template"])
        labels = spec["template"]["metadata"].get("labels")
        if labels and not spec.get("selector"):
            spec["selector"] = dict(labels)
        metadata = controller.setdefault("metadata", {})
        if labels and not metadata.get("labels"):
            metadata["labels"] = dict(labels)
    if spec.get("replicas") is None:
        spec["replicas"] = 1


def default_replicaset(replicaset: Obj) -> None:
    spec = replicaset.setdefault("spec", {})
    default_template(spec.setdefault("template", {}))
    if spec.get("replicas") is None:
        spec["replicas"] = 1


def default_deployment(deployment: Obj) -> None:
    spec = deployment.setdefault("spec", {})
    default_template(spec.setdefault("template", {}))
    for name, value in (("replicas", 1), ("revisionHistoryLimit", 10), ("progressDeadlineSeconds", 600)):
        if spec.get(name) is None:
            spec[name] = value
    strategy = spec.setdefault("strategy", {})
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        for name in ("maxUnavailable", "maxSurge"):
            if rolling.get(name) is None:
                rolling[name] = _QUARTER
