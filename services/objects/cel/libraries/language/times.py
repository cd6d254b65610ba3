"""Parts of times and durations. Without a time zone it is UTC's; a zone is a name, or an offset such as `-08:00`."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from services.objects.cel.checking.overloads import Overload
from services.objects.cel.errors import EvaluationError
from services.objects.cel.running.values import SECOND, Duration, Timestamp

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_offset = re.compile(r"([+-]?)([0-9]{1,2}):([0-9]{2})", re.ASCII).fullmatch


@functools.lru_cache(maxsize=128)
def _zone(name: str) -> tzinfo:
    offset = _offset(name)
    if offset is not None:
        away = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        if away >= timedelta(hours=24):
            raise EvaluationError(f"unknown time zone {name}")
        return timezone(-away if offset[1] == "-" else away)
    if name in ("", "UTC"):
        return UTC
    import zoneinfo  # it reads the system's data: only for an expression that names a zone

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise EvaluationError(f"unknown time zone {name}") from None


def _local(moment: Timestamp, zone: str = "UTC") -> datetime:
    seconds, nanos = divmod(moment.nanos, SECOND)
    try:
        return (_EPOCH + timedelta(seconds=seconds, microseconds=nanos // 1000)).astimezone(_zone(zone))
    except OverflowError:
        raise EvaluationError("timestamp overflow") from None


_PARTS: dict[str, tuple[str, Callable[[datetime], int]]] = {
    "getFullYear": ("timestamp_to_year", lambda local: local.year),
    "getMonth": ("timestamp_to_month", lambda local: local.month - 1),
    "getDayOfYear": ("timestamp_to_day_of_year", lambda local: local.timetuple().tm_yday - 1),
    "getDate": ("timestamp_to_day_of_month_1_based", lambda local: local.day),
    "getDayOfMonth": ("timestamp_to_day_of_month", lambda local: local.day - 1),
    "getDayOfWeek": ("timestamp_to_day_of_week", lambda local: local.isoweekday() % 7),
    "getHours": ("timestamp_to_hours", lambda local: local.hour),
    "getMinutes": ("timestamp_to_minutes", lambda local: local.minute),
    "getSeconds": ("timestamp_to_seconds", lambda local: local.second),
    "getMilliseconds": ("timestamp_to_milliseconds", lambda local: local.microsecond // 1000),
}
_UNITS = {"getHours": 3600 * SECOND, "getMinutes": 60 * SECOND, "getSeconds": SECOND, "getMilliseconds": 10**6}


def _part(of: Callable[[datetime], int]) -> Callable[..., Any]:
    return lambda moment, zone="UTC": of(_local(moment, zone))


def _whole(unit: int) -> Callable[[Duration], int]:
    """Towards zero."""
    return lambda length: length.nanos // unit if length.nanos >= 0 else -(-length.nanos // unit)


OVERLOADS = (
    *(Overload(identifier, f"timestamp.{name}() -> int", _part(of)) for name, (identifier, of) in _PARTS.items()),
    *(Overload(f"{identifier}_with_tz", f"timestamp.{name}(string) -> int", _part(of))
      for name, (identifier, of) in _PARTS.items()),
    *(Overload(f"duration_to_{name[3:].lower()}", f"duration.{name}() -> int", _whole(unit))
      for name, unit in _UNITS.items()),
)  # fmt: skip
