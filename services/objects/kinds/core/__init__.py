"""The core group: what runs, where, and what it is given."""

from __future__ import annotations

from services.objects.kinds.core.binding import BINDING
from services.objects.kinds.core.configmap import CONFIGMAP
from services.objects.kinds.core.namespace import NAMESPACE
from services.objects.kinds.core.node import NODE
from services.objects.kinds.core.pod import POD
from services.objects.kinds.core.replicationcontroller import REPLICATIONCONTROLLER
from services.objects.kinds.core.secret import SECRET
from services.objects.kinds.core.serviceaccount import SERVICEACCOUNT
from services.objects.kinds.core.services.endpoints import ENDPOINTS
from services.objects.kinds.core.services.service import SERVICE

KINDS = (
    NAMESPACE, NODE, POD, BINDING, CONFIGMAP, SECRET, SERVICEACCOUNT, SERVICE, ENDPOINTS, REPLICATIONCONTROLLER,
)  # fmt: skip

__all__ = [
    "BINDING", "CONFIGMAP", "ENDPOINTS", "NAMESPACE", "NODE", "POD", "REPLICATIONCONTROLLER", "SECRET", "SERVICE",
    "SERVICEACCOUNT",
]  # fmt: skip
