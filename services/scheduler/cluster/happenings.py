"""What can happen in a cluster that may help a pod that found no place."""

from __future__ import annotations

from enum import Enum, auto


class Happening(Enum):
    NODE_ADDED = auto()
    NODE_GREW = auto()  # more of some resource
    NODE_LABELLED = auto()
    NODE_OPENED = auto()  # a taint, or the mark as unschedulable, was taken away
    NODE_GONE = auto()
    POD_GONE = auto()  # from a node
    ROOM_FREED = auto()  # the same, of a node that is not being cleared for somebody
    POD_PLACED = auto()
    POD_LABELLED = auto()  # a pod that has a node, or one that is being deleted now
    NAMESPACE_LABELLED = auto()
    VOLUMECLAIM_CHANGED = auto()  # or came into being, as all of these
    VOLUME_CHANGED = auto()
    VOLUME_DETACHED = auto()
    STORAGECLASS_CHANGED = auto()
    ATTACH_LIMIT_CHANGED = auto()
    STORAGE_CAPACITY_CHANGED = auto()
    DEVICES_CHANGED = auto()
    DEVICECLASS_CHANGED = auto()
    DEVICECLAIM_CHANGED = auto()
