"""Schedules of CronJobs: five fields, or a descriptor such as @daily and @every 1h30m.

The dialect and its error texts are those of robfig/cron (ParseStandard), which Kubernetes uses: days of the week end
at 6, `?` is `*`, `N/step` runs to the end, ranges do not wrap round, there is no L, W or #. cronsim and croniter were
tried: both follow Debian's cron instead (7 is Sunday, `L` and `5#2` are taken, `?` and @every are not) and have texts
of their own, so either would take what Kubernetes refuses and refuse what it takes.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from services.objects import durations, timezones
from services.objects.memo import remembered


class ScheduleError(ValueError):
    """What is wrong with a schedule, as robfig/cron says it."""


class Schedule(NamedTuple):
    """When it is time: all five hold, but a day need only be of one sort when neither sort is a star (`any_day` False
    means that `days` or `weekdays` is enough)."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday
    any_day: bool


class Every(NamedTuple):
    """A fixed time apart, in whole seconds and at least one."""

    interval: timedelta


class _Field(NamedTuple):
    lowest: int
    highest: int
    names: dict[str, int]


_MONTHS = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}  # fmt: skip
_WEEKDAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_FIELDS = (_Field(0, 59, {}), _Field(0, 23, {}), _Field(1, 31, {}), _Field(1, 12, _MONTHS), _Field(0, 6, _WEEKDAYS))
_DESCRIPTORS = {"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
                "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *"}  # fmt: skip
_EVERY, _ZONES = "@every ", ("TZ=", "CRON_TZ=")
_is_integer = re.compile("[+-]?[0-9]+", re.ASCII).fullmatch
_INT64_DIGITS = 19
_MINUTE, _SEARCHED = timedelta(minutes=1), 5 * 366


def following(schedule: Schedule | Every, after: datetime) -> datetime | None:
    """The first moment of the schedule that is later than `after`, which has a time zone and whose clock is meant; None
    when there is none within five years (the 30th of February).

    An hour that the clock skips is no time to run, and one that it shows twice is two, as with robfig/cron.
    """
    if isinstance(schedule, Every):
        return (after.replace(microsecond=0).astimezone(UTC) + schedule.interval).astimezone(after.tzinfo)
    if not schedule.minutes or not schedule.hours:
        return None
    day, last = after.date(), after.date() + timedelta(days=_SEARCHED)
    moment = after.astimezone(UTC).replace(second=0, microsecond=0) + _MINUTE
    while day <= last:
        if _is_day(schedule, day):
            found = _within(schedule, day, moment, after)
            if found is not None:
                return found
        day += timedelta(days=1)
        moment = max(moment, datetime(day.year, day.month, day.day, tzinfo=after.tzinfo).astimezone(UTC))
    return None


def _is_day(schedule: Schedule, day: date) -> bool:
    if day.month not in schedule.months:
        return False
    matches = day.day in schedule.days, day.isoweekday() % 7 in schedule.weekdays
    return all(matches) if schedule.any_day else any(matches)


def _within(schedule: Schedule, day: date, moment: datetime, after: datetime) -> datetime | None:
    """From `moment`, a minute in UTC, to the end of the day where `after` is."""
    while True:
        local = moment.astimezone(after.tzinfo)
        if local.date() > day:
            return None
        if local.date() == day and local.hour in schedule.hours and local.minute in schedule.minutes:
            return local
        moment += _MINUTE


@remembered(1024)
def parse(text: str) -> Schedule | Every:
    """Raises ScheduleError. A TZ= in front is understood and left to the caller to refuse."""
    if not text:
        raise ScheduleError("empty spec string")
    if text.startswith(_ZONES):
        zone, _, text = text.partition("=")[2].partition(" ")
        if not timezones.is_known(zone):
            raise ScheduleError(f"provided bad location {zone}: unknown time zone {zone}")
        text = text.strip()
    if text.startswith("@"):
        return _described(text)
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise ScheduleError(f"expected exactly {len(_FIELDS)} fields, found {len(fields)}: [{' '.join(fields)}]")
    minutes, hours, days, months, weekdays = (
        _values(expression, field) for expression, field in zip(fields, _FIELDS, strict=True)
    )
    return Schedule(minutes[0], hours[0], days[0], months[0], weekdays[0], any_day=days[1] or weekdays[1])


def _described(text: str) -> Schedule | Every:
    fields = _DESCRIPTORS.get(text)
    if fields is not None:
        return parse(fields)
    if not text.startswith(_EVERY):
        raise ScheduleError(f"unrecognized descriptor: {text}")
    try:
        interval = durations.parse(text.removeprefix(_EVERY))
    except ValueError as error:
        raise ScheduleError(f"failed to parse duration {text}: {error}") from error
    second = timedelta(seconds=1)
    return Every(max(interval // second * second, second))


def _values(expression: str, field: _Field) -> tuple[frozenset[int], bool]:
    """The values of a field's comma-separated ranges, and whether a star is among them."""
    values: set[int] = set()
    star = False
    for part in filter(None, expression.split(",")):
        chosen, starred = _range(part, field)
        values.update(chosen)
        star = star or starred
    return frozenset(values), star


def _range(text: str, field: _Field) -> tuple[range, bool]:
    ends, *steps = text.split("/")
    low, *highs = ends.split("-")
    star = low in ("*", "?")
    if star:
        start, end = field.lowest, field.highest
    else:
        start = end = _number(low, field)
        if len(highs) > 1:
            raise ScheduleError(f"too many hyphens: {text}")
        if highs:
            end = _number(highs[0], field)
    step = 1
    if len(steps) > 1:
        raise ScheduleError(f"too many slashes: {text}")
    if steps:
        step = _integer(steps[0])
        if not highs:
            end = field.highest
        star = star and step <= 1
    if start < field.lowest:
        raise ScheduleError(f"beginning of range ({start}) below minimum ({field.lowest}): {text}")
    if end > field.highest:
        raise ScheduleError(f"end of range ({end}) above maximum ({field.highest}): {text}")
    if start > end:
        raise ScheduleError(f"beginning of range ({start}) beyond end of range ({end}): {text}")
    if step == 0:
        raise ScheduleError(f"step of range should be a positive number: {text}")
    return range(start, end + 1, step), star


def _number(text: str, field: _Field) -> int:
    named = field.names.get(text.lower())
    return _integer(text) if named is None else named


def _integer(text: str) -> int:
    """As Go reads one."""
    if not _is_integer(text):
        raise _unreadable(text, "invalid syntax")
    if len(text.lstrip("+-0")) > _INT64_DIGITS or not -(1 << 63) <= (number := int(text)) < 1 << 63:
        raise _unreadable(text, "value out of range")
    if number < 0:
        raise ScheduleError(f"negative number ({number}) not allowed: {text}")
    return number


def _unreadable(text: str, why: str) -> ScheduleError:
    quoted = json.dumps(text, ensure_ascii=False)
    return ScheduleError(f"failed to parse int from {text}: strconv.Atoi: parsing {quoted}: {why}")
