"""The group policy: how much may be disturbed at a time."""

from __future__ import annotations

from services.objects.kinds.policy.poddisruptionbudget import PODDISRUPTIONBUDGET

KINDS = (PODDISRUPTIONBUDGET,)

__all__ = ["PODDISRUPTIONBUDGET"]
