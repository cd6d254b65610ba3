"""The rules of a container's environment."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.objects import names, quantity
from services.objects.kinds.validation.field import Causes, add_invalid, invalid, required, unsupported
from services.objects.kinds.validation.labels import qualified_name_errors
from services.objects.meta import Obj

ENV_FIELDS = (
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
    "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
)  # fmt: skip
VOLUME_FIELDS = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
_SUBSCRIPTED = ("metadata.annotations", "metadata.labels")

RESOURCES = tuple(sorted(f"{side}.{name}" for side in ("limits", "requests")
                         for name in ("cpu", "ephemeral-storage", "memory")))  # fmt: skip
_DIVISORS = {
    "cpu": ("1m", "1"),
    "memory": ("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"),
}
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")


def validate_env(causes: Causes, path: str, variables: Sequence[Obj]) -> None:
    for index, variable in enumerate(variables):
        name = variable.get("name")
        if not name:
            causes.append(required(f"{path}[{index}].name"))
        elif errors := names.is_env_name(name):
            add_invalid(causes, f"{path}[{index}].name", name, errors)
        source = variable.get("valueFrom")
        if source is not None:
            _validate_source(causes, f"{path}[{index}].valueFrom", source, bool(variable.get("value")))


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
    field = selector.get("fieldPath")
    if not selector.get("apiVersion"):
        causes.append(required(f"{path}.apiVersion"))
        return
    if not field:
        causes.append(required(f"{path}.fieldPath"))
        return
    prefix, bracket, subscript = field.partition("['")
    if bracket and subscript.endswith("']"):
        key = subscript[:-2]
        if prefix not in _SUBSCRIPTED:
            causes.append(invalid(f"{path}.fieldPath", field, f'field path "{prefix}" does not support subscript'))
        elif errors := qualified_name_errors(key.lower() if prefix == "metadata.annotations" else key):
            add_invalid(causes, f"{path}.fieldPath", field, errors)
    elif field not in supported:
        if field in ENV_FIELDS or field in VOLUME_FIELDS:
            causes.append(unsupported(f"{path}.fieldPath", field, supported))
        else:
            causes.append(invalid(f"{path}.fieldPath", field,
                                  f"error converting fieldPath: field label not supported: {field}"))  # fmt: skip


def validate_resource_selector(causes: Causes, path: str, selector: Obj, *, in_volume: bool = False) -> None:
    resource = selector.get("resource") or ""
    if in_volume and not selector.get("containerName"):
        causes.append(required(f"{path}.containerName"))
    elif not resource:
        causes.append(required(f"{path}.resource"))
    elif resource not in RESOURCES and not resource.partition(".")[2].startswith("hugepages-"):
        causes.append(unsupported(f"{path}.resource", resource, RESOURCES))
    name = resource.partition(".")[2]
    allowed = _DIVISORS["cpu"] if name == "cpu" else _DIVISORS["memory"]
    divisor = selector.get("divisor", "0")
    if quantity.nano(divisor) and divisor not in allowed:
        causes.append(invalid(f"{path}.divisor", divisor, f"only divisor's values {', '.join(allowed[:-1])} and "
                                                          f"{allowed[-1]} are supported with the {name} resource"))


def _validate_key_ref(causes: Causes, path: str, reference: Obj) -> None:
    if not reference.get("name"):
        causes.append(required(f"{path}.name"))
    key = reference.get("key")
    if not key:
        causes.append(required(f"{path}.key"))
    elif errors := names.is_config_key(key):
        add_invalid(causes, f"{path}.key", key, errors)


def _validate_file_ref(causes: Causes, path: str, reference: Obj) -> None:
    for name in ("key", "volumeName", "path"):
        if not reference.get(name):
            causes.append(required(f"{path}.{name}"))


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
        given = [name for name in ("configMapRef", "secretRef") if name in source]
        for name in given:
            if not source[name].get("name"):
                causes.append(required(f"{where}.{name}.name"))
        if not given:
            causes.append(invalid(where, "", "must specify one of: `configMapRef` or `secretRef`"))
        elif len(given) > 1:
            causes.append(invalid(where, "", "may not have more than one field specified at a time"))
