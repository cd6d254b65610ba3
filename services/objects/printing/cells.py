"""The cells that tables of many kinds have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.objects import durations, times
from services.objects.meta import Obj
from services.objects.printing.printer import Column

NONE, UNKNOWN, UNSET = "<none>", "<unknown>", "<unset>"

AGE = Column("Age", description="Time since the object was created, at the moment of the answer.")


def since(moment: str | None, now: datetime) -> str:
    """How long ago an RFC 3339 time was; `<unknown>` for none."""
    if not moment:
        return UNKNOWN
    try:
        return durations.human(now - times.parse(moment))
    except ValueError:
        return UNKNOWN


def age(obj: Obj, now: datetime) -> str:
    return since(obj["metadata"].get("creationTimestamp"), now)


def labels(pairs: Mapping[str, str] | None) -> str:
    return ",".join(f"{key}={pairs[key]}" for key in sorted(pairs)) if pairs else NONE


def at_most_three(items: Sequence[str], empty: str) -> str:
    """`a,b,c + 2 more...`"""
    if len(items) > 3:
        return f"{','.join(items[:3])} + {len(items) - 3} more..."
    return ",".join(items) or empty


def joined(objects: Iterable[Mapping[str, Any]], member: str) -> str:
    return ",".join(each.get(member, "") for each in objects)


def boolean(value: bool | None) -> str:
    return UNSET if value is None else str(value)
