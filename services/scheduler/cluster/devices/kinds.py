"""The kinds that are followed for devices, and how each is put into the index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from services.objects.kinds.kind import Kind
from services.objects.kinds.resource import DEVICECLASS, RESOURCECLAIM, RESOURCESLICE
from services.objects.meta import Obj, key_of
from services.scheduler.cluster.devices.facts import ClaimKey, claim_of, class_of, slice_of
from services.scheduler.cluster.devices.index import Devices, Happenings

_Setter = Callable[[Devices, ClaimKey, Obj | None], Happenings]

SETTERS: Mapping[Kind, _Setter] = MappingProxyType({
    RESOURCESLICE: lambda devices, key, new: devices.set_slice(key[1], slice_of(new) if new else None),
    DEVICECLASS: lambda devices, key, new: devices.set_class(key[1], class_of(new) if new else None),
    RESOURCECLAIM: lambda devices, key, new: devices.set_claim(key, claim_of(new) if new else None),
})


def changed(devices: Devices, kind: Kind, old: Obj | None, new: Obj | None) -> Happenings:
    """What happened that could help pods that found no place."""
    return SETTERS[kind](devices, key_of(new or old or {}), new)
