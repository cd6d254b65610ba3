"""From JSON to values: strings that the declared type says are times, durations or bytes, and whole doubles.

Objects and lists of them are converted where a field is read, never as a whole, unless an expression uses them whole
(`self == oldSelf`, `dyn(self)`). A converter takes what it has made before, so nothing must remember what was done.
"""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Callable
from typing import Any

from services.objects.cel.errors import EvaluationError
from services.objects.cel.running.text import date_of, timestamp_of, worded_duration_of
from services.objects.cel.running.values import MapList, Optional, SetList
from services.objects.cel.types import Kind, Type, is_optional

Convert = Callable[[Any], Any]

_DATE = len("2006-01-02")


def _double(value: Any) -> Any:
    return float(value) if type(value) is int else value


def _bytes(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise EvaluationError(f"Invalid byte formatted string {value:.100}: illegal base64 data") from None


def _timestamp(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return date_of(value) if len(value) == _DATE else timestamp_of(value)


def _duration(value: Any) -> Any:
    return worded_duration_of(value) if isinstance(value, str) else value


_SCALARS: dict[Kind, Convert] = {
    Kind.DOUBLE: _double,
    Kind.BYTES: _bytes,
    Kind.TIMESTAMP: _timestamp,
    Kind.DURATION: _duration,
}


def reader(declared: Type) -> Convert | None:
    """For a field that has just been read; None when the value can be used as it is."""
    return None if declared.raw else _converter(declared, whole=is_optional(declared))


def whole(declared: Type) -> Convert | None:
    """For a value that is used as a whole."""
    return None if declared.raw else _converter(declared, whole=True)


def _converter(declared: Type, whole: bool) -> Convert | None:
    kind = declared.kind
    if kind is Kind.LIST:
        return _list(declared, whole)
    if kind is Kind.MAP:
        inner = _inner(declared.parameters[1], whole)
        if inner is None:
            return None
        return lambda value: {key: inner(each) for key, each in value.items()} if isinstance(value, dict) else value
    if kind is Kind.OBJECT:
        return _object(declared) if whole else None
    if is_optional(declared):
        return _optional(_inner(declared.parameters[0], whole))
    return _SCALARS.get(kind)


def _optional(inner: Convert | None) -> Convert | None:
    if inner is None:
        return None
    return lambda found: Optional.of(inner(found.content)) if isinstance(found, Optional) and found.present else found


def _inner(declared: Type, whole: bool) -> Convert | None:
    return None if declared.raw else _converter(declared, whole)


def _list(declared: Type, whole: bool) -> Convert | None:
    inner = _inner(declared.parameters[0], whole)
    convert: Convert | None = None
    if inner is not None:
        element = inner

        def convert_all(value: Any) -> Any:
            return [element(each) for each in value] if isinstance(value, list) else value

        convert = convert_all
    if declared.list_type not in ("set", "map"):
        return convert
    make: Convert = SetList if declared.list_type == "set" else functools.partial(MapList, keys=declared.list_keys)

    def as_declared(value: Any) -> Any:
        if not isinstance(value, list) or (convert is None and isinstance(value, SetList | MapList)):
            return value
        return make(value if convert is None else convert(value))

    return as_declared


def _object(declared: Type) -> Convert:
    """Its converters are made when the first object is converted: a definition can refer to itself."""
    fields: dict[str, Convert] | None = None

    def convert(value: Any) -> Any:
        nonlocal fields
        if not isinstance(value, dict):
            return value
        if fields is None:
            found = {field.property: _inner(field.type, True) for field in declared.fields.values()}
            fields = {name: inner for name, inner in found.items() if inner is not None}
        result = dict(value)
        for name, inner in fields.items():
            if name in result:
                result[name] = inner(result[name])
        return result

    return convert
