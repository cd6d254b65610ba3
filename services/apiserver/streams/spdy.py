"""SPDY/3 framing, as far as Kubernetes' streams use it: bytes to frames and back, and nothing of sockets.

Source: draft-mbelshe-httpbis-spdy-00 (section 2.2, 2.6). No library is kept for a protocol that died in 2016, but
kubectl before 1.31 speaks it, and later ones tunnel port-forwards in it.

Flow control is not acted on: the implementation in kubectl neither sends WINDOW_UPDATE nor waits for one, so a sender
that kept to the windows would stand still after 64 kB. TCP holds back who writes too fast.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

VERSION = 3
MAX_FRAME = 1 << 20  # a longer one is not from kubectl, which sends 32 kB at most
MAX_HEADERS = 1 << 16  # bytes of an unpacked header block

FIN, UNIDIRECTIONAL = 0x01, 0x02
PROTOCOL_ERROR, REFUSED_STREAM, CANCEL = 1, 3, 5  # RST_STREAM

_WORDS = (  # the names that HTTP knew
    "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow "
    "authorization cache-control connection content-base content-encoding content-language content-length "
    "content-location content-md5 content-range content-type date etag expect expires from host if-match "
    "if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma "
    "proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade "
    "user-agent vary via warning www-authenticate method get status"
)
_PHRASES = ["200 OK", "version", "HTTP/1.1", "url", "public", "set-cookie", "keep-alive", "origin"]
_TAIL = (
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden"
    "404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,"
    "publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)
# What both sides' header compression starts from (section 2.6.10.1): length-prefixed words, then loose text.
_PREFIXED = b"".join(struct.pack(">I", len(word)) + word.encode() for word in (*_WORDS.split(), *_PHRASES))
DICTIONARY = _PREFIXED + _TAIL.encode()

Headers = Mapping[str, str]


class ProtocolError(Exception):
    """The peer does not speak SPDY/3; the connection is of no use any more."""


class SynStream(NamedTuple):
    """The peer opens a stream. Header names are lower case; several values of one name are joined by NUL."""

    stream: int
    headers: Headers
    fin: bool = False


class SynReply(NamedTuple):
    stream: int
    headers: Headers
    fin: bool = False


class Data(NamedTuple):
    stream: int
    data: bytes
    fin: bool = False


class Reset(NamedTuple):
    stream: int
    status: int


class Ping(NamedTuple):
    id: int


class GoAway(NamedTuple):
    last_stream: int
    status: int = 0


class Settings(NamedTuple):
    values: Mapping[int, int]


class WindowUpdate(NamedTuple):
    stream: int
    delta: int


class MoreHeaders(NamedTuple):
    """HEADERS: further headers of a stream that is open."""

    stream: int
    headers: Headers
    fin: bool = False


Frame = SynStream | SynReply | Data | Reset | Ping | GoAway | Settings | WindowUpdate | MoreHeaders

_SYN_STREAM, _SYN_REPLY, _RST_STREAM, _SETTINGS, _PING, _GOAWAY, _HEADERS, _WINDOW_UPDATE = 1, 2, 3, 4, 6, 7, 8, 9
_STREAM_ID = 0x7FFFFFFF


class Framer:
    """One side of one connection. Header compression has a state in each direction: frames go out in the order in
    which they were encoded."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._packer = zlib.compressobj(zdict=DICTIONARY)
        self._unpacker = zlib.decompressobj(zdict=DICTIONARY)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are complete with `data`. Raises ProtocolError."""
        self._buffer += data
        while len(self._buffer) >= 8:
            first, second = struct.unpack_from(">II", self._buffer)
            length = second & 0xFFFFFF
            if length > MAX_FRAME:
                raise ProtocolError(f"a frame of {length} bytes")
            if len(self._buffer) < 8 + length:
                return
            body = bytes(self._buffer[8 : 8 + length])
            del self._buffer[: 8 + length]
            frame = self._decode(first, second >> 24, body)
            if frame is not None:
                yield frame

    def _decode(self, first: int, flags: int, body: bytes) -> Frame | None:
        """None for a control frame of a type that nobody knows, which is to be ignored."""
        fin = bool(flags & FIN)
        if not first >> 31:
            return Data(first, body, fin)
        if first >> 16 & 0x7FFF != VERSION:
            raise ProtocolError(f"version {first >> 16 & 0x7FFF} of SPDY")
        try:
            return self._decode_control(first & 0xFFFF, fin, body)
        except struct.error as error:
            raise ProtocolError(f"a control frame of type {first & 0xFFFF} is too short") from error

    def _decode_control(self, type: int, fin: bool, body: bytes) -> Frame | None:
        match type:
            case 1:
                return SynStream(_id(body), self._unpack(body[10:]), fin)
            case 2:
                return SynReply(_id(body), self._unpack(body[4:]), fin)
            case 3:
                return Reset(_id(body), *struct.unpack_from(">I", body, 4))
            case 4:
                return Settings(_settings(body))
            case 6:
                return Ping(*struct.unpack_from(">I", body))
            case 7:
                return GoAway(_id(body), *struct.unpack_from(">I", body, 4))
            case 8:
                return MoreHeaders(_id(body), self._unpack(body[4:]), fin)
            case 9:
                return WindowUpdate(_id(body), *struct.unpack_from(">I", body, 4))
        return None

    def encode(self, frame: Frame) -> bytes:
        match frame:
            case Data(stream, data, fin):
                return struct.pack(">II", stream, FIN * fin << 24 | len(data)) + data
            case SynStream(stream, headers, fin):
                return _control(_SYN_STREAM, struct.pack(">IIH", stream, 0, 0) + self._pack(headers), FIN * fin)
            case SynReply(stream, headers, fin):
                return _control(_SYN_REPLY, struct.pack(">I", stream) + self._pack(headers), FIN * fin)
            case MoreHeaders(stream, headers, fin):
                return _control(_HEADERS, struct.pack(">I", stream) + self._pack(headers), FIN * fin)
            case Reset(stream, status):
                return _control(_RST_STREAM, struct.pack(">II", stream, status))
            case Ping(id):
                return _control(_PING, struct.pack(">I", id))
            case GoAway(stream, status):
                return _control(_GOAWAY, struct.pack(">II", stream, status))
            case WindowUpdate(stream, delta):
                return _control(_WINDOW_UPDATE, struct.pack(">II", stream, delta))
            case Settings(values):
                pairs = b"".join(struct.pack(">II", number & 0xFFFFFF, value) for number, value in values.items())
                return _control(_SETTINGS, struct.pack(">I", len(values)) + pairs)

    def _pack(self, headers: Headers) -> bytes:
        block = struct.pack(">I", len(headers))
        for name, value in headers.items():
            for text in (name.lower().encode("latin-1"), value.encode("latin-1")):
                block += struct.pack(">I", len(text)) + text
        return self._packer.compress(block) + self._packer.flush(zlib.Z_SYNC_FLUSH)

    def _unpack(self, packed: bytes) -> Headers:
        try:
            block = self._unpacker.decompress(packed, MAX_HEADERS)
        except zlib.error as error:
            raise ProtocolError(f"headers cannot be unpacked: {error}") from error
        if self._unpacker.unconsumed_tail:
            raise ProtocolError(f"headers of more than {MAX_HEADERS} bytes")
        (count,) = struct.unpack_from(">I", block)
        position, headers = 4, {}
        for _ in range(count):
            name, position = _text(block, position)
            headers[name.lower()], position = _text(block, position)
        return headers


def _control(type: int, body: bytes, flags: int = 0) -> bytes:
    return struct.pack(">HHI", 0x8000 | VERSION, type, flags << 24 | len(body)) + body


def _id(body: bytes) -> int:
    return int(struct.unpack_from(">I", body)[0]) & _STREAM_ID


def _settings(body: bytes) -> dict[int, int]:
    (count,) = struct.unpack_from(">I", body)
    if count > len(body) // 8:
        raise ProtocolError("SETTINGS says more than it has")
    pairs = [struct.unpack_from(">II", body, 4 + 8 * place) for place in range(count)]
    return {number & 0xFFFFFF: value for number, value in pairs}


def _text(block: bytes, position: int) -> tuple[str, int]:
    (length,) = struct.unpack_from(">I", block, position)
    start = position + 4
    if start + length > len(block):
        raise ProtocolError("a header is longer than its block")
    return block[start : start + length].decode("latin-1"), start + length
