"""The environment of a container, composed as the kubelet does it (kubelet_pods.go, makeEnvironmentVariables).

Whole ConfigMaps and Secrets first (envFrom), then single variables in order, each of which may use `$(NAME)` of those
before it; variables of Services fill only names that are still free.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping

from services.node_agent.pods.downward import ConfigError, Surroundings, field_value, resource_value
from services.objects.meta import Obj

Found = Mapping[tuple[str, str], Obj | None]  # ("ConfigMap" or "Secret", name) -> the object, None where there is none


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Kubernetes' `$(NAME)`: known names are replaced, unknown ones stay, `$$(NAME)` is the way to write `$(NAME)`."""
    result, position = [], 0
    while (found := text.find("$", position)) >= 0 and found + 1 < len(text):
        result.append(text[position:found])
        after = text[found + 1]
        end = text.find(")", found) if after == "(" else -1
        if after == "$":
            result.append("$")
            position = found + 2
        elif end >= 0:
            name = text[found + 2 : end]
            result.append(variables.get(name, text[found : end + 1]))
            position = end + 1
        else:
            result.append("$")
            position = found + 1
    return "".join(result) + text[position:]


def needs(container: Obj) -> set[tuple[str, str]]:
    """What the environment of this container names: ("ConfigMap" or "Secret", name)."""
    names: set[tuple[str, str]] = set()
    for source in container.get("envFrom") or ():
        for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            if source.get(field):
                names.add((kind, source[field]["name"]))
    for variable in container.get("env") or ():
        origin = variable.get("valueFrom") or {}
        for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
            if origin.get(field):
                names.add((kind, origin[field]["name"]))
    return names


def environment(
    pod: Obj, container: Obj, around: Surroundings, found: Found, services: Iterable[Obj]
) -> list[str]:
    """`NAME=value` lines. `services` are those of the pod's namespace and default/kubernetes. Raises ConfigError."""
    of_services = service_variables(pod, services)
    result: dict[str, str] = {}
    for source in container.get("envFrom") or ():
        result |= _whole(pod, source, found)
    for variable in container.get("env") or ():
        if variable.get("valueFrom"):
            value = _single(pod, container, variable["valueFrom"], around, found)
            if value is None:
                continue
        else:
            value = expand(str(variable.get("value") or ""), {**of_services, **result})
        result[variable["name"]] = value
    return [f"{name}={value}" for name, value in {**of_services, **result}.items()]


def data_of(kind: str, obj: Obj) -> dict[str, bytes]:
    """Every key of a ConfigMap or Secret, decoded."""
    if kind == "Secret":
        return {key: base64.b64decode(value or "") for key, value in (obj.get("data") or {}).items()}
    binary = {key: base64.b64decode(value) for key, value in (obj.get("binaryData") or {}).items()}
    return {key: str(value).encode() for key, value in (obj.get("data") or {}).items()} | binary


def _whole(pod: Obj, source: Obj, found: Found) -> dict[str, str]:
    kind, reference = ("ConfigMap", source["configMapRef"]) if source.get("configMapRef") else (
        "Secret", source["secretRef"])  # fmt: skip
    obj = found.get((kind, reference["name"]))
    if obj is None:
        if reference.get("optional"):
            return {}
        raise missing(kind, reference["name"])
    prefix = source.get("prefix") or ""
    return {prefix + key: value.decode(errors="replace") for key, value in sorted(data_of(kind, obj).items())}


def missing(kind: str, name: str) -> ConfigError:
    return ConfigError(f'{kind.lower()} "{name}" not found')


def _single(pod: Obj, container: Obj, origin: Obj, around: Surroundings, found: Found) -> str | None:
    if origin.get("fieldRef"):
        return field_value(pod, origin["fieldRef"]["fieldPath"], around)
    if origin.get("resourceFieldRef"):
        return resource_value(_named(pod, container, origin["resourceFieldRef"]), origin["resourceFieldRef"], around)
    kind = "ConfigMap" if origin.get("configMapKeyRef") else "Secret"
    reference = origin.get("configMapKeyRef") or origin.get("secretKeyRef")
    if reference is None:
        raise ConfigError(f"unsupported valueFrom: {', '.join(sorted(origin))}")
    obj = found.get((kind, reference["name"]))
    if obj is None:
        if reference.get("optional"):
            return None
        raise missing(kind, reference["name"])
    value = data_of(kind, obj).get(reference["key"])
    if value is None and not reference.get("optional"):
        namespace = pod["metadata"].get("namespace", "")
        raise ConfigError(f"couldn't find key {reference['key']} in {kind} {namespace}/{reference['name']}")
    return None if value is None else value.decode(errors="replace")


def _named(pod: Obj, container: Obj, reference: Obj) -> Obj:
    name = reference.get("containerName")
    everyone = [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())]
    return next((one for one in everyone if one["name"] == name), container)


def service_variables(pod: Obj, services: Iterable[Obj]) -> dict[str, str]:
    """KUBERNETES_SERVICE_HOST and its like; with enableServiceLinks for every Service of the namespace."""
    links = pod["spec"].get("enableServiceLinks", True)
    namespace = pod["metadata"].get("namespace", "")
    result: dict[str, str] = {}
    for service in services:
        meta, spec = service["metadata"], service["spec"]
        is_master = (meta.get("namespace"), meta["name"]) == ("default", "kubernetes")
        if not is_master and (not links or meta.get("namespace") != namespace):
            continue
        if spec.get("clusterIP") in (None, "", "None") or not spec.get("ports"):
            continue
        result |= _links(meta["name"], spec["clusterIP"], spec["ports"])
    return result


def _links(name: str, address: str, ports: list[Obj]) -> dict[str, str]:
    prefix = re.sub(r"[-.]", "_", name.upper())
    host = f"[{address}]" if ":" in address else address
    first = ports[0]
    result = {f"{prefix}_SERVICE_HOST": address, f"{prefix}_SERVICE_PORT": str(first["port"])}
    for port in ports:
        if port.get("name"):
            result[f"{prefix}_SERVICE_PORT_{re.sub(r'[-.]', '_', port['name'].upper())}"] = str(port["port"])
    result[f"{prefix}_PORT"] = f"{(first.get('protocol') or 'TCP').lower()}://{host}:{first['port']}"
    for port in ports:
        protocol = port.get("protocol") or "TCP"
        one = f"{prefix}_PORT_{port['port']}_{protocol}"
        result |= {one: f"{protocol.lower()}://{host}:{port['port']}", f"{one}_PROTO": protocol.lower(),
                   f"{one}_PORT": str(port["port"]), f"{one}_ADDR": address}  # fmt: skip
    return result
