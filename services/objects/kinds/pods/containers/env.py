"""The rules of a container's environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from services.objects import names, quantity
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    invalid,
    not_found,
    required,
    too_long,
    unsupported,
)
from services.objects.kinds.validation.labels import qualified_name_errors
from services.objects.kinds.validation.texts.paths import validate_local
from services.objects.meta import Obj

ENV_FIELDS = (
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
    "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
)  # fmt: skip
VOLUME_FIELDS = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
_KNOWN_FIELDS = frozenset({*ENV_FIELDS, *VOLUME_FIELDS, "spec.restartPolicy", "spec.schedulerName", "status.phase"})
_SUBSCRIPTED = ("metadata.annotations", "metadata.labels")

RESOURCES = tuple(sorted(f"{side}.{name}" for side in ("limits", "requests")
                         for name in ("cpu", "ephemeral-storage", "memory")))  # fmt: skip
_HUGE_PAGES = ("requests.hugepages-", "limits.hugepages-")
_CPU_DIVISORS = ("1m", "1")
_DIVISORS = ("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei")
_DIVISOR_NAMES = {"memory": "memory", "ephemeral-storage": "local ephemeral storage"}
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_LONGEST_KEY = 128


def validate_env(causes: Causes, path: str, variables: Sequence[Obj], volumes: Mapping[str, Obj]) -> None:
    """`volumes` are the pod's good ones by name: variables can come from a file there."""
    for index, variable in enumerate(variables):
        name = variable.get("name")
        if not name:
            causes.append(required(f"{path}[{index}].name"))
        elif errors := names.is_env_name(name):
            add_invalid(causes, f"{path}[{index}].name", name, errors)
        source = variable.get("valueFrom")
        if source is not None:
            where = f"{path}[{index}].valueFrom"
            _validate_source(causes, where, source, bool(variable.get("value")))
            if "fileKeyRef" in source:
                _validate_file_volume(causes, f"{where}.fileKeyRef.volumeName", source["fileKeyRef"], volumes)


def _validate_source(causes: Causes, path: str, source: Obj, has_value: bool) -> None:
    given = [name for name in _SOURCES if name in source]
    for name in given:
        _VALIDATE[name](causes, f"{path}.{name}", source[name])
    if not given:
        causes.append(invalid(path, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, "
                                        "`secretKeyRef` or `fileKeyRef`"))  # fmt: skip
    elif has_value:
        causes.append(invalid(path, "", "may not be specified when `value` is not empty"))
    elif len(given) > 1:
        causes.append(invalid(path, "", "may not have more than one field specified at a time"))


def validate_field_selector(causes: Causes, path: str, selector: Obj, supported: Sequence[str] = ENV_FIELDS) -> None:
    version, field = selector.get("apiVersion"), selector.get("fieldPath")
    if not version:
        causes.append(required(f"{path}.apiVersion"))
        return
    if not field:
        causes.append(required(f"{path}.fieldPath"))
        return
    if field in supported and version == "v1":
        return
    prefix, bracket, subscript = field.partition("['")
    subscripted = bool(prefix and bracket and subscript.endswith("']"))
    if version != "v1":
        problem = f"unsupported pod version: {version}"
    elif subscripted:
        problem = "" if prefix in _SUBSCRIPTED else f"field label does not support subscript: {field}"
    else:
        problem = "" if field in _KNOWN_FIELDS or field == "spec.host" else f"field label not supported: {field}"
    if problem:
        causes.append(invalid(f"{path}.fieldPath", field, f"error converting fieldPath: {problem}"))
    elif subscripted:
        key = subscript[:-2].lower() if prefix == "metadata.annotations" else subscript[:-2]
        add_invalid(causes, path, key, qualified_name_errors(key))
    elif field != "spec.host" or "spec.nodeName" not in supported:  # its old name
        causes.append(unsupported(f"{path}.fieldPath", field, supported))


def validate_resource_selector(causes: Causes, path: str, selector: Obj, *, in_volume: bool = False) -> None:
    resource = selector.get("resource") or ""
    if in_volume and not selector.get("containerName"):
        causes.append(required(f"{path}.containerName"))
    elif not resource:
        causes.append(required(f"{path}.resource"))
    elif resource not in RESOURCES and not resource.startswith(_HUGE_PAGES):
        causes.append(unsupported(f"{path}.resource", resource, RESOURCES))
    divisor = selector.get("divisor", "0")
    if not quantity.nano(divisor):
        return
    name = resource.partition(".")[2]
    if name == "cpu":
        if divisor not in _CPU_DIVISORS:
            causes.append(invalid(f"{path}.divisor", resource,
                                  "only divisor's values 1m and 1 are supported with the cpu resource"))  # fmt: skip
    elif divisor not in _DIVISORS and (resource in RESOURCES or resource.startswith(_HUGE_PAGES)):
        spoken = _DIVISOR_NAMES.get(name, "hugepages")
        causes.append(invalid(f"{path}.divisor", resource, f"only divisor's values {', '.join(_DIVISORS)} are "
                                                           f"supported with the {spoken} resource"))  # fmt: skip


def _validate_key_ref(causes: Causes, path: str, reference: Obj) -> None:
    name = reference.get("name") or ""
    if errors := names.is_dns1123_subdomain(name):
        add_invalid(causes, f"{path}.name", name, errors)
    key = reference.get("key")
    if not key:
        causes.append(required(f"{path}.key"))
    elif errors := names.is_config_key(key):
        add_invalid(causes, f"{path}.key", key, errors)


def _validate_file_ref(causes: Causes, path: str, reference: Obj) -> None:
    """A variable in a file of a volume."""
    key, volume, file = (reference.get(name) or "" for name in ("key", "volumeName", "path"))
    if not key:
        causes.append(required(f"{path}.key"))
    else:
        add_invalid(causes, f"{path}.key", key, names.is_env_name(key))
        if len(key) > _LONGEST_KEY:
            causes.append(too_long(f"{path}.key", _LONGEST_KEY))
    if not volume:
        causes.append(required(f"{path}.volumeName"))
    if not file:
        causes.append(required(f"{path}.path"))
    else:
        validate_local(causes, f"{path}.path", file)


def _validate_file_volume(causes: Causes, path: str, reference: Obj, volumes: Mapping[str, Obj]) -> None:
    """An init container makes the file, so it lies in a volume that begins empty."""
    name = reference.get("volumeName")
    if name and name not in volumes:
        causes.append(not_found(path, name))
    elif name and "emptyDir" not in volumes[name]:
        causes.append(invalid(path, name, "referenced volume must be of type emptyDir"))


_VALIDATE: dict[str, Callable[[Causes, str, Obj], None]] = {
    "fieldRef": validate_field_selector,
    "resourceFieldRef": validate_resource_selector,
    "configMapKeyRef": _validate_key_ref,
    "secretKeyRef": _validate_key_ref,
    "fileKeyRef": _validate_file_ref,
}


def validate_env_from(causes: Causes, path: str, sources: Sequence[Obj]) -> None:
    for index, source in enumerate(sources):
        where = f"{path}[{index}]"
        if source.get("prefix"):
            add_invalid(causes, f"{where}.prefix", source["prefix"], names.is_env_name(source["prefix"]))
        given = [kind for kind in ("configMapRef", "secretRef") if kind in source]
        for kind in given:
            name = source[kind].get("name")
            if not name:
                causes.append(required(f"{where}.{kind}.name"))
            else:
                finished = f"{name[:-1]}a" if name.endswith("-") else name  # names that will be completed are good here
                add_invalid(causes, f"{where}.{kind}.name", name, names.is_dns1123_subdomain(finished))
        if not given:
            causes.append(invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"))
        elif len(given) > 1:
            causes.append(invalid(path, "", "may not have more than one field specified at a time"))
