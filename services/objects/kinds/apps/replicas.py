"""The columns of what keeps a number of equal pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects.kinds.pods.template import COLUMNS
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column

_DESIRED = Column("Desired", "integer", description="Pods that there should be.")
_CURRENT = Column("Current", "integer", description="Pods that there are.")
_READY = Column("Ready", "integer", description="Pods that are ready.")
REPLICAS = (NAME, _DESIRED, _CURRENT, _READY, cells.AGE, *COLUMNS)


def counts(obj: Obj, now: datetime) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    return [obj["metadata"].get("name", ""), spec.get("replicas", 0), status.get("replicas", 0),
            status.get("readyReplicas", 0), cells.age(obj, now)]  # fmt: skip
