"""The defaults of a pod's volumes."""

from __future__ import annotations

from services.objects.kinds.pods.images import pull_policy
from services.objects.kinds.pods.volumes.claims import default_claim_spec
from services.objects.meta import Obj

_MODE = 0o644
_TOKEN_SECONDS, _CERTIFICATE_SECONDS = 3600, 86400

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
    sources = [name for name in volume if name != "name"]
    if not sources:
        volume["emptyDir"] = {}
        return
    for name in sources:
        default_source(name, volume[name])
    if "downwardAPI" in volume:
        _default_items(volume["downwardAPI"])
    for projection in volume.get("projected", {}).get("sources", ()):
        if "serviceAccountToken" in projection:
            projection["serviceAccountToken"].setdefault("expirationSeconds", _TOKEN_SECONDS)
        if "podCertificate" in projection:
            projection["podCertificate"].setdefault("maxExpirationSeconds", _CERTIFICATE_SECONDS)
        _default_items(projection.get("downwardAPI", {}))
    if "ephemeral" in volume:
        template = volume["ephemeral"].get("volumeClaimTemplate")
        if template is not None:
            default_claim_spec(template.setdefault("spec", {}))
    if "image" in volume and not volume["image"].get("pullPolicy"):
        volume["image"]["pullPolicy"] = pull_policy(volume["image"].get("reference") or "")


def default_source(name: str, source: Obj) -> None:
    """Of a pod's volume or of a PersistentVolume."""
    fields = _SOURCES.get(name)
    if fields is not None:
        for field, value in fields.items():
            if source.get(field) is None:
                source[field] = value


def default_field_selector(selector: Obj) -> None:
    if not selector.get("apiVersion"):
        selector["apiVersion"] = "v1"


def _default_items(source: Obj) -> None:
    for item in source.get("items", ()):
        if "fieldRef" in item:
            default_field_selector(item["fieldRef"])
        if "resourceFieldRef" in item:
            item["resourceFieldRef"].setdefault("divisor", "0")
