"""The smallest pieces of protobuf's wire format: https://protobuf.dev/programming-guides/encoding/"""

from __future__ import annotations

from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_SIGN, _RANGE = 1 << 63, 1 << 64


class Malformed(Exception):
    """The bytes are not what the table says."""


class Unencodable(Exception):
    """The value is not of the type that the table gives its field."""


_SHORT = tuple(bytes([value]) for value in range(128))


def uvarint(value: int) -> bytes:
    if value < 128:
        return _SHORT[value]
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def lengthy(tag: bytes, data: bytes) -> bytes:
    """A field of bytes behind its length."""
    return tag + uvarint(len(data)) + data


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The value and the place behind it. Raises Malformed, IndexError."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & _RANGE - 1, at
        shift += 7
        if shift > 63:
            raise Malformed("an integer of more than 64 bits")


def stretch(data: bytes, at: int, end: int, wire: int) -> tuple[int, int]:
    """Where the contents of a field that is no varint begin and end. Raises Malformed, IndexError."""
    if wire == BYTES:
        length, at = read_varint(data, at)
    elif wire == FIXED64:
        length = 8
    elif wire == FIXED32:
        length = 4
    else:
        raise Malformed(f"unknown wire type {wire}")
    if length > end - at:
        raise Malformed("it ends in the middle of a field")
    return at, at + length


def pairs(data: bytes, at: int, end: int) -> Iterator[tuple[int, int | bytes]]:
    """(number, value) of each field: an integer for a varint, bytes for all other wire types."""
    while at < end:
        tag, at = read_varint(data, at)
        if tag & 7 == VARINT:
            value, at = read_varint(data, at)
            if at > end:
                raise Malformed("it ends in the middle of a field")
            yield tag >> 3, value
        else:
            at, stop = stretch(data, at, end, tag & 7)
            yield tag >> 3, data[at:stop]
            at = stop


def signed(value: int | bytes) -> int:
    if not isinstance(value, int):
        raise Malformed("bytes where an integer belongs")
    return value - _RANGE if value & _SIGN else value


def text(value: int | bytes) -> str:
    if isinstance(value, int):
        raise Malformed("an integer where bytes belong")
    return value.decode()
