"""Who a node-agent's Events are about: its pods, their containers, and the node."""

from __future__ import annotations

from services.client.events import Event, EventWriter, Reference
from services.node_agent.pods.actions import Emit
from services.objects.kinds import POD
from services.objects.meta import Obj

COMPONENT = "kubelet"  # as users of Kubernetes know it


class Recorder:
    def __init__(self, events: EventWriter, node: str) -> None:
        self._events = events
        self._node = node
        # As the kubelet does: it tells of its node before it knows the Node object's uid.
        self._about_node = Reference("v1", "Node", "", node, uid=node)

    def about_pod(self, pod: Obj, event: Emit) -> None:
        self._tell(Reference.to(POD, pod, _field_path(pod, event.container)), event)

    def about_node(self, event: Emit) -> None:
        self._tell(self._about_node, event)

    def _tell(self, about: Reference, event: Emit) -> None:
        self._events.tell(Event(about, event.type, event.reason, event.message, COMPONENT, host=self._node))


def _field_path(pod: Obj, container: str) -> str:
    if not container:
        return ""
    lists = ("initContainers", "ephemeralContainers")
    list_ = next((name for name in lists for one in pod["spec"].get(name) or () if one["name"] == container),
                 "containers")  # fmt: skip
    return f"spec.{list_}{{{container}}}"
