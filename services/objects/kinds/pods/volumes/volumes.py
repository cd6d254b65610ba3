"""The rules of a pod's volumes and of where containers mount them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from services.objects import names, quantity
from services.objects.kinds.pods.containers import env
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    duplicate,
    forbidden,
    invalid,
    not_found,
    required,
    unsupported,
)
from services.objects.meta import Obj

_HOST_PATH_TYPES = ("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")
_PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")
_MODE_ERROR = "must be a number between 0 and 0777 (octal), both inclusive"
_SHORTEST_TOKEN, _LONGEST_TOKEN = 600, 1 << 32
_TWO = "may not specify more than 1 volume type"


def validate_volumes(causes: Causes, path: str, volumes: Sequence[Obj]) -> Mapping[str, Obj]:
    """The volumes by name, for the mounts."""
    found: dict[str, Obj] = {}
    for index, volume in enumerate(volumes):
        where = f"{path}[{index}]"
        name = volume.get("name") or ""
        if not name:
            causes.append(required(f"{where}.name"))
        elif errors := names.is_dns1123_label(name):
            add_invalid(causes, f"{where}.name", name, errors)
        elif name in found:
            causes.append(duplicate(f"{where}.name", name))
        else:
            found[name] = volume
        sources = [key for key in volume if key != "name"]
        if not sources:
            causes.append(required(where, "must specify a volume type"))
        for extra in sources[1:]:
            causes.append(forbidden(f"{where}.{extra}", _TWO))
        for source in sources[:1]:
            validate = _SOURCES.get(source)
            if validate is not None:
                validate(causes, f"{where}.{source}", volume[source])
    return found


def _empty_dir(causes: Causes, path: str, source: Obj) -> None:
    if "sizeLimit" in source and quantity.nano(source["sizeLimit"]) < 0:
        causes.append(forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity"))


def _host_path(causes: Causes, path: str, source: Obj) -> None:
    given = source.get("path")
    if not given:
        causes.append(required(f"{path}.path"))
    elif ".." in given.split("/"):
        causes.append(invalid(f"{path}.path", given, "must not contain '..'"))
    if source.get("type", "") not in _HOST_PATH_TYPES:
        causes.append(unsupported(f"{path}.type", source["type"], _HOST_PATH_TYPES))


def _secret(causes: Causes, path: str, source: Obj) -> None:
    if not source.get("secretName"):
        causes.append(required(f"{path}.secretName"))
    _mode(causes, f"{path}.defaultMode", source.get("defaultMode"))
    _items(causes, f"{path}.items", source.get("items") or ())


def _config_map(causes: Causes, path: str, source: Obj) -> None:
    if not source.get("name"):
        causes.append(required(f"{path}.name"))
    _mode(causes, f"{path}.defaultMode", source.get("defaultMode"))
    _items(causes, f"{path}.items", source.get("items") or ())


def _downward_api(causes: Causes, path: str, source: Obj) -> None:
    _mode(causes, f"{path}.defaultMode", source.get("defaultMode"))
    for item in source.get("items") or ():
        _local_path(causes, f"{path}.path", item.get("path") or "", required_=True)
        given = [name for name in ("fieldRef", "resourceFieldRef") if name in item]
        if "fieldRef" in item:
            env.validate_field_selector(causes, f"{path}.fieldRef", item["fieldRef"], env.VOLUME_FIELDS)
        if "resourceFieldRef" in item:
            env.validate_resource_selector(causes, f"{path}.resourceFieldRef", item["resourceFieldRef"], in_volume=True)
        if not given:
            causes.append(required(path, "one of fieldRef and resourceFieldRef is required"))
        elif len(given) > 1:
            causes.append(invalid(path, "resource",
                                  "fieldRef and resourceFieldRef can not be specified simultaneously"))  # fmt: skip
        _mode(causes, f"{path}.mode", item.get("mode"))


def _claim(causes: Causes, path: str, source: Obj) -> None:
    if not source.get("claimName"):
        causes.append(required(f"{path}.claimName"))


def _nfs(causes: Causes, path: str, source: Obj) -> None:
    if not source.get("server"):
        causes.append(required(f"{path}.server"))
    if not source.get("path"):
        causes.append(required(f"{path}.path"))
    elif not source["path"].startswith("/"):
        causes.append(invalid(f"{path}.path", source["path"], "must be an absolute path"))


def _projected(causes: Causes, path: str, source: Obj) -> None:
    _mode(causes, f"{path}.defaultMode", source.get("defaultMode"))
    for index, projection in enumerate(source.get("sources") or ()):
        where = f"{path}.sources[{index}]"
        given = list(projection)
        if not given:
            causes.append(required(where, f"must specify one of: {', '.join(_PROJECTIONS)}"))
        for extra in given[1:]:
            causes.append(forbidden(f"{where}.{extra}", _TWO))
        for name in given[:1]:
            validate = _PROJECTIONS.get(name)
            if validate is not None:
                validate(causes, f"{where}.{name}", projection[name])


def _projected_object(causes: Causes, path: str, source: Obj) -> None:
    if not source.get("name"):
        causes.append(required(f"{path}.name"))
    _items(causes, f"{path}.items", source.get("items") or ())


def _token(causes: Causes, path: str, source: Obj) -> None:
    seconds = source.get("expirationSeconds", 3600)
    if seconds < _SHORTEST_TOKEN:
        causes.append(invalid(f"{path}.expirationSeconds", seconds, "may not specify a duration less than 10 minutes"))
    if seconds > _LONGEST_TOKEN:
        causes.append(invalid(f"{path}.expirationSeconds", seconds,
                              "may not specify a duration larger than 2^32 seconds"))  # fmt: skip
    _local_path(causes, f"{path}.path", source.get("path") or "", required_=True)


_PROJECTIONS: dict[str, Callable[[Causes, str, Obj], None]] = {
    "secret": _projected_object,
    "configMap": _projected_object,
    "downwardAPI": _downward_api,
    "serviceAccountToken": _token,
}

_SOURCES: dict[str, Callable[[Causes, str, Obj], None]] = {
    "emptyDir": _empty_dir,
    "hostPath": _host_path,
    "secret": _secret,
    "configMap": _config_map,
    "downwardAPI": _downward_api,
    "persistentVolumeClaim": _claim,
    "nfs": _nfs,
    "projected": _projected,
}


def _mode(causes: Causes, path: str, mode: int | None) -> None:
    if mode is not None and not 0 <= mode <= 0o777:
        causes.append(invalid(path, mode, _MODE_ERROR))


def _items(causes: Causes, path: str, items: Sequence[Obj]) -> None:
    for index, item in enumerate(items):
        where = f"{path}[{index}]"
        if not item.get("key"):
            causes.append(required(f"{where}.key"))
        _local_path(causes, f"{where}.path", item.get("path") or "", required_=True)
        _mode(causes, f"{where}.mode", item.get("mode"))


def _local_path(causes: Causes, path: str, value: str, *, required_: bool = False) -> None:
    """Relative, and never out of the volume."""
    if not value:
        if required_:
            causes.append(required(path))
        return
    if value.startswith("/"):
        causes.append(invalid(path, value, "must be a relative path"))
    if ".." in value.split("/"):
        causes.append(invalid(path, value, "must not contain '..'"))
    if required_ and value.startswith("..") and not value.startswith("../"):
        causes.append(invalid(path, value, "must not start with '..'"))


def validate_mounts(causes: Causes, path: str, container: Obj, volumes: Collection[str]) -> None:
    seen: set[str] = set()
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        name, place = mount.get("name"), mount.get("mountPath")
        if not name:
            causes.append(required(f"{path}[{index}].name"))
        if not place:
            causes.append(required(f"{path}[{index}].mountPath"))
        if place in seen:
            causes.append(invalid(f"{path}[{index}].mountPath", place, "must be unique"))
        if place:
            seen.add(place)
        if name not in volumes:
            causes.append(not_found(f"{path}[{index}].name", name or ""))
        sub_path, expression = mount.get("subPath"), mount.get("subPathExpr")
        if sub_path:
            _local_path(causes, f"{path}[{index}].subPath", sub_path)
        if expression:
            if sub_path:
                causes.append(invalid(f"{path}[{index}].subPathExpr", expression,
                                      "subPathExpr and subPath are mutually exclusive"))  # fmt: skip
            _local_path(causes, f"{path}[{index}].subPathExpr", expression)
        propagation = mount.get("mountPropagation")
        if propagation is not None and propagation not in _PROPAGATIONS:
            causes.append(unsupported(f"{path}[{index}].mountPropagation", propagation, _PROPAGATIONS))
        elif propagation == "Bidirectional" and not (container.get("securityContext") or {}).get("privileged"):
            causes.append(forbidden(f"{path}[{index}].mountPropagation",
                                    "Bidirectional mount propagation is available only to privileged containers"))
