"""The rules of a container's ports, and of those it takes of its node."""

from __future__ import annotations

from collections.abc import Sequence

from services.objects import names
from services.objects.kinds.validation.endpoint import PROTOCOLS
from services.objects.kinds.validation.field import Causes, add_invalid, duplicate, invalid, one_of, required
from services.objects.meta import Obj


def validate_container_ports(causes: Causes, path: str, ports: Sequence[Obj]) -> None:
    seen: set[str] = set()
    for index, port in enumerate(ports):
        name = port.get("name")
        if name:
            if errors := names.is_port_name(name):
                add_invalid(causes, f"{path}[{index}].name", name, errors)
            elif name in seen:
                causes.append(duplicate(f"{path}[{index}].name", name))
            seen.add(name)
        number = port.get("containerPort")
        if not number:
            causes.append(required(f"{path}[{index}].containerPort"))
        elif not 1 <= number <= 65535:
            add_invalid(causes, f"{path}[{index}].containerPort", number, names.is_port_number(number))
        host = port.get("hostPort")
        if host and not 1 <= host <= 65535:
            add_invalid(causes, f"{path}[{index}].hostPort", host, names.is_port_number(host))
        if port.get("protocol") not in PROTOCOLS:
            one_of(causes, f"{path}[{index}].protocol", port.get("protocol"), PROTOCOLS)


def validate_host_ports(causes: Causes, path: str, containers: Sequence[Obj]) -> None:
    """A port of the host is taken once. Init containers run one by one, so each is checked alone."""
    taken: set[str] = set()
    for index, container in enumerate(containers):
        for place, port in enumerate(container.get("ports") or ()):
            if port.get("hostPort"):
                text = f'{port.get("protocol", "")}/{port.get("hostIP", "")}/{port["hostPort"]}'
                if text in taken:
                    causes.append(duplicate(f"{path}[{index}].ports[{place}].hostPort", text))
                taken.add(text)


def validate_host_network(causes: Causes, path: str, spec: Obj, *, is_pod: bool) -> None:
    """Without a network of its own a pod's ports are the host's; a template may leave that to the pod's defaults."""
    for index, container in enumerate(spec.get("containers") or ()):
        for place, port in enumerate(container.get("ports") or ()):
            host = port.get("hostPort") or 0
            if (is_pod or host) and host != port.get("containerPort", 0):
                causes.append(invalid(f"{path}.containers[{index}].ports[{place}].hostPort", host,
                                      "must match `containerPort` when `hostNetwork` is true"))  # fmt: skip
