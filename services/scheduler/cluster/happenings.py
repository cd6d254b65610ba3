"""What can happen in a cluster that may help a pod that found no place."""

from __future__ import annotations

from enum import Enum, auto


class Happening(Enum):
    NODE_ADDED = auto()
    NODE_GREW = auto()  # more of some resource
    NODE_LABELLED = auto()
    NODE_OPENED = auto()  # a taint, or the mark as unschedulable, was taken away
    POD_GONE = auto()  # from a node
