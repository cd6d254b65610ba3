"""The rules of where a container sees its pod's volumes: as directories, or as raw devices."""

from __future__ import annotations

from collections.abc import Mapping

from services.objects.kinds.validation.field import Causes, forbidden, invalid, not_found, required, unsupported
from services.objects.kinds.validation.texts.paths import steps_back, validate_descending
from services.objects.meta import Obj

_PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")
_READ_ONLY = ("Disabled", "Enabled", "IfPossible")


def validate_mounts(causes: Causes, path: str, container: Obj, volumes: Mapping[str, Obj]) -> None:
    devices = container.get("volumeDevices") or ()
    device_names = {device.get("name") or "" for device in devices}
    device_places = {device.get("devicePath") or "" for device in devices}
    seen: set[str] = set()
    for index, mount in enumerate(container["volumeMounts"]):
        name, place = mount.get("name") or "", mount.get("mountPath") or ""
        if not name:
            causes.append(required(f"{path}[{index}].name"))
        if name not in volumes:
            causes.append(not_found(f"{path}[{index}].name", name))
        if not place:
            causes.append(required(f"{path}[{index}].mountPath"))
        if place in seen:
            causes.append(invalid(f"{path}[{index}].mountPath", place, "must be unique"))
        seen.add(place)
        if devices:
            if name in device_names:
                causes.append(invalid(f"{path}[{index}].name", name, "must not already exist in volumeDevices"))
            if place in device_places:
                causes.append(invalid(f"{path}[{index}].mountPath", place,
                                      "must not already exist as a path in volumeDevices"))  # fmt: skip
        if len(mount) > 2:
            _validate_how(causes, path, f"{path}[{index}]", mount, container)


def _validate_how(causes: Causes, path: str, where: str, mount: Obj, container: Obj) -> None:
    """`path` is that of all mounts: Kubernetes names no place in the list for most of these."""
    sub_path, expression = mount.get("subPath"), mount.get("subPathExpr")
    if sub_path:
        validate_descending(causes, f"{path}.subPath", sub_path)
    if expression:
        if sub_path:
            causes.append(invalid(f"{where}.subPathExpr", expression,
                                  "subPathExpr and subPath are mutually exclusive"))  # fmt: skip
        validate_descending(causes, f"{path}.subPathExpr", expression)
    propagation = mount.get("mountPropagation")
    if propagation is not None:
        if propagation not in _PROPAGATIONS:
            causes.append(unsupported(f"{path}.mountPropagation", propagation, _PROPAGATIONS))
        if propagation == "Bidirectional" and not (container.get("securityContext") or {}).get("privileged"):
            causes.append(forbidden(f"{path}.mountPropagation",
                                    "Bidirectional mount propagation is available only to privileged containers"))
    recursive = mount.get("recursiveReadOnly")
    if recursive in ("Enabled", "IfPossible"):
        if not mount.get("readOnly"):
            causes.append(forbidden(f"{path}.recursiveReadOnly", "may only be specified when readOnly is true"))
        if propagation not in (None, "None"):
            causes.append(forbidden(f"{path}.recursiveReadOnly",
                                    "may only be specified when mountPropagation is None or not specified"))
    elif recursive not in (None, "Disabled"):
        causes.append(unsupported(f"{path}.recursiveReadOnly", recursive, _READ_ONLY))


def validate_devices(causes: Causes, path: str, container: Obj, volumes: Mapping[str, Obj]) -> None:
    """Only claims can be block devices."""
    mounts = container.get("volumeMounts") or ()
    mount_names = {mount.get("name") or "" for mount in mounts}
    mount_places = {mount.get("mountPath") or "" for mount in mounts}
    names: set[str] = set()
    places: set[str] = set()
    for index, device in enumerate(container["volumeDevices"]):
        where = f"{path}[{index}]"
        name, place = device.get("name") or "", device.get("devicePath") or ""
        if not name:
            causes.append(required(f"{where}.name"))
        if name in names:
            causes.append(invalid(f"{where}.name", name, "must be unique"))
        volume = volumes.get(name)
        if volume is None:
            causes.append(not_found(f"{where}.name", name))
        elif "persistentVolumeClaim" not in volume and "ephemeral" not in volume:
            causes.append(invalid(f"{where}.name", name, "can only use volume source type of PersistentVolumeClaim or "
                                                         "Ephemeral for block mode"))  # fmt: skip
        if not place:
            causes.append(required(f"{where}.devicePath"))
        if place in places:
            causes.append(invalid(f"{where}.devicePath", place, "must be unique"))
        if steps_back(place):
            causes.append(invalid(f"{where}.devicePath", place, "can not contain backsteps ('..')"))
        else:
            places.add(place)
        if name in mount_names:
            causes.append(invalid(f"{where}.name", name, "must not already exist in volumeMounts"))
        if place in mount_places:
            causes.append(invalid(f"{where}.devicePath", place, "must not already exist as a path in volumeMounts"))
        if name:
            names.add(name)
