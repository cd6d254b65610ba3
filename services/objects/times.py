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


# What Go's parser asks for, part by part: (as its layout spells it, what it is, least, most); literals are nothing.
_PARTS = (
    ("2006", "year", 0, 9999), ("-", "", 0, 0), ("01", "month", 1, 12), ("-", "", 0, 0), ("02", "", 0, 99),
    ("T", "", 0, 0), ("15", "hour", 0, 23), (":", "", 0, 0), ("04", "minute", 0, 59), (":", "", 0, 0),
    ("05", "second", 0, 59),
)  # fmt: skip
_ZONE = re.compile(r"Z|[+-](\d\d):(\d\d)", re.ASCII)


def problem(text: str, layout: str = "2006-01-02T15:04:05Z07:00") -> str:
    """What is wrong with a text that `parse` refuses, in the words of Go's time package."""
    rest = text
    for part, unit, least, most in _PARTS:
        found, rest = rest[: len(part)], rest[len(part) :]
        if not part.isdigit():
            if found != part:
                return _cannot(text, layout, found + rest, part)
            continue
        if len(found) < len(part) or not (found.isascii() and found.isdigit()):
            return _cannot(text, layout, found + rest, part)
        if not least <= int(found) <= most:
            return f"parsing time {_quoted(text)}: {unit} out of range"
    if rest[:1] in (".", ",") and rest[1:2].isdigit():
        rest = rest[1:].lstrip("0123456789")
    zone = _ZONE.match(rest)
    if zone is None:
        return _cannot(text, layout, rest, "Z07:00")
    if zone[1] and (int(zone[1]) > 24 or int(zone[2]) > 60):
        unit = "hour" if int(zone[1]) > 24 else "minute"
        return f"parsing time {_quoted(text)}: time zone offset {unit} out of range"
    extra = rest[zone.end() :]
    return f"parsing time {_quoted(text)}: " + (f"extra text: {_quoted(extra)}" if extra else "day out of range")


def _cannot(text: str, layout: str, rest: str, part: str) -> str:
    return f'parsing time {_quoted(text)} as "{layout}": cannot parse {_quoted(rest)} as "{part}"'


def _quoted(text: str) -> str:
    """As Go's time package quotes: what is no printable ASCII becomes its bytes."""
    return '"' + "".join(
        f"\\{each}" if each in '"\\' else each if " " <= each <= "~" else
        "".join(f"\\x{byte:02x}" for byte in each.encode("utf-8", "replace")) for each in text) + '"'  # fmt: skip


def parse_or_none(text: str | None) -> datetime | None:
    """For optional fields: None and "" are no time."""
    return parse(text) if text else None
