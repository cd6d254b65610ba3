"""The rules of a pod's containers: those that run, those that prepare, those that look in later."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from services.objects import names
from services.objects.kinds.pods.containers.env import validate_env, validate_env_from
from services.objects.kinds.pods.containers.handlers import validate_lifecycle, validate_probes
from services.objects.kinds.pods.containers.ports import validate_container_ports, validate_host_ports
from services.objects.kinds.pods.containers.resources import validate_resize_policy, validate_resources
from services.objects.kinds.pods.containers.restart import validate_restart
from services.objects.kinds.pods.containers.security import validate_security
from services.objects.kinds.pods.surroundings import Surroundings
from services.objects.kinds.pods.volumes.mounts import validate_devices, validate_mounts
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    duplicate,
    forbidden,
    invalid,
    not_found,
    one_of,
    required,
)
from services.objects.meta import Obj

PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
_SIDECARS_ONLY = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
_NOT_EPHEMERAL = ("ports", "resources", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "resizePolicy",
                  "restartPolicy", "restartPolicyRules")  # fmt: skip
_EPHEMERAL_ERROR = "cannot be set for an Ephemeral Container"


def is_sidecar(container: Obj) -> bool:
    """An init container that goes on running."""
    return container.get("restartPolicy") == "Always"


def validate_containers(causes: Causes, path: str, containers: Sequence[Obj], pod: Surroundings) -> set[str]:
    """The names, for the init containers."""
    if not containers:
        causes.append(required(path))
    seen: set[str] = set()
    for index, container in enumerate(containers):
        where = f"{path}[{index}]"
        _validate_container(causes, where, container, pod)
        name = container.get("name") or ""
        if name in seen:
            causes.append(duplicate(f"{where}.name", name))
        seen.add(name)
        if "lifecycle" in container:
            validate_lifecycle(causes, f"{where}.lifecycle", container["lifecycle"], pod)
        validate_probes(causes, where, container)
        validate_restart(causes, where, container)
    validate_host_ports(causes, path, containers)
    return seen


def validate_init_containers(
    causes: Causes, path: str, containers: Sequence[Obj], taken: Collection[str], pod: Surroundings
) -> set[str]:
    """The names of these and of the `taken`, for the ephemeral containers."""
    seen = set(taken)
    for index, container in enumerate(containers):
        where = f"{path}[{index}]"
        _validate_container(causes, where, container, pod)
        validate_restart(causes, where, container)
        name = container.get("name") or ""
        if name in seen:
            causes.append(duplicate(f"{where}.name", name))
        elif name:
            seen.add(name)
        validate_host_ports(causes, path, (container,))
        if is_sidecar(container):
            if "lifecycle" in container:
                validate_lifecycle(causes, f"{where}.lifecycle", container["lifecycle"], pod)
            validate_probes(causes, where, container)
            continue
        for field in _SIDECARS_ONLY:
            if field in container:
                causes.append(forbidden(f"{where}.{field}",
                                        "may not be set for init containers without restartPolicy=Always"))
    return seen


def validate_ephemeral_containers(
    causes: Causes, path: str, containers: Sequence[Obj], taken: Collection[str], pod: Surroundings
) -> None:
    """They look into a pod and promise it nothing: no ports, no resources, no probes."""
    seen = set(taken)
    for index, container in enumerate(containers):
        where = f"{path}[{index}]"
        _validate_container(causes, where, container, pod)
        _validate_trimmed(causes, where, container)
        name, target = container.get("name") or "", container.get("targetContainerName")
        if name in seen:
            causes.append(duplicate(f"{where}.name", name))
        seen.add(name)
        if target and target not in taken:
            causes.append(not_found(f"{where}.targetContainerName", target))
        for field in _NOT_EPHEMERAL:
            if container.get(field):
                causes.append(forbidden(f"{where}.{field}", _EPHEMERAL_ERROR))
        for place, mount in enumerate(container.get("volumeMounts") or ()):
            for field in ("subPath", "subPathExpr"):
                if mount.get(field):
                    causes.append(forbidden(f"{where}.volumeMounts[{place}].{field}", _EPHEMERAL_ERROR))


def _validate_container(causes: Causes, path: str, container: Obj, pod: Surroundings) -> None:
    name = container.get("name")
    if not name:
        causes.append(required(f"{path}.name"))
    elif errors := names.is_dns1123_label(name):
        add_invalid(causes, f"{path}.name", name, errors)
    if not container.get("image"):
        causes.append(required(f"{path}.image"))
    if container.get("terminationMessagePolicy") not in _MESSAGE_POLICIES:
        one_of(causes, f"{path}.terminationMessagePolicy", container.get("terminationMessagePolicy"),
               _MESSAGE_POLICIES)  # fmt: skip
    if "ports" in container:
        validate_container_ports(causes, f"{path}.ports", container["ports"])
    if "env" in container:
        validate_env(causes, f"{path}.env", container["env"], pod.volumes)
    if "envFrom" in container:
        validate_env_from(causes, f"{path}.envFrom", container["envFrom"])
    if "volumeMounts" in container:
        validate_mounts(causes, f"{path}.volumeMounts", container, pod.volumes)
    if "volumeDevices" in container:
        validate_devices(causes, f"{path}.volumeDevices", container, pod.volumes)
    if container.get("imagePullPolicy") not in PULL_POLICIES:
        one_of(causes, f"{path}.imagePullPolicy", container.get("imagePullPolicy"), PULL_POLICIES)
    if container.get("resources"):
        validate_resources(causes, f"{path}.resources", container["resources"], pod.claims)
    if "resizePolicy" in container:
        validate_resize_policy(causes, f"{path}.resizePolicy", container["resizePolicy"], pod.restart_policy)
    if container.get("securityContext"):
        validate_security(causes, f"{path}.securityContext", container["securityContext"], pod.host_users)


def validate_images(causes: Causes, path: str, containers: Sequence[Obj]) -> None:
    """Of a pod's containers: templates may have blanks around an image, for tools that fill it in."""
    for index, container in enumerate(containers):
        _validate_trimmed(causes, f"{path}[{index}]", container)


def _validate_trimmed(causes: Causes, path: str, container: Obj) -> None:
    image = container.get("image") or ""
    if image != image.strip():
        causes.append(invalid(f"{path}.image", image, "must not have leading or trailing whitespace"))
