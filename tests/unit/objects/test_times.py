from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.objects import durations, times

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_wire_forms() -> None:
    assert times.rfc3339(MOMENT) == "2026-01-02T03:04:05Z"
    assert times.micro(MOMENT) == "2026-01-02T03:04:05.000006Z"
    assert times.rfc3339(times.ZERO) == "0001-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "text",
    ["2026-01-02T03:04:05.000006Z", "2026-01-02T04:04:05.000006+01:00", "2026-01-01T22:34:05.0000069-04:30"],
)
def test_parse(text: str) -> None:
    assert times.parse(text) == MOMENT
    assert times.parse(text).utcoffset() == timedelta()


@pytest.mark.parametrize(
    "text",
    ["", "2026-01-02", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z", "2026-01-02 03:04:05Z", "2026-W01-1T00:00:00Z",
     "0001-01-01T00:00:00+10:00", "2026-01-02T03:04:05+25:00", "2026-01-02T03:04:05Z\n"],
)  # fmt: skip
def test_no_times(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        times.parse(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (125, "2m5s"), (599, "9m59s"), (601, "10m"),
     (3 * 3600 - 1, "179m"), (3 * 3600, "3h"), (3 * 3600 + 61, "3h1m"), (8 * 3600 + 61, "8h"), (47 * 3600, "47h"),
     (48 * 3600, "2d"), (51 * 3600, "2d3h"), (8 * 86400 + 3600, "8d"), (729 * 86400, "729d"), (730 * 86400, "2y"),
     (733 * 86400, "2y3d"), (8 * 365 * 86400 + 86400, "8y")],
)  # fmt: skip
def test_ages(seconds: int, text: str) -> None:
    assert durations.human(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("text", "seconds", "printed"),
    [("0", 0, "0s"), ("30s", 30, "30s"), ("1m", 60, "1m0s"), ("1h30m", 5400, "1h30m0s"), ("1.5s", 1.5, "1.5s"),
     ("-2m", -120, "-2m0s"), ("250ms", 0.25, "250ms"), ("+1h", 3600, "1h0m0s"), ("10us", 0.00001, "10µs"),
     (".5m", 30, "30s")],
)  # fmt: skip
def test_go_durations(text: str, seconds: float, printed: str) -> None:
    assert durations.parse(text).total_seconds() == seconds
    assert durations.text(durations.parse(text)) == printed


@pytest.mark.parametrize("text", ["", "5", "s", "1x", ".s", "1h-5m", "1 h", "9999999999h"])
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="invalid duration"):
        durations.parse(text)


@pytest.mark.parametrize(("text", "problem"), [
    ("", ' as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006"'),
    ("yesterday", ' as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"'),
    ("2026-01-02", ' as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'),
    ("2026/01/02", ' as "2006-01-02T15:04:05Z07:00": cannot parse "/01/02" as "-"'),
    ("2026-01-02 03:04:05", ' as "2006-01-02T15:04:05Z07:00": cannot parse " 03:04:05" as "T"'),
    ("2026-01-02T03:04:05", ' as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"'),
    ("2026-01-02T03:04:05.5", ' as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"'),
    ("2026-13-02T03:04:05Z", ": month out of range"), ("2026-02-30T03:04:05Z", ": day out of range"),
    ("2026-01-02T24:04:05Z", ": hour out of range"), ("2026-01-02T03:60:05Z", ": minute out of range"),
    ("2026-01-02T03:04:60Z", ": second out of range"), ("2026-01-02T03:04:05Zulu", ': extra text: "ulu"'),
    ("2026-01-02T03:04:05+99:00", ": time zone offset hour out of range"),
])  # fmt: skip
def test_what_is_no_time_is_told_in_gos_words(text, problem):
    with pytest.raises(ValueError, match=r"\w"):
        times.parse(text)
    assert times.problem(text) == f'parsing time "{text}"{problem}'


def test_strange_letters_in_what_is_no_time():
    assert times.problem('é"') == (
        r'parsing time "\xc3\xa9\"" as "2006-01-02T15:04:05Z07:00": cannot parse "\xc3\xa9\"" as "2006"')
