"""The group apps: what keeps pods running."""

from __future__ import annotations

from services.objects.kinds.apps.controllerrevision import CONTROLLERREVISION
from services.objects.kinds.apps.daemonset import DAEMONSET
from services.objects.kinds.apps.deployment import DEPLOYMENT
from services.objects.kinds.apps.replicaset import REPLICASET
from services.objects.kinds.apps.statefulset import STATEFULSET

KINDS = (REPLICASET, DEPLOYMENT, STATEFULSET, DAEMONSET, CONTROLLERREVISION)

__all__ = ["CONTROLLERREVISION", "DAEMONSET", "DEPLOYMENT", "REPLICASET", "STATEFULSET"]
