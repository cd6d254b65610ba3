"""What PersistentVolumes may be made of: the sources of pods' volumes, a disk of a node, and secrets by namespace."""

from __future__ import annotations

from services.objects import names
from services.objects.kinds.pods.volumes.sources import SHARED, Rule, validate_csi_driver
from services.objects.kinds.validation.field import Causes, add_invalid, invalid, required
from services.objects.kinds.validation.texts.paths import validate_no_backsteps
from services.objects.meta import Obj

_CSI_SECRETS = ("controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef",
                "nodeExpandSecretRef")  # fmt: skip


def _glusterfs(causes: Causes, path: str, source: Obj) -> None:
    SHARED["glusterfs"](causes, path, source)
    namespace = source.get("endpointsNamespace")
    if namespace == "":
        causes.append(invalid(f"{path}.endpointsNamespace", "",
                              "if the endpointnamespace is set, it must be a valid namespace name"))  # fmt: skip
    elif namespace is not None:
        add_invalid(causes, f"{path}.endpointsNamespace", namespace, names.is_dns1123_label(namespace))


def _with_namespaced_secret(shared: Rule) -> Rule:
    def validate(causes: Causes, path: str, source: Obj) -> None:
        shared(causes, path, source)
        if source.get("secretRef") is not None and not source["secretRef"].get("namespace"):
            causes.append(required(f"{path}.secretRef.namespace"))

    return validate


def _iscsi(causes: Causes, path: str, source: Obj) -> None:
    SHARED["iscsi"](causes, path, source)
    if source.get("secretRef") is not None and not source["secretRef"].get("name"):
        causes.append(required(f"{path}.secretRef.name"))


def _azure_file(causes: Causes, path: str, source: Obj) -> None:
    SHARED["azureFile"](causes, path, source)
    if source.get("secretNamespace") == "":
        causes.append(required(f"{path}.secretNamespace"))


def _local(causes: Causes, path: str, source: Obj) -> None:
    given = source.get("path")
    if not given:
        causes.append(required(f"{path}.path"))
    else:
        validate_no_backsteps(causes, f"{path}.path", given)


def _csi(causes: Causes, path: str, source: Obj) -> None:
    validate_csi_driver(causes, f"{path}.driver", source.get("driver") or "")
    if not source.get("volumeHandle"):
        causes.append(required(f"{path}.volumeHandle"))
    for field in _CSI_SECRETS:
        secret = source.get(field)
        if secret is None:
            continue
        for part, rule in (("name", names.is_dns1123_subdomain), ("namespace", names.is_dns1123_label)):
            if not secret.get(part):
                causes.append(required(f"{path}.{field}.{part}"))
            else:
                add_invalid(causes, f"{path}.{field}.{part}", secret[part], rule(secret[part]))


# In the order in which they count where several are given.
SOURCES: dict[str, Rule] = {
    "hostPath": SHARED["hostPath"],
    "gcePersistentDisk": SHARED["gcePersistentDisk"],
    "awsElasticBlockStore": SHARED["awsElasticBlockStore"],
    "glusterfs": _glusterfs,
    "flocker": SHARED["flocker"],
    "nfs": SHARED["nfs"],
    "rbd": SHARED["rbd"],
    "quobyte": SHARED["quobyte"],
    "cephfs": SHARED["cephfs"],
    "iscsi": _iscsi,
    "cinder": _with_namespaced_secret(SHARED["cinder"]),
    "fc": SHARED["fc"],
    "flexVolume": SHARED["flexVolume"],
    "azureFile": _azure_file,
    "vsphereVolume": SHARED["vsphereVolume"],
    "photonPersistentDisk": SHARED["photonPersistentDisk"],
    "portworxVolume": SHARED["portworxVolume"],
    "azureDisk": SHARED["azureDisk"],
    "scaleIO": SHARED["scaleIO"],
    "local": _local,
    "storageos": _with_namespaced_secret(SHARED["storageos"]),
    "csi": _csi,
}
