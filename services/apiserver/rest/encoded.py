"""Objects in protobuf: encoded once per change, however many readers ask for them.

Objects are kept as JSON; what was made of one is found again by its bytes, which all readers of an object share, so
the hash is computed once and compared by identity. A place beside the JSON in the watch cache was rejected: most
processes never serve protobuf, and those that do need no more than what is read.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

import orjson

from services.objects.wire import protobuf

# Bytes of messages and of the JSON they were made of.
LIMIT = 64 << 20


class Encoded(NamedTuple):
    """`message` is the object alone, as it stands in lists."""

    api_version: str
    kind: str
    message: bytes

    @property
    def body(self) -> bytes:
        return protobuf.envelope(*self)


class Encodings:
    """The most recently used are kept."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._kept: OrderedDict[bytes, Encoded] = OrderedDict()
        self._size = 0
        self._limit = limit

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, json: bytes) -> Encoded:
        """Raises protobuf.Unencodable."""
        found = self._kept.get(json)
        if found is not None:
            self._kept.move_to_end(json)
            return found
        obj = orjson.loads(json)
        api_version, kind = obj["apiVersion"], obj["kind"]
        found = self._kept[json] = Encoded(api_version, kind, protobuf.message(api_version, kind, obj))
        self._size += len(json) + len(found.message)
        while self._size > self._limit and len(self._kept) > 1:
            old, dropped = self._kept.popitem(last=False)
            self._size -= len(old) + len(dropped.message)
        return found


ENCODINGS = Encodings()
