"""int(), uint(), double(), bool(), string(), bytes(), timestamp(), duration()."""

from __future__ import annotations

import math
import re
from typing import Any

from services.objects.cel.checking.overloads import Implementation, Overload
from services.objects.cel.errors import EvaluationError
from services.objects.cel.running.text import double_text, duration_of, duration_text, timestamp_of, timestamp_text
from services.objects.cel.running.values import INT_MAX, INT_MIN, SECOND, UINT_MAX, Duration, Timestamp, UInt

_integer = re.compile(r"[+-]?[0-9]+", re.ASCII).fullmatch
_float = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII).fullmatch
_named = re.compile(r"[+-]?(?:inf|infinity)|nan", re.IGNORECASE).fullmatch
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})


def _wrong(kind: str, wanted: str) -> EvaluationError:
    return EvaluationError(f"type conversion error from '{kind}' to '{wanted}'")


def _range() -> EvaluationError:
    return EvaluationError("range error")


def _int_of_uint(value: int) -> int:
    if value > INT_MAX:
        raise _range()
    return int(value)


def _int_of_double(value: float) -> int:
    if not -(2.0**63) < value < 2.0**63:
        raise _range()
    return int(value)


def _whole(text: str, wanted: str, low: int, high: int) -> int:
    if _integer(text) is None or len(text) > 100 or (wanted == "uint" and text[0] in "+-"):
        raise _wrong("string", wanted)
    value = int(text)
    if not low <= value <= high:
        raise _wrong("string", wanted)
    return value


def _int_of_string(text: str) -> int:
    return _whole(text, "int", INT_MIN, INT_MAX)


def _uint_of_string(text: str) -> UInt:
    return UInt(_whole(text, "uint", 0, UINT_MAX))


def _uint_of_int(value: int) -> UInt:
    if value < 0:
        raise _range()
    return UInt(value)


def _uint_of_double(value: float) -> UInt:
    if not 0.0 <= value < 2.0**64:
        raise _range()
    return UInt(int(value))


def double_of_string(text: str) -> float:
    if len(text) > 2000 or (_float(text) is None and _named(text) is None):
        raise _wrong("string", "double")
    number = float(text)
    if math.isinf(number) and _named(text) is None:
        raise _wrong("string", "double")
    return number


def _bool_of_string(text: str) -> bool:
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise _wrong("string", "bool")


def _string_of_bytes(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise EvaluationError("invalid UTF-8 in bytes, cannot convert to string") from None


def bytes_of_string(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _same(value: Any) -> Any:
    return value


def _duration_of_int(nanos: int) -> Duration:
    return Duration(nanos)


def _timestamp_of_int(seconds: int) -> Timestamp:
    return Timestamp(seconds * SECOND)


def _rows() -> list[Overload]:
    rows: list[tuple[str, str, Implementation]] = [
        ("int64_to_int64", "int(int) -> int", _same),
        ("uint64_to_int64", "int(uint) -> int", _int_of_uint),
        ("double_to_int64", "int(double) -> int", _int_of_double),
        ("string_to_int64", "int(string) -> int", _int_of_string),
        ("timestamp_to_int64", "int(timestamp) -> int", lambda moment: moment.nanos // SECOND),
        ("duration_to_int64", "int(duration) -> int", lambda length: length.nanos),
        ("uint64_to_uint64", "uint(uint) -> uint", _same),
        ("int64_to_uint64", "uint(int) -> uint", _uint_of_int),
        ("double_to_uint64", "uint(double) -> uint", _uint_of_double),
        ("string_to_uint64", "uint(string) -> uint", _uint_of_string),
        ("double_to_double", "double(double) -> double", _same),
        ("int64_to_double", "double(int) -> double", float),
        ("uint64_to_double", "double(uint) -> double", float),
        ("string_to_double", "double(string) -> double", double_of_string),
        ("bool_to_bool", "bool(bool) -> bool", _same),
        ("string_to_bool", "bool(string) -> bool", _bool_of_string),
        ("string_to_string", "string(string) -> string", _same),
        ("bool_to_string", "string(bool) -> string", lambda value: "true" if value else "false"),
        ("bytes_to_string", "string(bytes) -> string", _string_of_bytes),
        ("double_to_string", "string(double) -> string", double_text),
        ("int64_to_string", "string(int) -> string", str),
        ("uint64_to_string", "string(uint) -> string", lambda value: str(int(value))),
        ("timestamp_to_string", "string(timestamp) -> string", timestamp_text),
        ("duration_to_string", "string(duration) -> string", duration_text),
        ("bytes_to_bytes", "bytes(bytes) -> bytes", _same),
        ("string_to_bytes", "bytes(string) -> bytes", bytes_of_string),
        ("timestamp_to_timestamp", "timestamp(timestamp) -> timestamp", _same),
        ("string_to_timestamp", "timestamp(string) -> timestamp", timestamp_of),
        ("int64_to_timestamp", "timestamp(int) -> timestamp", _timestamp_of_int),
        ("duration_to_duration", "duration(duration) -> duration", _same),
        ("string_to_duration", "duration(string) -> duration", duration_of),
        ("int64_to_duration", "duration(int) -> duration", _duration_of_int),
    ]
    return [Overload(*row) for row in rows]


OVERLOADS = tuple(_rows())
