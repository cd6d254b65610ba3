"""The defaults of a pod's volumes."""

from __future__ import annotations

from services.objects.kinds.pods.images import pull_policy
from services.objects.meta import Obj

_MODE = 0o644
_TOKEN_SECONDS = 3600

# source -> what its fields are when left out
_SOURCES: dict[str, dict[str, object]] = {
    "configMap": {"defaultMode": _MODE},
    "secret": {"defaultMode": _MODE},
    "downwardAPI": {"defaultMode": _MODE},
    "projected": {"defaultMode": _MODE},
    "hostPath": {"type": ""},
    "iscsi": {"iscsiInterface": "default"},
    "rbd": {"pool": "rbd", "user": "admin", "keyring": "/etc/ceph/keyring"},
    "azureDisk": {"cachingMode": "ReadWrite", "kind": "Shared", "fsType": "ext4", "readOnly": False},
    "scaleIO": {"storageMode": "ThinProvisioned", "fsType": "xfs"},
}


def default_volume(volume: Obj) -> None:
    source = next((name for name in volume if name != "name"), None)
    if source is None:
        volume["emptyDir"] = {}
        return
    for name, fields in _SOURCES.items():
        if name in volume:
            given = volume[name]
            for field, value in fields.items():
                if given.get(field) is None:
                    given[field] = value
    _default_items(volume.get("downwardAPI", {}))
    for projection in volume.get("projected", {}).get("sources", ()):
        if "serviceAccountToken" in projection:
            projection["serviceAccountToken"].setdefault("expirationSeconds", _TOKEN_SECONDS)
        _default_items(projection.get("downwardAPI", {}))
    if "ephemeral" in volume:
        template = volume["ephemeral"].get("volumeClaimTemplate")
        if template is not None:
            template.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
    if "image" in volume and not volume["image"].get("pullPolicy"):
        volume["image"]["pullPolicy"] = pull_policy(volume["image"].get("reference") or "")


def default_field_selector(selector: Obj) -> None:
    if not selector.get("apiVersion"):
        selector["apiVersion"] = "v1"


def _default_items(source: Obj) -> None:
    for item in source.get("items", ()):
        if "fieldRef" in item:
            default_field_selector(item["fieldRef"])
        if "resourceFieldRef" in item:
            item["resourceFieldRef"].setdefault("divisor", "0")
