from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.objects import schedules
from services.objects.schedules import Every, ScheduleError


@pytest.mark.parametrize(("text", "minutes", "hours", "any_day"), [
    ("* * * * *", set(range(60)), set(range(24)), True),
    ("*/15 0-6/3 * * ?", {0, 15, 30, 45}, {0, 3, 6}, True),
    ("5,10-12 22/1 1 * 1", {5, 10, 11, 12}, {22, 23}, False),
    ("0 0 */2 * 1", {0}, {0}, False),
    ("0 0 */1 * 1", {0}, {0}, True),
    (" 7\t3 * * * ", {7}, {3}, True),
    ("@hourly", {0}, set(range(24)), True),
    ("@midnight", {0}, {0}, True),
    ("TZ=UTC 1 2 * * *", {1}, {2}, True),
    ("CRON_TZ=Europe/Rome 1 2 * * *", {1}, {2}, True),
    ("+1 , * * *", {1}, set(), True),
])  # fmt: skip
def test_when(text, minutes, hours, any_day):
    schedule = schedules.parse(text)
    assert (schedule.minutes, schedule.hours, schedule.any_day) == (minutes, hours, any_day)


def test_names_of_months_and_days():
    schedule = schedules.parse("0 0 31 JAN,mar-May Sun,FRI-SAT")
    assert (schedule.days, schedule.months, schedule.weekdays) == ({31}, {1, 3, 4, 5}, {0, 5, 6})
    assert schedules.parse("@yearly") == schedules.parse("@annually") == schedules.parse("0 0 1 1 *")
    assert schedules.parse("@weekly") == schedules.parse("0 0 * * 0")
    assert schedules.parse("@monthly") == schedules.parse("0 0 1 * *")


@pytest.mark.parametrize(("text", "seconds"), [("1h30m", 5400), ("2.7s", 2), ("10ms", 1), ("-1h", 1), ("0", 1)])
def test_every(text, seconds):
    assert schedules.parse(f"@every {text}") == Every(timedelta(seconds=seconds))


@pytest.mark.parametrize(("text", "expected"), [
    ("", "empty spec string"),
    ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
    ("0 0 * * * *", "expected exactly 5 fields, found 6: [0 0 * * * *]"),
    ("   ", "expected exactly 5 fields, found 0: []"),
    ("@noon", "unrecognized descriptor: @noon"),
    ("@Daily", "unrecognized descriptor: @Daily"),
    ("@every 5 parsecs", 'failed to parse duration @every 5 parsecs: time: invalid duration "5 parsecs"'),
    ("60 * * * *", "end of range (60) above maximum (59): 60"),
    ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
    ("* * * * 7", "end of range (7) above maximum (6): 7"),
    ("9-5 * * * *", "beginning of range (9) beyond end of range (5): 9-5"),
    ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
    ("1/2/3 * * * *", "too many slashes: 1/2/3"),
    ("*/0 * * * *", "step of range should be a positive number: */0"),
    ("a * * * *", 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'),
    ("-1 * * * *", 'failed to parse int from : strconv.Atoi: parsing "": invalid syntax'),
    ("*/-1 * * * *", "negative number (-1) not allowed: -1"),
    ("* * L * *", 'failed to parse int from L: strconv.Atoi: parsing "L": invalid syntax'),
    ("١ * * * *", 'failed to parse int from ١: strconv.Atoi: parsing "١": invalid syntax'),
    ("9223372036854775808 * * * *",
     'failed to parse int from 9223372036854775808: strconv.Atoi: parsing "9223372036854775808": value out of range'),
    ("TZ=Moon 0 0 * * *", "provided bad location Moon: unknown time zone Moon"),
])  # fmt: skip
def test_what_is_wrong(text, expected):
    with pytest.raises(ScheduleError) as refused:
        schedules.parse(text)
    assert str(refused.value) == expected


@pytest.mark.parametrize(("text", "after", "expected"), [
    ("* * * * *", "2026-01-01T00:00:00", "2026-01-01T00:01:00"),
    ("* * * * *", "2026-01-01T00:00:59.5", "2026-01-01T00:01:00"),
    ("0 0 * * *", "2026-01-01T00:00:00", "2026-01-02T00:00:00"),
    ("30 9 * * MON-FRI", "2026-01-02T10:00:00", "2026-01-05T09:30:00"),
    ("0 0 13 * FRI", "2026-01-01T00:00:00", "2026-01-02T00:00:00"),  # either day will do
    ("0 0 13 * */1", "2026-01-01T00:00:00", "2026-01-13T00:00:00"),  # one is a star: both must hold
    ("0 0 31 * *", "2026-01-31T00:00:00", "2026-03-31T00:00:00"),
    ("0 0 29 2 *", "2026-01-01T00:00:00", "2028-02-29T00:00:00"),
    ("59 23 31 12 *", "2026-12-31T23:59:00", "2027-12-31T23:59:00"),
    ("0 0 30 2 *", "2026-01-01T00:00:00", None),
    (", * * * *", "2026-01-01T00:00:00", None),
    ("@every 90m", "2026-01-01T00:00:00.7", "2026-01-01T01:30:00"),
    ("@yearly", "2026-01-01T00:00:00", "2027-01-01T00:00:00"),
])  # fmt: skip
def test_what_follows(text, after, expected):
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    found = schedules.following(schedules.parse(text), moment)
    assert found == (None if expected is None else datetime.fromisoformat(expected).replace(tzinfo=UTC))


@pytest.mark.parametrize(("text", "after", "expected"), [
    # The clock goes from 2 to 3 on 29 March 2026, and from 3 to 2 on 25 October.
    ("30 2 * * *", "2026-03-28T02:30:00+01:00", "2026-03-30T02:30:00+02:00"),
    ("0 * * * *", "2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00"),
    ("30 2 * * *", "2026-10-25T00:00:00+02:00", "2026-10-25T02:30:00+02:00"),
    ("30 2 * * *", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"),
    ("0 0 * * *", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"),
    ("@every 24h", "2026-10-25T00:00:00+02:00", "2026-10-25T23:00:00+01:00"),
])  # fmt: skip
def test_clocks_that_change(text, after, expected):
    moment = datetime.fromisoformat(after).astimezone(ZoneInfo("Europe/Rome"))
    found = schedules.following(schedules.parse(text), moment)
    assert found.isoformat() == expected
    assert found.tzinfo is moment.tzinfo


def test_a_day_without_midnight():
    """In Beirut the clock went from midnight to one o'clock on 31 March 2024."""
    moment = datetime(2024, 3, 30, 12, tzinfo=ZoneInfo("Asia/Beirut"))
    found = [schedules.following(schedules.parse(text), moment) for text in ("0 0 * * *", "0 1 * * *")]
    assert [each.isoformat() for each in found] == ["2024-04-01T00:00:00+03:00", "2024-03-31T01:00:00+03:00"]
