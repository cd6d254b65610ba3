"""The core group: what runs, where, and what it is given."""

from __future__ import annotations

from services.objects.kinds.core.binding import BINDING
from services.objects.kinds.core.componentstatus import COMPONENTSTATUS
from services.objects.kinds.core.configmap import CONFIGMAP
from services.objects.kinds.core.limitrange import LIMITRANGE
from services.objects.kinds.core.namespace import NAMESPACE
from services.objects.kinds.core.node import NODE
from services.objects.kinds.core.pod import POD
from services.objects.kinds.core.podtemplate import PODTEMPLATE
from services.objects.kinds.core.replicationcontroller import REPLICATIONCONTROLLER
from services.objects.kinds.core.resourcequota import RESOURCEQUOTA
from services.objects.kinds.core.secret import SECRET
from services.objects.kinds.core.serviceaccount import SERVICEACCOUNT
from services.objects.kinds.core.services.endpoints import ENDPOINTS
from services.objects.kinds.core.services.service import SERVICE
from services.objects.kinds.core.volumes.persistentvolume import PERSISTENTVOLUME
from services.objects.kinds.core.volumes.persistentvolumeclaim import PERSISTENTVOLUMECLAIM

KINDS = (
    NAMESPACE, NODE, POD, BINDING, CONFIGMAP, SECRET, SERVICEACCOUNT, SERVICE, ENDPOINTS, REPLICATIONCONTROLLER,
    PERSISTENTVOLUME, PERSISTENTVOLUMECLAIM, LIMITRANGE, RESOURCEQUOTA, PODTEMPLATE, COMPONENTSTATUS,
)  # fmt: skip

__all__ = [
    "BINDING", "COMPONENTSTATUS", "CONFIGMAP", "ENDPOINTS", "LIMITRANGE", "NAMESPACE", "NODE", "PERSISTENTVOLUME",
    "PERSISTENTVOLUMECLAIM", "POD", "PODTEMPLATE", "REPLICATIONCONTROLLER", "RESOURCEQUOTA", "SECRET", "SERVICE",
    "SERVICEACCOUNT",
]  # fmt: skip
