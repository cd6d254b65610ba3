"""The kinds of the group storage.k8s.io: how volumes are made, and by whom."""

from __future__ import annotations

from services.objects.kinds.storage.csidriver import CSIDRIVER
from services.objects.kinds.storage.csinode import CSINODE
from services.objects.kinds.storage.csistoragecapacity import CSISTORAGECAPACITY
from services.objects.kinds.storage.storageclass import STORAGECLASS
from services.objects.kinds.storage.volumeattachment import VOLUMEATTACHMENT
from services.objects.kinds.storage.volumeattributesclass import VOLUMEATTRIBUTESCLASS

KINDS = (STORAGECLASS, CSIDRIVER, CSINODE, CSISTORAGECAPACITY, VOLUMEATTACHMENT, VOLUMEATTRIBUTESCLASS)

__all__ = [
    "CSIDRIVER", "CSINODE", "CSISTORAGECAPACITY", "STORAGECLASS", "VOLUMEATTACHMENT", "VOLUMEATTRIBUTESCLASS",
]  # fmt: skip
