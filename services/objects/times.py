"""Times on the wire: RFC 3339 in UTC, whole seconds (`Time`) or microseconds (`MicroTime`).

`datetime.fromisoformat` alone was rejected: it takes forms that Kubernetes refuses (no zone, week dates, no colons).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from services.objects.memo import remembered

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)
ZERO = datetime(1, 1, 1, tzinfo=UTC)


def rfc3339(moment: datetime) -> str:
    """`2026-01-02T03:04:05Z`; `moment` is aware."""
    moment = moment.astimezone(UTC)
    return f"{moment.year:04d}-{moment.month:02d}-{moment.day:02d}T" \
           f"{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d}Z"  # fmt: skip


def micro(moment: datetime) -> str:
    """`2026-01-02T03:04:05.000006Z`, always six digits; `moment` is aware."""
    return f"{rfc3339(moment)[:-1]}.{moment.microsecond:06d}Z"


@remembered()  # the same creation times are read again and again for tables
def parse(text: str) -> datetime:
    """Either form, any offset; aware, in UTC, cut to microseconds. Raises ValueError."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f'parsing time "{text[:100]}": not RFC 3339')
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    fraction = int(((match[7] or "") + "000000")[:6])
    moment = datetime(year, month, day, hour, minute, second, fraction, tzinfo=UTC)
    if not match[8]:
        return moment
    if int(match[9]) > 23 or int(match[10]) > 59:
        raise ValueError(f'parsing time "{text}": offset out of range')
    offset = timedelta(hours=int(match[9]), minutes=int(match[10]))
    try:
        return moment.replace(tzinfo=timezone(offset if match[8] == "+" else -offset)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f'parsing time "{text}": out of range') from error


def parse_or_none(text: str | None) -> datetime | None:
    """For optional fields: None and "" are no time."""
    return parse(text) if text else None
