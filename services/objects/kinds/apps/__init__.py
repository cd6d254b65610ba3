"""The group apps: what keeps pods running."""

from __future__ import annotations

from services.objects.kinds.apps.controllerrevision import CONTROLLERREVISION
from services.objects.kinds.apps.deployment import DEPLOYMENT
from services.objects.kinds.apps.replicaset import REPLICASET

KINDS = (REPLICASET, DEPLOYMENT, CONTROLLERREVISION)

__all__ = ["CONTROLLERREVISION", "DEPLOYMENT", "REPLICASET"]
