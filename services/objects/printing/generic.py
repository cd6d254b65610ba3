"""The columns of a kind that has none of its own: its name and when it was made."""

from __future__ import annotations

from datetime import datetime

from services.objects.meta import Obj
from services.objects.printing.printer import Column, Printer

NAME = Column("Name", format="name", description="Name must be unique within a namespace.")
CREATED_AT = Column("Created At", type="date", description="CreationTimestamp is the server's time of creation.")


def _row(obj: Obj, now: datetime) -> list[str]:
    metadata = obj["metadata"]
    return [metadata.get("name", ""), metadata.get("creationTimestamp") or "<unknown>"]


NAME_AND_AGE = Printer((NAME, CREATED_AT), _row)
