"""What Endpoints and EndpointSlices have in common: which pods stand behind a Service, and on which ports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from services.controller_manager import pods as podstate
from services.objects.meta import Obj, is_deleting, key_of, labels_of, name_of, namespace_of, uid_of
from services.objects.selectors import from_labels

HEADLESS_LABEL = "service.kubernetes.io/headless"
MANAGED_BY_ENDPOINTS = "endpoints.kubernetes.io/managed-by"


class Port(NamedTuple):
    """`protocol` and `app_protocol` as the Service says; `number` as the pod resolves it."""

    name: str
    number: int
    protocol: str
    app_protocol: str = ""

    def json(self, *, named: bool) -> Obj:
        """`named`: the name stands even if it is empty, as EndpointSlices have it."""
        port: Obj = {"port": self.number, "protocol": self.protocol}
        if self.name or named:
            port["name"] = self.name
        if self.app_protocol:
            port["appProtocol"] = self.app_protocol
        return port


def is_selecting(service: Obj) -> bool:
    """Services without a selector are their user's to fill, and external names have nobody behind them."""
    return bool(service["spec"].get("selector")) and service["spec"].get("type") != "ExternalName"


def is_headless(service: Obj) -> bool:
    return bool(service["spec"].get("clusterIP") == "None")


def members(service: Obj, pods: Sequence[Obj], *, terminating: bool) -> list[Obj]:
    """The pods it selects that have an address and have not ended; with `terminating` also those being deleted."""
    selector = from_labels(service["spec"].get("selector"))
    return [pod for pod in pods
            if selector.matches(labels_of(pod)) and not podstate.is_terminal(pod) and address_of(pod)
            and (terminating or not is_deleting(pod))]  # fmt: skip


def address_of(pod: Obj) -> str:
    """The pod's IPv4 address."""
    status = pod.get("status") or {}
    found = [each.get("ip") or "" for each in status.get("podIPs") or ()] or [status.get("podIP") or ""]
    return next((ip for ip in found if "." in ip), "")


def ports_of(service: Obj, pod: Obj) -> tuple[Port, ...]:
    """A port whose name the pod does not know is left out."""
    ports = []
    for port in service["spec"].get("ports") or ():
        protocol = port.get("protocol") or "TCP"
        number = resolve(port.get("targetPort", port["port"]), protocol, pod)
        if number is not None:
            ports.append(Port(port.get("name") or "", number, protocol, port.get("appProtocol") or ""))
    return tuple(sorted(ports))


def resolve(target: int | str, protocol: str, pod: Obj) -> int | None:
    """A number stands for itself (0 for nothing), a name for the container port of that name and protocol."""
    if isinstance(target, int):
        return target or None
    sidecars = [each for each in pod["spec"].get("initContainers") or () if each.get("restartPolicy") == "Always"]
    for container in [*(pod["spec"].get("containers") or ()), *sidecars]:
        for port in container.get("ports") or ():
            if port.get("name") == target and (port.get("protocol") or "TCP") == protocol:
                number: int = port["containerPort"]
                return number
    return None


def hostname_of(service: Obj, pod: Obj) -> str:
    """A pod that names this Service as its subdomain has a DNS name of its own."""
    spec = pod["spec"]
    ours = spec.get("subdomain") == name_of(service) and namespace_of(pod) == namespace_of(service)
    return spec.get("hostname") or "" if ours else ""


def target_of(pod: Obj) -> Obj:
    return {"kind": "Pod", "namespace": namespace_of(pod), "name": name_of(pod), "uid": pod["metadata"].get("uid", "")}


def zone_of(nodes: Mapping[str, Obj], pod: Obj) -> str:
    node = nodes.get(podstate.node_of(pod))
    return labels_of(node).get("topology.kubernetes.io/zone", "") if node is not None else ""


def affected(services: Callable[[str], Iterable[Obj]], old: Obj | None, new: Obj | None) -> set[tuple[str, str]]:
    """Keys of the Services for which this change of a pod means something; `services` lists those of a namespace."""
    pod = new or old
    if pod is None or (old is not None and new is not None and _says(old) == _says(new)):
        return set()
    labels = [labels_of(each) for each in (old, new) if each is not None]
    return {key_of(service) for service in services(namespace_of(pod)) if is_selecting(service)
            and any(service["spec"]["selector"].items() <= each.items() for each in labels)}  # fmt: skip


def _says(pod: Obj) -> tuple[object, ...]:
    """All of a pod that shows in endpoints."""
    spec = pod["spec"]
    return (uid_of(pod), labels_of(pod), address_of(pod), podstate.is_ready(pod), podstate.is_terminal(pod),
            is_deleting(pod), podstate.node_of(pod), spec.get("hostname"), spec.get("subdomain"))  # fmt: skip
