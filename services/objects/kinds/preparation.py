"""What the server decides on creation, whatever the user said: mostly that status starts empty."""

from __future__ import annotations

from services.objects.kinds.qos import qos_class
from services.objects.meta import Obj


def prepare_pod(pod: Obj) -> None:
    pod["status"] = {"phase": "Pending", "qosClass": qos_class(pod)}
    if pod["spec"].get("schedulingGates"):
        pod["status"]["conditions"] = [{
            "type": "PodScheduled", "status": "False", "reason": "SchedulingGated",
            "message": "Scheduling is blocked due to non-empty scheduling gates",
        }]  # fmt: skip


def prepare_namespace(namespace: Obj) -> None:
    """The finalizer holds the namespace until it is empty."""
    finalizers = namespace.setdefault("spec", {}).get("finalizers", [])
    if "kubernetes" not in finalizers:
        namespace["spec"]["finalizers"] = [*finalizers, "kubernetes"]
    namespace["status"] = {"phase": "Active"}


def prepare_service(service: Obj) -> None:
    service["status"] = {"loadBalancer": {}}


def prepare_replicas(obj: Obj) -> None:
    """ReplicaSets and ReplicationControllers always say how many there are."""
    obj["status"] = {"replicas": 0}


def prepare_deployment(deployment: Obj) -> None:
    deployment["status"] = {}
