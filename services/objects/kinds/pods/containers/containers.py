"""The rules of a pod's containers."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from services.objects import names
from services.objects.kinds.pods.containers.env import validate_env, validate_env_from
from services.objects.kinds.pods.containers.handlers import validate_lifecycle, validate_probes
from services.objects.kinds.pods.containers.resources import validate_resources
from services.objects.kinds.pods.containers.security import validate_security
from services.objects.kinds.pods.volumes.volumes import validate_mounts
from services.objects.kinds.validation.endpoint import PROTOCOLS
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    duplicate,
    forbidden,
    invalid,
    one_of,
    required,
    unsupported,
)
from services.objects.meta import Obj

_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")


def validate_containers(
    causes: Causes, path: str, containers: Sequence[Obj], volumes: Collection[str], grace_period: int | None
) -> set[str]:
    """The names, for the init containers."""
    if not containers:
        causes.append(required(path))
    seen: set[str] = set()
    for index, container in enumerate(containers):
        where = f"{path}[{index}]"
        _validate_container(causes, where, container, volumes)
        name = container.get("name") or ""
        if name in seen:
            causes.append(duplicate(f"{where}.name", name))
        seen.add(name)
        if "lifecycle" in container:
            validate_lifecycle(causes, f"{where}.lifecycle", container["lifecycle"], grace_period)
        validate_probes(causes, where, container, grace_period)
        if container.get("restartPolicy") is not None:
            causes.append(forbidden(f"{where}.restartPolicy", "may not be set for non-init containers"))
    _validate_host_ports(causes, path, containers)
    return seen


def validate_init_containers(
    causes: Causes, path: str, containers: Sequence[Obj], volumes: Collection[str], taken: Collection[str],
    grace_period: int | None,
) -> None:  # fmt: skip
    seen = set(taken)
    for index, container in enumerate(containers):
        where = f"{path}[{index}]"
        _validate_container(causes, where, container, volumes)
        name = container.get("name") or ""
        if name in seen:
            causes.append(duplicate(f"{where}.name", name))
        seen.add(name)
        policy = container.get("restartPolicy")
        if policy is not None and policy != "Always":
            causes.append(unsupported(f"{where}.restartPolicy", policy, ("Always",)))
        if policy == "Always":  # a sidecar lives as long as the pod
            if "lifecycle" in container:
                validate_lifecycle(causes, f"{where}.lifecycle", container["lifecycle"], grace_period)
            validate_probes(causes, where, container, grace_period)
            continue
        for name in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
            if name in container:
                causes.append(forbidden(f"{where}.{name}", "may not be set for init containers without "
                                                           "restartPolicy=Always"))  # fmt: skip
    _validate_host_ports(causes, path, containers)


def _validate_container(causes: Causes, path: str, container: Obj, volumes: Collection[str]) -> None:
    name = container.get("name")
    if not name:
        causes.append(required(f"{path}.name"))
    elif errors := names.is_dns1123_label(name):
        add_invalid(causes, f"{path}.name", name, errors)
    image = container.get("image")
    if not image:
        causes.append(required(f"{path}.image"))
    elif image != image.strip():
        causes.append(invalid(f"{path}.image", image, "must not have leading or trailing whitespace"))
    one_of(causes, f"{path}.terminationMessagePolicy", container.get("terminationMessagePolicy"), _MESSAGE_POLICIES)
    if "ports" in container:
        _validate_ports(causes, f"{path}.ports", container["ports"])
    if "env" in container:
        validate_env(causes, f"{path}.env", container["env"])
    if "envFrom" in container:
        validate_env_from(causes, f"{path}.envFrom", container["envFrom"])
    if "volumeMounts" in container:
        validate_mounts(causes, f"{path}.volumeMounts", container, volumes)
    one_of(causes, f"{path}.imagePullPolicy", container.get("imagePullPolicy"), _PULL_POLICIES)
    if container.get("resources"):
        validate_resources(causes, f"{path}.resources", container["resources"])
    if container.get("securityContext"):
        validate_security(causes, f"{path}.securityContext", container["securityContext"])


def _validate_ports(causes: Causes, path: str, ports: Sequence[Obj]) -> None:
    seen: set[str] = set()
    for index, port in enumerate(ports):
        where = f"{path}[{index}]"
        name = port.get("name")
        if name:
            if errors := names.is_port_name(name):
                add_invalid(causes, f"{where}.name", name, errors)
            elif name in seen:
                causes.append(duplicate(f"{where}.name", name))
            seen.add(name)
        number = port.get("containerPort")
        if not number:
            causes.append(required(f"{where}.containerPort"))
        elif errors := names.is_port_number(number):
            add_invalid(causes, f"{where}.containerPort", number, errors)
        host = port.get("hostPort")
        if host and (errors := names.is_port_number(host)):
            add_invalid(causes, f"{where}.hostPort", host, errors)
        one_of(causes, f"{where}.protocol", port.get("protocol"), PROTOCOLS)


def _validate_host_ports(causes: Causes, path: str, containers: Sequence[Obj]) -> None:
    """A port of the host is taken once."""
    taken: set[str] = set()
    for index, container in enumerate(containers):
        for place, port in enumerate(container.get("ports") or ()):
            if port.get("hostPort"):
                text = f'{port.get("protocol", "")}/{port.get("hostIP", "")}/{port["hostPort"]}'
                if text in taken:
                    causes.append(duplicate(f"{path}[{index}].ports[{place}].hostPort", text))
                taken.add(text)


def validate_host_network(causes: Causes, path: str, spec: Obj) -> None:
    """Without a network of its own a pod's ports are the host's."""
    for side in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(side) or ()):
            for place, port in enumerate(container.get("ports") or ()):
                if port.get("hostPort") and port["hostPort"] != port.get("containerPort"):
                    causes.append(invalid(f"{path}.{side}[{index}].ports[{place}].containerPort",
                                          port.get("containerPort", 0),
                                          "must match `hostPort` when `hostNetwork` is true"))  # fmt: skip
