"""The declaration of every served kind, and the registry that finds them."""

from __future__ import annotations

from services.objects.kinds.apps import CONTROLLERREVISION, DEPLOYMENT, REPLICASET
from services.objects.kinds.coordination import LEASE
from services.objects.kinds.core import (
    BINDING,
    CONFIGMAP,
    ENDPOINTS,
    NAMESPACE,
    NODE,
    POD,
    REPLICATIONCONTROLLER,
    SECRET,
    SERVICE,
    SERVICEACCOUNT,
)
from services.objects.kinds.discovery import ENDPOINTSLICE
from services.objects.kinds.events import EVENT, EVENTS_EVENT
from services.objects.kinds.kind import Kind
from services.objects.kinds.registry import Registry

KINDS = Registry((
    NAMESPACE, NODE, POD, BINDING, CONFIGMAP, SECRET, SERVICEACCOUNT, SERVICE, ENDPOINTS, REPLICATIONCONTROLLER, EVENT,
    REPLICASET, DEPLOYMENT, CONTROLLERREVISION, LEASE, ENDPOINTSLICE, EVENTS_EVENT,
))  # fmt: skip

__all__ = [
    "BINDING", "CONFIGMAP", "CONTROLLERREVISION", "DEPLOYMENT", "ENDPOINTS", "ENDPOINTSLICE", "EVENT", "EVENTS_EVENT",
    "KINDS", "LEASE", "NAMESPACE", "NODE", "POD", "REPLICASET", "REPLICATIONCONTROLLER", "SECRET", "SERVICE",
    "SERVICEACCOUNT", "Kind", "Registry",
]  # fmt: skip
