"""The group autoscaling: how many pods there should be, decided by what they use."""

from __future__ import annotations

from services.objects.kinds.autoscaling.horizontalpodautoscaler import HORIZONTALPODAUTOSCALER
from services.objects.kinds.autoscaling.v1 import HORIZONTALPODAUTOSCALER_V1

KINDS = (HORIZONTALPODAUTOSCALER, HORIZONTALPODAUTOSCALER_V1)

__all__ = ["HORIZONTALPODAUTOSCALER", "HORIZONTALPODAUTOSCALER_V1"]
