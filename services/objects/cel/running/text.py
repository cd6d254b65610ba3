"""How Go writes and reads values as text, which CEL's conversions promise."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta

from services.objects.cel.errors import EvaluationError
from services.objects.cel.running.values import SECOND, Duration, Timestamp

_EPOCH = datetime(1970, 1, 1)
_LONGEST = 500  # characters: reading one costs a unit, however long it is
_rfc3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]{1,9})[0-9]*)?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))", re.ASCII).fullmatch  # fmt: skip
_date = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII).fullmatch
_part = re.compile(r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": SECOND, "m": 60 * SECOND,
          "h": 3600 * SECOND}  # fmt: skip
_words = re.compile(r"([0-9]+)\s*([A-Za-zµ]+)")
_WORDS = {
    **dict.fromkeys(("ns", "nanos", "nanosecond", "nanoseconds"), 1),
    **dict.fromkeys(("us", "µs", "micros", "microsecond", "microseconds"), 10**3),
    **dict.fromkeys(("ms", "millis", "millisecond", "milliseconds"), 10**6),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), SECOND),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60 * SECOND),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600 * SECOND),
    **dict.fromkeys(("d", "day", "days"), 86400 * SECOND),
    **dict.fromkeys(("w", "wk", "week", "weeks"), 7 * 86400 * SECOND),
}


def timestamp_of(text: str) -> Timestamp:
    """An RFC 3339 time; raises EvaluationError."""
    match = _rfc3339(text) if len(text) <= _LONGEST else None
    if match is None:
        raise EvaluationError(f'parsing time "{text}" as "2006-01-02T15:04:05Z07:00": cannot parse "{text}"')
    year, month, day, hour, minute, second = (int(match[group]) for group in range(1, 7))
    try:
        moment = datetime(year, month, day, hour, minute, second)
    except ValueError:
        raise EvaluationError(f'parsing time "{text}": out of range') from None
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    if match[8]:
        away = int(match[9]) * 3600 + int(match[10]) * 60
        seconds += away if match[8] == "-" else -away
    return Timestamp(seconds * SECOND + int((match[7] or "").ljust(9, "0") or 0))


def date_of(text: str) -> Timestamp:
    match = _date(text)
    try:
        if match is None:
            raise ValueError
        days = (datetime(int(match[1]), int(match[2]), int(match[3])) - _EPOCH).days
    except ValueError:
        raise EvaluationError(f"Invalid date formatted string {text}") from None
    return Timestamp(days * 86400 * SECOND)


def duration_of(text: str) -> Duration:
    """Go's `1h30m`, `-1.5s`; raises EvaluationError."""
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    if rest == "0":
        return Duration(0)
    total = position = 0
    while position < len(rest) <= _LONGEST:
        part = _part.match(rest, position)
        if part is None or not (part[1] or part[2]) or len(part[0]) > 40:
            break
        fraction = part[2] or ""
        total += int((part[1] or "0") + fraction) * _UNITS[part[3]] // 10 ** len(fraction)
        position = part.end()
    if not rest or position < len(rest) or total > 1 << 63:
        raise EvaluationError(f'time: invalid duration "{text}"')
    return Duration(sign * total)


def worded_duration_of(text: str) -> Duration:
    """What the format `duration` of OpenAPI takes: Go's form, or words such as `3 days`."""
    try:
        return duration_of(text)
    except EvaluationError:
        matches = _words.findall(text[:100]) if len(text) <= 100 else []
        if not matches or any(unit.lower() not in _WORDS or len(amount) > 20 for amount, unit in matches):
            raise EvaluationError(f"Invalid duration {text}: unable to parse {text} as duration") from None
        return Duration(sum(int(amount) * _WORDS[unit.lower()] for amount, unit in matches))


def timestamp_text(moment: Timestamp) -> str:
    seconds, nanos = divmod(moment.nanos, SECOND)
    shown = (_EPOCH + timedelta(seconds=seconds)).isoformat()
    fraction = f"{nanos:09d}".rstrip("0")
    return f"{shown}.{fraction}Z" if fraction else f"{shown}Z"


def duration_text(length: Duration) -> str:
    """In seconds: `5400s`, `1.5s`."""
    whole, nanos = divmod(abs(length.nanos), SECOND)
    fraction = f"{nanos:09d}".rstrip("0")
    sign = "-" if length.nanos < 0 else ""
    return f"{sign}{whole}.{fraction}s" if fraction else f"{sign}{whole}s"


def double_text(number: float) -> str:
    """Go's %g with as few digits as tell the number from all others."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    digits, exponent = _digits(number)
    sign = "-" if math.copysign(1.0, number) < 0 else ""
    if number == 0:
        return f"{sign}0"
    if exponent < -4 or exponent >= 6:
        mantissa = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
        return f"{sign}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    whole = digits[:exponent + 1].ljust(exponent + 1, "0")
    fraction = digits[exponent + 1:]
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def _digits(number: float) -> tuple[str, int]:
    """The significant digits, and the power of ten of the first."""
    mantissa, _, power = f"{abs(number)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    everything = whole + fraction
    significant = everything.lstrip("0")
    exponent = len(whole) - 1 - (len(everything) - len(significant)) + int(power or 0)
    return significant.rstrip("0") or "0", exponent
