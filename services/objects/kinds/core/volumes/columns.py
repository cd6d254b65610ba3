"""The cells that volumes and claims have in common."""

from __future__ import annotations

from collections.abc import Sequence

from services.objects.meta import Obj, annotations_of

_SHORT = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
_BETA_CLASS = "volume.beta.kubernetes.io/storage-class"


def access_modes(modes: Sequence[str] | None) -> str:
    """Always in the same order, each once."""
    return ",".join(short for mode, short in _SHORT.items() if mode in (modes or ()))


def storage_class(obj: Obj) -> str:
    """The annotation of old counts before the field."""
    annotations = annotations_of(obj)
    if _BETA_CLASS in annotations:
        return annotations[_BETA_CLASS]
    return str((obj.get("spec") or {}).get("storageClassName") or "")


def volume_mode(spec: Obj) -> str:
    return str(spec.get("volumeMode") or "<unset>")
