"""Protobuf to JSON: a closure per message, compiled from the tables when it is first needed.

A closure reads its message in place, between two positions of the one buffer, and dispatches on whole tags (number and
wire type), so a known field costs one dictionary lookup. A generic loop over parsed fields took four times as long.
"""

from __future__ import annotations

import base64
import functools
import math
import struct
from collections.abc import Callable
from typing import Any

from services.objects.meta import Obj
from services.objects.wire import messages
from services.objects.wire.messages import Field
from services.objects.wire.special import READERS
from services.objects.wire.varints import (
    BYTES,
    FIXED64,
    VARINT,
    Malformed,
    pairs,
    read_varint,
    signed,
    stretch,
    text,
)

# Levels of messages within messages: what is read here must also be printed as JSON, whose printer stops at 254.
DEPTH = 100

Decode = Callable[[bytes, int, int, int], Any]

_STRING, _MESSAGE, _MESSAGES, _STRINGS, _STRING_MAP, _INTEGER, _BOOLEAN, _SPECIAL, _MAP, _INLINE, _BYTES, \
    _INTEGERS, _PACKED, _DOUBLE, _SPECIALS = range(15)  # fmt: skip

_CODES = {"s": (_STRING, _STRINGS), "i": (_INTEGER, _INTEGERS), "b": (_BOOLEAN, _INTEGERS), "y": (_BYTES, _BYTES),
          "d": (_DOUBLE, _DOUBLE)}  # fmt: skip
_WIRES = {_INTEGER: VARINT, _BOOLEAN: VARINT, _INTEGERS: VARINT, _DOUBLE: FIXED64}
_ZEROS: dict[str, Any] = {"s": "", "i": 0, "b": False, "y": "", "resource.Quantity": "0"}


@functools.cache
def decoder(message: str) -> Decode:
    """(data, at, end, depth) -> the message as JSON. The closures raise Malformed, IndexError, UnicodeDecodeError and
    orjson.JSONDecodeError. Raises KeyError for a message that is in no table."""
    special = _SCHEMAS.get(message)
    if special is not None:
        return special
    fields = messages.fields(message)
    if fields is None:
        raise KeyError(message)
    return _compiled(fields)


def _entry(field: Field) -> tuple[int, Any]:
    """The code of a field and what reads its contents: types refer to themselves, so messages are found when used."""
    kind = field.type
    reader = READERS.get(kind)
    if field.mapped:
        return (_STRING_MAP, None) if kind == "s" else (_MAP, _pair_reader(kind))
    if reader is not None:
        return (_SPECIALS if field.repeated else _SPECIAL), reader
    if kind in _CODES:
        return _CODES[kind][field.repeated], None
    lazily = _lazily(kind)
    return (_INLINE if field.inline else _MESSAGES if field.repeated else _MESSAGE), lazily


def _lazily(message: str) -> Decode:
    found: list[Decode] = []

    def decode(data: bytes, at: int, end: int, depth: int) -> Any:
        if not found:
            found.append(decoder(message))
        return found[0](data, at, end, depth)

    return decode


def _compiled(fields: tuple[Field, ...]) -> Decode:
    entries: dict[int, tuple[int, str, bool, Any]] = {}
    for field in fields:
        code, inner = _entry(field)
        entries[field.number << 3 | _WIRES.get(code, BYTES)] = (code, field.name, field.keeps_zero, inner)
        if code == _INTEGERS:
            entries[field.number << 3 | BYTES] = (_PACKED, field.name, True, None)
    numbers = frozenset(field.number for field in fields)
    get = entries.get

    def decode(data: bytes, at: int, end: int, depth: int) -> Obj:
        if depth > DEPTH:
            raise Malformed("it is nested too deeply")
        obj: Obj = {}
        while at < end:
            tag = data[at]
            at += 1
            if tag > 127:
                tag, at = read_varint(data, at - 1)
            entry = get(tag)
            if entry is None:
                at = _skipped(data, at, end, tag, numbers)
                continue
            code, name, keeps_zero, inner = entry
            if tag & 7 != BYTES:
                if code == _DOUBLE:
                    at += 8
                    if at <= end:
                        number = _double(data, at - 8)
                        if number or keeps_zero:
                            obj[name] = number
                        continue
                value = data[at]
                at += 1
                if value > 127:
                    value, at = read_varint(data, at - 1)
                if at > end:
                    raise Malformed("it ends in the middle of a field")
                if code == _BOOLEAN:
                    if value or keeps_zero:
                        obj[name] = value != 0
                elif code == _INTEGER:
                    if value or keeps_zero:
                        obj[name] = signed(value)
                else:
                    obj.setdefault(name, []).append(signed(value))
                continue
            size = data[at]
            at += 1
            if size > 127:
                size, at = read_varint(data, at - 1)
            stop = at + size
            if stop > end:
                raise Malformed("it ends in the middle of a field")
            if code == _STRING:
                if size or keeps_zero:
                    obj[name] = data[at:stop].decode()
            elif code == _MESSAGE:
                obj[name] = inner(data, at, stop, depth + 1)
            elif code == _MESSAGES:
                item = inner(data, at, stop, depth + 1)
                items = obj.get(name)
                if items is None:
                    obj[name] = [item]
                else:
                    items.append(item)
            elif code == _STRING_MAP:
                key, word = _text_pair(data, at, stop)
                words = obj.get(name)
                if words is None:
                    obj[name] = {key: word}
                else:
                    words[key] = word
            elif code == _SPECIAL:
                special = inner(data, at, stop)
                if special or (special is not None and (keeps_zero or special.__class__ in _CONTAINERS)):
                    obj[name] = special
            else:
                _rarely(obj, code, name, inner, data, at, stop, depth)
            at = stop
        return obj

    return decode


_CONTAINERS = (dict, list)


def _rarely(obj: Obj, code: int, name: str, inner: Any, data: bytes, at: int, stop: int, depth: int) -> None:
    if code == _STRINGS:
        obj.setdefault(name, []).append(data[at:stop].decode())
    elif code == _INLINE:
        obj.update(inner(data, at, stop, depth + 1))
    elif code == _MAP:
        key, value = inner(data, at, stop, depth + 1)
        obj.setdefault(name, {})[key] = value
    elif code == _BYTES:
        if stop > at:
            obj[name] = base64.b64encode(data[at:stop]).decode()
    elif code == _SPECIALS:
        obj.setdefault(name, []).append(inner(data, at, stop))
    else:
        found = obj.setdefault(name, [])
        while at < stop:
            value, at = read_varint(data, at)
            found.append(signed(value))
        if at > stop:
            raise Malformed("it ends in the middle of a field")


def _skipped(data: bytes, at: int, end: int, tag: int, numbers: frozenset[int]) -> int:
    """Behind a field of a later version of the API: Kubernetes leaves it out as well."""
    if tag >> 3 in numbers:
        raise Malformed("an integer where bytes belong" if tag & 7 == VARINT else "a field of another type")
    at = read_varint(data, at)[1] if tag & 7 == VARINT else stretch(data, at, end, tag & 7)[1]
    if at > end:
        raise Malformed("it ends in the middle of a field")
    return at


def _double(data: bytes, at: int) -> float:
    value: float = struct.unpack_from("<d", data, at)[0]
    if not math.isfinite(value):
        raise Malformed("a number that is none in JSON")
    return value


def _text_pair(data: bytes, at: int, end: int) -> tuple[str, str]:
    """An entry of a map from strings to strings: nearly always two short ones in their order."""
    middle = at + 2 + data[at + 1] if end - at > 3 else end
    if middle + 1 < end and data[at] == 10 and data[at + 1] < 128 and data[middle] == 18 and data[middle + 1] < 128 \
            and middle + 2 + data[middle + 1] == end:  # fmt: skip
        return data[at + 2 : middle].decode(), data[middle + 2 : end].decode()
    key = value = ""
    for number, found in pairs(data, at, end):
        if number == 1:
            key = text(found)
        elif number == 2:
            value = text(found)
    return key, value


def _pair_reader(kind: str) -> Callable[[bytes, int, int, int], tuple[str, Any]]:
    reader = READERS.get(kind)
    inner = None if kind in _CODES or reader is not None else _lazily(kind)

    def value_of(found: int | bytes, depth: int) -> Any:
        if kind == "i":
            return signed(found)
        if isinstance(found, int):
            raise Malformed("an integer where bytes belong")
        if kind == "y":
            return base64.b64encode(found).decode()
        if reader is not None:
            return reader(found, 0, len(found))
        assert inner is not None
        return inner(found, 0, len(found), depth)

    def decode(data: bytes, at: int, end: int, depth: int) -> tuple[str, Any]:
        key, value = "", _ZEROS.get(kind)
        for number, found in pairs(data, at, end):
            if number == 1:
                key = text(found)
            elif number == 2:
                value = value_of(found, depth)
        return key, {} if value is None and inner is not None else value

    return decode


# In the schemas of CustomResourceDefinitions: a schema, or something else in its place.

_schema = _lazily("apiextensions.v1.JSONSchemaProps")


def _schema_of(found: int | bytes, depth: int) -> Any:
    if isinstance(found, int):
        raise Malformed("an integer where bytes belong")
    return _schema(found, 0, len(found), depth + 1)


def _schema_or_boolean(data: bytes, at: int, end: int, depth: int) -> Any:
    allowed = False
    for number, found in pairs(data, at, end):
        if number == 2:
            return _schema_of(found, depth)
        if number == 1:
            allowed = signed(found) != 0
    return allowed


def _schema_or_schemas(data: bytes, at: int, end: int, depth: int) -> Any:
    schemas: list[Any] = []
    for number, found in pairs(data, at, end):
        if number == 1:
            return _schema_of(found, depth)
        if number == 2:
            schemas.append(_schema_of(found, depth))
    return schemas


def _schema_or_texts(data: bytes, at: int, end: int, depth: int) -> Any:
    texts: list[str] = []
    for number, found in pairs(data, at, end):
        if number == 1:
            return _schema_of(found, depth)
        if number == 2:
            texts.append(text(found))
    return texts


_SCHEMAS: dict[str, Decode] = {
    "apiextensions.v1.JSONSchemaPropsOrBool": _schema_or_boolean,
    "apiextensions.v1.JSONSchemaPropsOrArray": _schema_or_schemas,
    "apiextensions.v1.JSONSchemaPropsOrStringArray": _schema_or_texts,
}
