"""The group scheduling.k8s.io: whose pods come first."""

from __future__ import annotations

from services.objects.kinds.scheduling.priorityclass import PRIORITYCLASS

KINDS = (PRIORITYCLASS,)

__all__ = ["PRIORITYCLASS"]
