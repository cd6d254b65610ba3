"""JSON to protobuf: the inverse of `decoding`, a closure per message compiled when it is first needed.

Fields that the tables do not have are left out, and so is what JSON leaves out: a Go client takes an absent field for
the zero that its own server would have sent.
"""

from __future__ import annotations

import base64
import functools
import struct
from collections.abc import Callable
from typing import Any

from services.objects.meta import Obj
from services.objects.wire import messages
from services.objects.wire.messages import Field
from services.objects.wire.special import WRITERS
from services.objects.wire.varints import BYTES, FIXED64, VARINT, lengthy, uvarint

Encode = Callable[[Any], bytes]

_RANGE = (1 << 64) - 1


@functools.cache
def encoder(message: str) -> Encode:
    """The message's bytes of its JSON. The closures raise Unencodable, AttributeError, TypeError, ValueError
    and struct.error. Raises KeyError for a message that is in no table."""
    special = _SCHEMAS.get(message) or WRITERS.get(message)
    if special is not None:
        return special
    fields = messages.fields(message)
    if fields is None:
        raise KeyError(message)
    return _compiled(fields)


def _compiled(fields: tuple[Field, ...]) -> Encode:
    writers: dict[str, Callable[[Any], bytes]] = {}
    # What stands in this message's JSON but in a message of its own on the wire: name -> (tag, writer).
    inlined: dict[str, tuple[bytes, Callable[[Any], bytes]]] = {}
    for field in fields:
        if field.inline:
            tag = uvarint(field.number << 3 | BYTES)
            for inner in messages.fields(field.type) or ():
                inlined[inner.name] = (tag, _writer(inner))
        else:
            writers[field.name] = _writer(field)
    get = writers.get

    def encode(obj: Obj) -> bytes:
        parts = []
        for name, value in obj.items():
            writer = get(name)
            if writer is not None and value is not None:
                parts.append(writer(value))
        return b"".join(parts)

    if not inlined:
        return encode
    get_inlined = inlined.get

    def encode_with_inlined(obj: Obj) -> bytes:
        parts = [encode(obj)]
        groups: dict[bytes, list[bytes]] = {}
        for name, value in obj.items():
            found = get_inlined(name)
            if found is not None and value is not None:
                groups.setdefault(found[0], []).append(found[1](value))
        parts += [lengthy(tag, b"".join(group)) for tag, group in groups.items()]
        return b"".join(parts)

    return encode_with_inlined


def _writer(field: Field) -> Callable[[Any], bytes]:
    """Makes the bytes of a whole field, its tag included."""
    kind = field.type
    if field.mapped:
        return _map(field)
    if kind in ("i", "b"):
        tag = uvarint(field.number << 3 | VARINT)
        one: Callable[[Any], bytes] = functools.partial(_integer if kind == "i" else _boolean, tag)
    elif kind == "d":
        one = functools.partial(_double, uvarint(field.number << 3 | FIXED64))
    else:
        one = _lengthy(uvarint(field.number << 3 | BYTES), _contents(kind))
    if not field.repeated:
        return one

    def every(values: list[Any]) -> bytes:
        return b"".join([one(value) for value in values])

    return every


def _lengthy(tag: bytes, contents: Encode) -> Callable[[Any], bytes]:
    def write(value: Any) -> bytes:
        data = contents(value)
        return tag + uvarint(len(data)) + data

    return write


def _contents(kind: str) -> Encode:
    if kind == "s":
        return str.encode
    if kind == "y":
        return _bytes
    found: list[Encode] = []  # types refer to themselves: messages are found when used

    def encode(value: Any) -> bytes:
        if not found:
            found.append(encoder(kind))
        return found[0](value)

    return encode


def _integer(tag: bytes, value: int) -> bytes:
    return tag + uvarint(value & _RANGE)


def _boolean(tag: bytes, value: bool) -> bytes:
    return tag + (b"\x01" if value else b"\x00")


def _double(tag: bytes, value: float) -> bytes:
    return tag + struct.pack("<d", value)


def _bytes(value: str) -> bytes:
    return base64.b64decode(value)


def _map(field: Field) -> Callable[[Any], bytes]:
    """A map is a list of entries, each with its key and its value."""
    tag = uvarint(field.number << 3 | BYTES)
    value_of = _writer(Field(2, "value", field.type, False, False, False, True))

    def write(values: dict[str, Any]) -> bytes:
        return b"".join([lengthy(tag, lengthy(b"\x0a", key.encode()) + value_of(value))
                         for key, value in values.items()])  # fmt: skip

    return write


# In the schemas of CustomResourceDefinitions: a schema, or something else in its place.

_schema = _contents("apiextensions.v1.JSONSchemaProps")


def _schema_or_boolean(value: Any) -> bytes:
    if isinstance(value, bool):
        return b"\x08\x01" if value else b"\x08\x00"
    return b"\x08\x01" + lengthy(b"\x12", _schema(value))


def _schema_or_schemas(value: Any) -> bytes:
    if isinstance(value, list):
        return b"".join([lengthy(b"\x12", _schema(each)) for each in value])
    return lengthy(b"\x0a", _schema(value))


def _schema_or_texts(value: Any) -> bytes:
    if isinstance(value, list):
        return b"".join([lengthy(b"\x12", each.encode()) for each in value])
    return lengthy(b"\x0a", _schema(value))


_SCHEMAS: dict[str, Encode] = {
    "apiextensions.v1.JSONSchemaPropsOrBool": _schema_or_boolean,
    "apiextensions.v1.JSONSchemaPropsOrArray": _schema_or_schemas,
    "apiextensions.v1.JSONSchemaPropsOrStringArray": _schema_or_texts,
}
