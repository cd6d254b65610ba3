"""The group node.k8s.io: what runs containers."""

from __future__ import annotations

from services.objects.kinds.node.runtimeclass import RUNTIMECLASS

KINDS = (RUNTIMECLASS,)

__all__ = ["RUNTIMECLASS"]
