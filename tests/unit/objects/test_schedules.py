from datetime import timedelta

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
