"""Objects in the media type application/vnd.kubernetes.protobuf: request bodies in, replies out, by one set of tables.

client-go sends protobuf for built-in kinds and does not fall back to JSON, so a server that cannot read it cannot serve
`kubectl create`; what it asks for first in replies is protobuf as well. Generated classes were rejected: seven hundred
of them, slow to import, only to be turned into dicts again.

The framing is `k8s\\0` and runtime.Unknown: https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
"""

from __future__ import annotations

import functools
import struct
from typing import Any

import orjson

from services.objects.errors import BadRequest
from services.objects.meta import Obj
from services.objects.wire import messages
from services.objects.wire.decoding import decoder
from services.objects.wire.encoding import encoder
from services.objects.wire.varints import Malformed, Unencodable, lengthy, pairs, text, uvarint

__all__ = ["MAGIC", "MEDIA_TYPE", "Unencodable", "decode", "encode", "envelope", "item", "knows", "list_head",
           "message", "watch_frame"]  # fmt: skip

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
MAGIC = b"k8s\x00"

_UNREADABLE = (Malformed, IndexError, struct.error, UnicodeDecodeError, orjson.JSONDecodeError, OverflowError)


def knows(api_version: str, kind: str) -> bool:
    """Whether the kind has a form in protobuf; custom resources have none."""
    return messages.of(api_version, kind) is not None


def decode(body: bytes) -> Obj:
    """The object in a request's body, as its JSON would be. Raises BadRequest."""
    if not body.startswith(MAGIC):
        raise BadRequest("the body of the request is not protobuf: it does not begin with the prefix of the encoding")
    try:
        api_version, kind, raw = _unknown(body)
        name = messages.of(api_version, kind)
        if name is None:
            raise BadRequest(f'no kind "{kind}" is registered for version "{api_version}" in protobuf: send JSON')
        obj: Obj = {"apiVersion": api_version, "kind": kind, **decoder(name)(raw, 0, len(raw), 0)}
    except _UNREADABLE as error:
        raise BadRequest(f"the body of the request could not be decoded as protobuf: {error}") from error
    obj.setdefault("metadata", {})
    return obj


def _unknown(body: bytes) -> tuple[str, str, bytes]:
    """apiVersion, kind and bytes of a runtime.Unknown."""
    api_version = kind = ""
    raw = b""
    for number, value in pairs(body, len(MAGIC), len(body)):
        if number in (1, 2) and isinstance(value, int):
            raise Malformed("an integer where bytes belong")
        if number == 1 and isinstance(value, bytes):
            for inner, word in pairs(value, 0, len(value)):
                if inner == 1:
                    api_version = text(word)
                elif inner == 2:
                    kind = text(word)
        elif number == 2 and isinstance(value, bytes):
            raw = value
    return api_version, kind, raw


def encode(obj: Obj) -> bytes:
    """A whole object as a reply's body. Raises Unencodable."""
    api_version, kind = obj["apiVersion"], obj["kind"]
    return envelope(api_version, kind, message(api_version, kind, obj))


def message(api_version: str, kind: str, obj: Any) -> bytes:
    """The object alone, as it stands in lists. Raises Unencodable."""
    name = messages.of(api_version, kind)
    if name is None:
        raise Unencodable(f"{kind} of {api_version} has no form in protobuf")
    try:
        return encoder(name)(obj)
    except (AttributeError, TypeError, ValueError, struct.error) as error:
        raise Unencodable(f"{kind} of {api_version} is not of its type: {error}") from error


@functools.lru_cache(maxsize=1024)
def _head(api_version: str, kind: str) -> bytes:
    type_meta = lengthy(b"\x0a", api_version.encode()) + lengthy(b"\x12", kind.encode())
    return MAGIC + lengthy(b"\x0a", type_meta) + b"\x12"


# contentEncoding and contentType of a runtime.Unknown: empty
_TAIL = b"\x1a\x00\x22\x00"


def envelope(api_version: str, kind: str, raw: bytes) -> bytes:
    """What goes over the wire for a message."""
    return b"".join((_head(api_version, kind), uvarint(len(raw)), raw, _TAIL))


def item(raw: bytes) -> bytes:
    """A message as an item of a list."""
    return lengthy(b"\x12", raw)


def list_head(api_version: str, kind: str, metadata: Obj, size: int) -> tuple[bytes, bytes]:
    """What a list's body begins and ends with; between them stand its items, `size` bytes of `item` in all."""
    listed = lengthy(b"\x0a", encoder("meta.v1.ListMeta")(metadata))
    return _head(api_version, kind) + uvarint(len(listed) + size) + listed, _TAIL


def watch_frame(type: str, body: bytes) -> bytes:
    """One event of a watch, behind its length; `body` is the object's envelope."""
    event = lengthy(b"\x0a", type.encode()) + lengthy(b"\x12", lengthy(b"\x0a", body))
    return struct.pack(">I", len(event)) + event
