"""Which container of a pod a request means, and why it may have nothing to say yet. Texts as Kubernetes has them."""

from __future__ import annotations

from services.objects.errors import BadRequest
from services.objects.meta import Obj, name_of

_LISTS = ("containers", "initContainers", "ephemeralContainers")


def chosen(pod: Obj, container: str) -> str:
    """The container asked for, or the only one. Raises BadRequest."""
    spec = pod["spec"]
    names = {field: [each["name"] for each in spec.get(field) or ()] for field in _LISTS}
    if container:
        if not any(container in group for group in names.values()):
            raise BadRequest(f"container {container} is not valid for pod {name_of(pod)}")
        return container
    if len(names["containers"]) == 1:
        return str(names["containers"][0])
    message = f"a container name must be specified for pod {name_of(pod)}, choose one of: {_shown(names['containers'])}"
    if names["initContainers"]:
        message += f" or one of the init containers: {_shown(names['initContainers'])}"
    if names["ephemeralContainers"]:
        message += f" or one of the ephemeral containers: {_shown(names['ephemeralContainers'])}"
    raise BadRequest(message)


def _shown(names: list[str]) -> str:
    return "[" + " ".join(names) + "]"


def node_of(pod: Obj) -> str:
    """The node a pod is bound to. Raises BadRequest while it has none."""
    node: str = pod["spec"].get("nodeName") or ""
    if not node:
        raise BadRequest(f"pod {name_of(pod)} does not have a host assigned")
    return node


def without_logs(pod: Obj, container: str, previous: bool) -> str:
    """Why the container has no logs, judged by the pod's status; "" when it should have some."""
    status = pod.get("status") or {}
    lists = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")
    found = next((each for field in lists for each in status.get(field) or () if each["name"] == container), None)
    about = f'container "{container}" in pod "{name_of(pod)}"'
    if found is None:
        return f"{about} is not available"
    state, last = found.get("state") or {}, (found.get("lastState") or {}).get("terminated")
    if previous:
        return "" if last else f"previous terminated {about} not found"
    if "running" in state or last or "terminated" in state:
        return ""
    reason = (state.get("waiting") or {}).get("reason")
    if reason == "ErrImagePull":
        return f"{about} is waiting to start: image can't be pulled"
    if reason == "ImagePullBackOff":
        return f"{about} is waiting to start: trying and failing to pull image"
    return f"{about} is waiting to start: {reason}" if reason else f"{about} is waiting to start - no logs yet"
