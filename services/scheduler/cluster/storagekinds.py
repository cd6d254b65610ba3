"""The kinds of storage that are followed, and how each is put into the index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from services.objects.kinds import PERSISTENTVOLUME, PERSISTENTVOLUMECLAIM
from services.objects.kinds.kind import Kind
from services.objects.kinds.storage import CSIDRIVER, CSINODE, CSISTORAGECAPACITY, STORAGECLASS, VOLUMEATTACHMENT
from services.objects.meta import Obj, key_of
from services.scheduler.cluster import storage
from services.scheduler.cluster.storage import ClaimKey
from services.scheduler.cluster.volumes import Happenings, Volumes

# What is done with the latest view of an object, which is None when it is gone.
_Setter = Callable[[Volumes, ClaimKey, Obj | None], Happenings]

SETTERS: Mapping[Kind, _Setter] = MappingProxyType({
    PERSISTENTVOLUMECLAIM: lambda volumes, key, new: volumes.set_claim(key, storage.claim(new) if new else None),
    PERSISTENTVOLUME: lambda volumes, key, new: volumes.set_volume(key[1], storage.volume(new) if new else None),
    STORAGECLASS: lambda volumes, key, new: volumes.set_class(key[1], storage.storage_class(new) if new else None),
    CSINODE: lambda volumes, key, new: volumes.set_limits(key[1], storage.limits(new) if new else None),
    VOLUMEATTACHMENT:
        lambda volumes, key, new: volumes.set_attachment(key[1], storage.attachment(new) if new else None),
    CSIDRIVER: lambda volumes, key, new: volumes.set_measured(key[1], bool(new) and storage.tells_capacity(new or {})),
    CSISTORAGECAPACITY: lambda volumes, key, new: volumes.set_capacity(key, storage.capacity(new) if new else None),
})  # fmt: skip


def changed(volumes: Volumes, kind: Kind, old: Obj | None, new: Obj | None) -> Happenings:
    """What happened that could help pods that found no place."""
    return SETTERS[kind](volumes, key_of(new or old or {}), new)
