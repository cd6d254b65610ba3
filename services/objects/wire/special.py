"""Messages whose JSON is not an object of their fields: times, quantities, raw JSON and the like, both ways.

A reader takes (data, at, end) and returns the value, or None for one that stands for nothing (a zero time); a writer
takes the value and returns the message's bytes. Readers raise Malformed, IndexError, UnicodeDecodeError; writers
Unencodable.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from services.objects import times
from services.objects.memo import remembered
from services.objects.wire.varints import Malformed, Unencodable, lengthy, pairs, signed, text, uvarint

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOWEST = int((datetime(1, 1, 1, tzinfo=UTC) - EPOCH).total_seconds())
_HIGHEST = int((datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - EPOCH).total_seconds())

Reader = Callable[[bytes, int, int], Any]
Writer = Callable[[Any], bytes]


def _moment(data: bytes, at: int, end: int) -> datetime | None:
    if at == end:
        return None
    seconds = nanoseconds = 0
    for number, value in pairs(data, at, end):
        if number == 1:
            seconds = signed(value)
        elif number == 2:
            nanoseconds = signed(value)
    if not _LOWEST <= seconds <= _HIGHEST or not 0 <= nanoseconds < 1_000_000_000:
        raise Malformed("a time outside of the years 1 to 9999")
    return EPOCH + timedelta(seconds=seconds, microseconds=nanoseconds // 1000)


def _read_time(data: bytes, at: int, end: int) -> str | None:
    moment = _moment(data, at, end)
    return None if moment is None else times.rfc3339(moment)


def _read_micro_time(data: bytes, at: int, end: int) -> str | None:
    moment = _moment(data, at, end)
    return None if moment is None else times.micro(moment)


@remembered()
def _write_time(value: str) -> bytes:
    try:
        since = times.parse(value) - EPOCH
    except (ValueError, TypeError, AttributeError) as error:
        raise Unencodable(f"not a time: {value!r}") from error
    seconds = since.days * 86400 + since.seconds
    # Go writes both fields always.
    return b"\x08" + uvarint(seconds & (1 << 64) - 1) + b"\x10" + uvarint(since.microseconds * 1000)


def _read_quantity(data: bytes, at: int, end: int) -> str:
    return next((text(value) for number, value in pairs(data, at, end) if number == 1), "0")


def _write_quantity(value: str | int | float) -> bytes:
    return lengthy(b"\x0a", str(value).encode())


def _read_int_or_string(data: bytes, at: int, end: int) -> int | str:
    """Integers are type 0; the zero value is what clients send for one that was not set, and it means the same."""
    found = dict(pairs(data, at, end))
    if found.get(1) == 1:
        return text(found.get(3, b""))
    return signed(found.get(2, 0))


def _write_int_or_string(value: int | str) -> bytes:
    if isinstance(value, str):
        return b"\x08\x01\x10\x00" + lengthy(b"\x1a", value.encode())
    return b"\x08\x00\x10" + uvarint(value & (1 << 64) - 1) + b"\x1a\x00"


def _read_json(data: bytes, at: int, end: int) -> Any:
    for number, value in pairs(data, at, end):
        if number == 1 and value:
            if isinstance(value, int):
                break
            return orjson.loads(value)
    return None


def _write_json(value: Any) -> bytes:
    return lengthy(b"\x0a", orjson.dumps(value))


def _read_texts(data: bytes, at: int, end: int) -> list[str]:
    return [text(value) for number, value in pairs(data, at, end) if number == 1]


def _write_texts(value: list[str]) -> bytes:
    return b"".join([lengthy(b"\x0a", each.encode()) for each in value])


READERS: dict[str, Reader] = {
    "meta.v1.Time": _read_time, "meta.v1.MicroTime": _read_micro_time, "meta.v1.FieldsV1": _read_json,
    "meta.v1.Verbs": _read_texts, "resource.Quantity": _read_quantity, "intstr.IntOrString": _read_int_or_string,
    "runtime.RawExtension": _read_json, "apiextensions.v1.JSON": _read_json,
    "authentication.v1.ExtraValue": _read_texts, "authorization.v1.ExtraValue": _read_texts,
    "certificates.v1.ExtraValue": _read_texts,
}  # fmt: skip
WRITERS: dict[str, Writer] = {
    "meta.v1.Time": _write_time, "meta.v1.MicroTime": _write_time, "meta.v1.FieldsV1": _write_json,
    "meta.v1.Verbs": _write_texts, "resource.Quantity": _write_quantity, "intstr.IntOrString": _write_int_or_string,
    "runtime.RawExtension": _write_json, "apiextensions.v1.JSON": _write_json,
    "authentication.v1.ExtraValue": _write_texts, "authorization.v1.ExtraValue": _write_texts,
    "certificates.v1.ExtraValue": _write_texts,
}  # fmt: skip
