"""The rules of the volume sources that pods and PersistentVolumes share, most of which some machine outside serves.

None but hostPath is acted on here; the rules stand so that a manifest is judged as it is elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from services.objects import names
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    between,
    invalid,
    required,
    too_long,
    unsupported,
)
from services.objects.kinds.validation.texts.paths import validate_no_backsteps
from services.objects.meta import Obj

Rule = Callable[[Causes, str, Obj], None]

_HOST_PATH_TYPES = ("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")
_CACHING_MODES = ("None", "ReadOnly", "ReadWrite")
_DISK_KINDS = ("Dedicated", "Managed", "Shared")
_MANAGED_DISK = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
_BLOB_DISK = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
_INITIATORS = {
    "iqn": re.compile(r"iqn\.\d{4}-\d{2}\.[A-Za-z0-9.-]+:[^,;*&$|\s]+\Z", re.ASCII).search,
    "eui": re.compile(r"eui.[A-Za-z0-9]{16}").fullmatch,
    "naa": re.compile(r"naa.[A-Za-z0-9]{32}").fullmatch,
}
_FORMAT = "must be valid format"
_HOST_PORTS = "must be a host:port pair or multiple pairs separated by commas"
_LONGEST_DRIVER = 63


def _requiring(*fields: str) -> Rule:
    def validate(causes: Causes, path: str, source: Obj) -> None:
        for field in fields:
            if not source.get(field):
                causes.append(required(f"{path}.{field}"))

    return validate


def validate_host_path(causes: Causes, path: str, source: Obj) -> None:
    given = source.get("path")
    if not given:
        causes.append(required(f"{path}.path"))
        return
    validate_no_backsteps(causes, f"{path}.path", given)
    if source.get("type", "") not in _HOST_PATH_TYPES:
        causes.append(unsupported(f"{path}.type", source["type"], _HOST_PATH_TYPES))


def _disk(field: str) -> Rule:
    """A disk of a cloud. Google's is called persistentDisk in error texts, as it was in the beginning."""

    def validate(causes: Causes, path: str, source: Obj) -> None:
        path = path.replace(".gcePersistentDisk", ".persistentDisk")
        if not source.get(field):
            causes.append(required(f"{path}.{field}"))
        partition = source.get("partition", 0)
        if not 0 <= partition <= 255:
            causes.append(invalid(f"{path}.partition", partition, between(1, 255)))

    return validate


def _nfs(causes: Causes, path: str, source: Obj) -> None:
    _requiring("server", "path")(causes, path, source)
    given = source.get("path") or ""
    if not given.startswith("/"):
        causes.append(invalid(f"{path}.path", given, "must be an absolute path"))


def validate_iscsi(causes: Causes, path: str, source: Obj) -> None:
    if not source.get("targetPortal"):
        causes.append(required(f"{path}.targetPortal"))
    name = source.get("iqn")
    if not name:
        causes.append(required(f"{path}.iqn"))
    else:
        _validate_initiator(causes, f"{path}.iqn", name)
    lun = source.get("lun", 0)
    if not 0 <= lun <= 255:
        causes.append(invalid(f"{path}.lun", lun, between(0, 255)))
    if (source.get("chapAuthDiscovery") or source.get("chapAuthSession")) and source.get("secretRef") is None:
        causes.append(required(f"{path}.secretRef"))
    if source.get("initiatorName") is not None:
        _validate_initiator(causes, f"{path}.initiatorname", source["initiatorName"])


def _validate_initiator(causes: Causes, path: str, name: str) -> None:
    matches = _INITIATORS.get(name[:3])
    if matches is None:
        causes.append(invalid(path, name, f"{_FORMAT} starting with iqn, eui, or naa"))
    elif not matches(name):
        causes.append(invalid(path, name, _FORMAT))


def _flocker(causes: Causes, path: str, source: Obj) -> None:
    name, uid = source.get("datasetName") or "", source.get("datasetUUID")
    if not name and not uid:
        causes.append(required(path, "one of datasetName and datasetUUID is required"))
    if name and uid:
        causes.append(invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously"))
    if "/" in name:
        causes.append(invalid(f"{path}.datasetName", name, "must not contain '/'"))


def _cinder(causes: Causes, path: str, source: Obj) -> None:
    _requiring("volumeID")(causes, path, source)
    _validate_secret(causes, path, source)


def _validate_secret(causes: Causes, path: str, source: Obj) -> None:
    if source.get("secretRef") is not None and not source["secretRef"].get("name"):
        causes.append(required(f"{path}.secretRef.name"))


def _quobyte(causes: Causes, path: str, source: Obj) -> None:
    registry = source.get("registry")
    if not registry:
        causes.append(required(f"{path}.registry", _HOST_PORTS))
    elif len(source.get("tenant") or "") >= 65:
        causes.append(required(f"{path}.tenant", "must be a UUID and may not exceed a length of 64 characters"))
    else:
        for pair in registry.split(","):
            if not _is_host_port(pair):
                causes.append(invalid(f"{path}.registry", registry, _HOST_PORTS))
    _requiring("volume")(causes, path, source)


def _is_host_port(pair: str) -> bool:
    host, colon, _ = pair.rpartition(":")
    if host.startswith("["):
        return bool(colon) and host.endswith("]") and "[" not in host[1:]
    return bool(colon) and ":" not in host and "]" not in pair


def _fc(causes: Causes, path: str, source: Obj) -> None:
    ports, names_ = source.get("targetWWNs"), source.get("wwids")
    if not ports and not names_:
        causes.append(required(f"{path}.targetWWNs", "must specify either targetWWNs or wwids, but not both"))
    if ports and names_:
        causes.append(invalid(f"{path}.targetWWNs", ports,
                              "targetWWNs and wwids can not be specified simultaneously"))  # fmt: skip
    if ports:
        lun = source.get("lun")
        if lun is None:
            causes.append(required(f"{path}.lun", "lun is required if targetWWNs is specified"))
        elif not 0 <= lun <= 255:
            causes.append(invalid(f"{path}.lun", lun, between(0, 255)))


def _flex(causes: Causes, path: str, source: Obj) -> None:
    _requiring("driver")(causes, path, source)
    for key in source.get("options") or ():
        namespace = "." + key.partition("/")[0].lower()
        if namespace.endswith((".kubernetes.io", ".k8s.io")):
            causes.append(invalid(f"{path}.options[{key}]", key,
                                  "kubernetes.io and k8s.io namespaces are reserved"))  # fmt: skip


def _azure_disk(causes: Causes, path: str, source: Obj) -> None:
    _requiring("diskName", "diskURI")(causes, path, source)
    caching, kind, uri = source.get("cachingMode"), source.get("kind"), source.get("diskURI") or ""
    if caching is not None and caching not in _CACHING_MODES:
        causes.append(unsupported(f"{path}.cachingMode", caching, _CACHING_MODES))
    if kind is None:
        return
    if kind not in _DISK_KINDS:
        causes.append(unsupported(f"{path}.kind", kind, _DISK_KINDS))
    if kind == "Managed":
        if not uri.startswith("/subscriptions/"):
            causes.append(unsupported(f"{path}.diskURI", uri, (_MANAGED_DISK,)))
    elif not uri.startswith("https://"):
        causes.append(unsupported(f"{path}.diskURI", uri, (_BLOB_DISK,)))


def validate_storageos(causes: Causes, path: str, source: Obj) -> None:
    name, namespace = source.get("volumeName"), source.get("volumeNamespace")
    if not name:
        causes.append(required(f"{path}.volumeName"))
    else:
        add_invalid(causes, f"{path}.volumeName", name, names.is_dns1123_label(name))
    if namespace:
        add_invalid(causes, f"{path}.volumeNamespace", namespace, names.is_dns1123_label(namespace))
    _validate_secret(causes, path, source)


def validate_csi_driver(causes: Causes, path: str, name: str) -> None:
    if not name:
        causes.append(required(path))
    if len(name) > _LONGEST_DRIVER:
        causes.append(too_long(path, _LONGEST_DRIVER))
    add_invalid(causes, path, name, names.is_dns1123_subdomain(name.lower()))


def _csi(causes: Causes, path: str, source: Obj) -> None:
    validate_csi_driver(causes, f"{path}.driver", source.get("driver") or "")
    secret = source.get("nodePublishSecretRef")
    if secret is None:
        return
    if not secret.get("name"):
        causes.append(required(f"{path}.nodePublishSecretRef.name"))
    else:
        add_invalid(causes, f"{path}.name", secret["name"], names.is_dns1123_subdomain(secret["name"]))


SHARED: dict[str, Rule] = {
    "hostPath": validate_host_path,
    "gcePersistentDisk": _disk("pdName"),
    "awsElasticBlockStore": _disk("volumeID"),
    "nfs": _nfs,
    "iscsi": validate_iscsi,
    "glusterfs": _requiring("endpoints", "path"),
    "flocker": _flocker,
    "rbd": _requiring("monitors", "image"),
    "cinder": _cinder,
    "cephfs": _requiring("monitors"),
    "quobyte": _quobyte,
    "fc": _fc,
    "flexVolume": _flex,
    "azureFile": _requiring("secretName", "shareName"),
    "vsphereVolume": _requiring("volumePath"),
    "photonPersistentDisk": _requiring("pdID"),
    "portworxVolume": _requiring("volumeID"),
    "azureDisk": _azure_disk,
    "storageos": validate_storageos,
    "scaleIO": _requiring("gateway", "system", "volumeName"),
    "csi": _csi,
}
