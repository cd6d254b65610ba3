"""The group batch: work that ends, and work that begins again by the clock."""

from __future__ import annotations

from services.objects.kinds.batch.cronjob import CRONJOB
from services.objects.kinds.batch.job.job import JOB

KINDS = (JOB, CRONJOB)

__all__ = ["CRONJOB", "JOB"]
