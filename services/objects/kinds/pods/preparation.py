"""What the server decides when a pod is made, whatever the user said."""

from __future__ import annotations

from services.objects.kinds.pods.qos import qos_class
from services.objects.meta import Obj


def prepare_pod(pod: Obj) -> None:
    pod["status"] = {"phase": "Pending", "qosClass": qos_class(pod)}
    if pod["spec"].get("schedulingGates"):
        pod["status"]["conditions"] = [{
            "type": "PodScheduled", "status": "False", "reason": "SchedulingGated",
            "message": "Scheduling is blocked due to non-empty scheduling gates",
        }]  # fmt: skip
