"""Reads request bodies of the media type application/vnd.kubernetes.protobuf: one decoder, driven by a table.

client-go sends protobuf for built-in kinds and does not fall back to JSON, so a server that cannot read it cannot serve
`kubectl create`. Generated classes were rejected: 300 of them, slow to import, only to be turned into dicts again.

A line of the table is a message: `core.v1.EnvVar: 1:name=s! 2:value=s 3:valueFrom=.EnvVarSource`. A field is its
number, its name in JSON and its type: s string, i integer, b boolean, y bytes, d double, or a message (a leading dot:
of the same group and version). `*` is a list, `%` a map from strings; `^` a message whose fields stand in its parent's
JSON; `!` says that a zero is a value. Other zeros are what Go's clients send for fields that were not set: they are
left out.

The framing is `k8s\\0` and runtime.Unknown: https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
"""

from __future__ import annotations

import base64
import functools
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

from services.objects import times
from services.objects.errors import BadRequest
from services.objects.meta import Obj
from services.objects.wire import apps_v1, core_v1, meta_v1, small_groups

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
MAGIC = b"k8s\x00"
TABLES = (meta_v1.TABLE, core_v1.TABLE, apps_v1.TABLE, small_groups.TABLE)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class Field(NamedTuple):
    name: str
    type: str
    repeated: bool
    mapped: bool
    inline: bool
    keeps_zero: bool


class Malformed(Exception):
    """The bytes are not what the table says."""


def decode(body: bytes) -> Obj:
    """The object in a request's body, as its JSON would be. Raises BadRequest."""
    if not body.startswith(MAGIC):
        raise BadRequest("the body of the request is not protobuf: it does not begin with the prefix of the encoding")
    try:
        api_version, kind, raw = _unknown(memoryview(body)[len(MAGIC) :])
        message = _message_of(api_version, kind)
        obj: Obj = {"apiVersion": api_version, "kind": kind, **_message(message, memoryview(raw))}
    except (Malformed, IndexError, struct.error, UnicodeDecodeError, orjson.JSONDecodeError, OverflowError) as error:
        raise BadRequest(f"the body of the request could not be decoded as protobuf: {error}") from error
    obj.setdefault("metadata", {})
    return obj


def _unknown(data: memoryview) -> tuple[str, str, bytes]:
    """apiVersion, kind and bytes of a runtime.Unknown."""
    api_version = kind = ""
    raw = b""
    for number, value in _fields(data):
        if number == 1:
            for inner, text in _fields(_bytes(value)):
                if inner == 1:
                    api_version = str(_bytes(text), "utf-8")
                elif inner == 2:
                    kind = str(_bytes(text), "utf-8")
        elif number == 2:
            raw = bytes(_bytes(value))
    return api_version, kind, raw


def _message_of(api_version: str, kind: str) -> str:
    """The options of a request come in the group that they are sent to, but are all of meta/v1."""
    group, _, version = api_version.rpartition("/")
    name = f"{group.partition('.')[0] or 'core'}.{version}.{kind}"
    for candidate in (name, f"meta.v1.{kind}"):
        if candidate in _table():
            return candidate
    raise BadRequest(f'no kind "{kind}" is registered for version "{api_version}" in protobuf: send JSON')


@functools.cache
def _table() -> dict[str, dict[int, Field]]:
    """Message -> number -> field."""
    text = "".join(TABLES).replace("\n  ", " ")
    return {name: dict(_parse_fields(name, fields)) for name, _, fields in
            (line.partition(":") for line in text.splitlines())}  # fmt: skip


def _parse_fields(message: str, text: str) -> Iterator[tuple[int, Field]]:
    package = message.rpartition(".")[0]
    for part in text.split():
        number, _, rest = part.partition(":")
        name, _, code = rest.partition("=")
        kind = code.strip("*%!")
        yield int(number), Field(
            name.lstrip("^"), package + kind if kind.startswith(".") else kind, code.startswith("*"),
            code.startswith("%"), name.startswith("^"), code.endswith("!"))  # fmt: skip


def _message(name: str, data: memoryview) -> Any:
    """A message as JSON; None for one that stands for nothing (a zero time)."""
    special = _SPECIAL.get(name)
    if special is not None:
        return special(data)
    fields = _table().get(name)
    if fields is None:
        raise Malformed(f"unknown message {name}")
    obj: Obj = {}
    for number, wire in _fields(data):
        field = fields.get(number)
        if field is None:
            continue  # from a later version of the API: Kubernetes leaves it out as well
        if field.mapped:
            key, value = _entry(field.type, _bytes(wire))
            obj.setdefault(field.name, {})[key] = value
        elif field.repeated:
            obj.setdefault(field.name, []).append(_value(field.type, wire))
        else:
            value = _value(field.type, wire)
            if field.inline:
                obj.update(value)
            elif value or (value is not None and (field.keeps_zero or isinstance(value, dict | list))):
                obj[field.name] = value
    return obj


def _value(type: str, wire: int | memoryview) -> Any:
    if type == "s":
        return str(_bytes(wire), "utf-8")
    if type == "i":
        return _signed(wire)
    if type == "b":
        return bool(_signed(wire))
    if type == "y":
        return base64.b64encode(_bytes(wire)).decode()
    if type == "d":
        return struct.unpack("<d", _bytes(wire))[0]
    return _message(type, _bytes(wire))


def _entry(type: str, data: memoryview) -> tuple[str, Any]:
    key, value = "", _ZEROS.get(type)
    for number, wire in _fields(data):
        if number == 1:
            key = str(_bytes(wire), "utf-8")
        elif number == 2:
            value = _value(type, wire)
    return key, value


_ZEROS: dict[str, Any] = {"s": "", "i": 0, "b": False, "y": "", "resource.Quantity": "0"}


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """(number, value): an integer for a varint, bytes for all other wire types. Raises Malformed, IndexError."""
    at, end = 0, len(data)
    while at < end:
        tag, at = _varint(data, at)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == _VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if wire_type == _BYTES:
            length, at = _varint(data, at)
        elif wire_type == _FIXED64:
            length = 8
        elif wire_type == _FIXED32:
            length = 4
        else:
            raise Malformed(f"unknown wire type {wire_type}")
        if length > end - at:
            raise Malformed("it ends in the middle of a field")
        yield number, data[at : at + length]
        at += length


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise Malformed("an integer of more than 64 bits")


def _bytes(wire: int | memoryview) -> memoryview:
    if isinstance(wire, int):
        raise Malformed("an integer where bytes belong")
    return wire


def _signed(wire: int | memoryview) -> int:
    if not isinstance(wire, int):
        raise Malformed("bytes where an integer belongs")
    wire &= (1 << 64) - 1
    return wire - (1 << 64) if wire >> 63 else wire


def _timestamp(data: memoryview) -> datetime | None:
    if not data:
        return None
    found = {number: _signed(wire) for number, wire in _fields(data)}
    return EPOCH + timedelta(seconds=found.get(1, 0), microseconds=found.get(2, 0) // 1000)


def _time(data: memoryview) -> str | None:
    moment = _timestamp(data)
    return None if moment is None else times.rfc3339(moment)


def _micro_time(data: memoryview) -> str | None:
    moment = _timestamp(data)
    return None if moment is None else times.micro(moment)


def _quantity(data: memoryview) -> str:
    return next((str(_bytes(wire), "utf-8") for number, wire in _fields(data) if number == 1), "0")


def _int_or_string(data: memoryview) -> int | str | None:
    """Integers are type 0; the zero value is what clients send for one that was not set, and it means the same."""
    found = dict(_fields(data))
    if found.get(1) == 1:
        return str(_bytes(found.get(3, memoryview(b""))), "utf-8")
    return _signed(found.get(2, 0))


def _duration(data: memoryview) -> str:
    nanoseconds = next((_signed(wire) for number, wire in _fields(data) if number == 1), 0)
    return f"{nanoseconds / 1e9:g}s"


def _raw_json(data: memoryview) -> Any:
    raw = next((bytes(_bytes(wire)) for number, wire in _fields(data) if number == 1), b"")
    return orjson.loads(raw) if raw else None


def _strings(data: memoryview) -> list[str]:
    return [str(_bytes(wire), "utf-8") for number, wire in _fields(data) if number == 1]


_SPECIAL: dict[str, Callable[[memoryview], Any]] = {
    "meta.v1.Time": _time, "meta.v1.MicroTime": _micro_time, "meta.v1.Timestamp": _time,
    "meta.v1.Duration": _duration, "meta.v1.FieldsV1": _raw_json, "meta.v1.Verbs": _strings,
    "resource.Quantity": _quantity, "intstr.IntOrString": _int_or_string,
    "runtime.RawExtension": _raw_json, "authentication.v1.ExtraValue": _strings,
}  # fmt: skip
