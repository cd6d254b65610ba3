"""Answers as bytes on the wire: an object, a list, a Table, metadata only; compressed when large and asked for.

JSON passes through as it is kept; YAML and protobuf are made of it.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

import orjson
from aiohttp import web

from services.apiserver.handlers.api import Listing
from services.apiserver.rest.encoded import ENCODINGS
from services.apiserver.rest.negotiation import Form, of_errors
from services.objects.errors import StatusError
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj
from services.objects.printing.table import partial, table
from services.objects.wire import protobuf, yaml

# As in Kubernetes: smaller answers cost more to compress than to send.
COMPRESSED_FROM = 128 << 10
# Characters of warnings: all of them together, and each once they are too many.
WARNINGS_SIZE, WARNING_SIZE = 4096, 256
# A list is written in pieces of this many bytes, so that it never holds the loop.
PIECE = 512 << 10
# From here on an object's YAML is printed in a thread.
LARGE_YAML = 16 << 10
# Objects parsed and printed before others get their turn.
SLICE = 200

_TAIL = b"]}"


def failure(error: StatusError, accept: str = "") -> web.Response:
    """A Status, in the form that the request asked for by `accept`."""
    form = of_errors(accept)
    headers = _headers(form.content_type)
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return web.Response(status=error.code, body=_dumped(error.status(), form, False), headers=headers)


def _dumped(obj: Obj, form: Form, pretty: bool) -> bytes:
    if form.media == "protobuf":
        return protobuf.encode(obj)
    if form.media == "yaml":
        return yaml.dump(obj)
    return orjson.dumps(obj, option=orjson.OPT_INDENT_2 if pretty else None)


class Writer:
    """Makes the responses of one request."""

    __slots__ = ("_form", "_include", "_now", "_pretty", "_request")

    def __init__(self, request: web.BaseRequest, form: Form, pretty: bool, include: str,
                 now: Callable[[], datetime]) -> None:  # fmt: skip
        self._request = request
        self._form = form
        self._pretty = pretty
        self._include = include or "Metadata"
        self._now = now

    async def object(
        self, kind: Kind, json: bytes, code: int = 200, warnings: Sequence[str] = ()
    ) -> web.StreamResponse:
        form = self._form
        if form.transform and not _is_status(json):
            return await self.raw(_dumped(self._transformed(kind, orjson.loads(json)), form, self._pretty), code,
                                  warnings)  # fmt: skip
        if form.media == "protobuf":
            return await self.raw(ENCODINGS.of(json).body, code, warnings)
        if form.media == "yaml" and len(json) > LARGE_YAML:
            json = await asyncio.to_thread(lambda: _dumped(orjson.loads(json), form, False))
        elif self._pretty or form.media == "yaml":
            json = _dumped(orjson.loads(json), form, self._pretty)
        return await self.raw(json, code, warnings)

    async def raw(self, body: bytes, code: int = 200, warnings: Sequence[str] = ()) -> web.StreamResponse:
        if len(body) >= COMPRESSED_FROM and self._compresses():
            response = await self._compressed([body], code)
        else:
            response = web.Response(status=code, body=body, headers=_headers(self._form.content_type))
        for warning in fitting(warnings):
            response.headers.add("Warning", warning_header(warning))
        return response

    def _compresses(self) -> bool:
        return "gzip" in self._request.headers.get("Accept-Encoding", "")

    async def _compressed(self, pieces: Iterable[bytes], code: int) -> web.Response:
        headers = {**_headers(self._form.content_type), "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        body = await asyncio.to_thread(lambda: gzip.compress(b"".join(pieces), 1))
        return web.Response(status=code, body=body, headers=headers)

    async def listing(self, kind: Kind, listing: Listing) -> web.StreamResponse:
        if self._form.transform == "Table":
            head, rows = await self._table(kind, listing)
            return await self._array(head, rows, b",", _TAIL)
        if self._form.media == "protobuf":
            return await self._messages(kind, listing)
        items = listing.items
        if self._form.transform.startswith("PartialObjectMetadata"):
            items = await self._partial(items)
        head = orjson.dumps(_list_head(kind, listing, self._form))[:-1] + b',"items":['
        if self._pretty or self._form.media == "yaml":
            whole = await asyncio.to_thread(
                lambda: _dumped(orjson.loads(b"".join([head, b",".join(items), b"]}"])), self._form, self._pretty)
            )
            return await self.raw(whole)
        return await self._array(head, items, b",", _TAIL)

    async def _messages(self, kind: Kind, listing: Listing) -> web.StreamResponse:
        """A list in protobuf, encoded in slices where it is not yet."""
        made: list[bytes] = []
        for start in range(0, len(listing.items), SLICE):
            made += [protobuf.item(self._message(json)) for json in listing.items[start : start + SLICE]]
            await asyncio.sleep(0)
        whole = _list_head(kind, listing, self._form)
        head, tail = protobuf.list_head(whole["apiVersion"], whole["kind"], whole["metadata"], sum(map(len, made)))
        return await self._array(head, made, b"", tail)

    def _message(self, json: bytes) -> bytes:
        if not self._form.transform:
            return ENCODINGS.of(json).message
        found = partial(orjson.loads(json), self._form.version)
        return protobuf.message(found["apiVersion"], found["kind"], found)

    async def _array(self, head: bytes, items: Sequence[bytes], separator: bytes, tail: bytes) -> web.StreamResponse:
        """`head`, the items, and the end of the array and the object that `head` began."""
        size = len(head) + sum(map(len, items)) + max(len(items) - 1, 0) * len(separator) + len(tail)
        pieces = _pieces(head, items, separator, tail)
        if size >= COMPRESSED_FROM and self._compresses():
            return await self._compressed(pieces, 200)
        if size <= PIECE:
            return await self.raw(b"".join(pieces))
        response = web.StreamResponse(headers={**_headers(self._form.content_type), "Content-Length": str(size)})
        await response.prepare(self._request)
        for piece in pieces:
            await response.write(piece)
            await asyncio.sleep(0)
        await response.write_eof()
        return response

    def _transformed(self, kind: Kind, obj: Obj) -> Obj:
        if self._form.transform == "Table":
            return self._versioned(
                table(kind, [obj], self._now(), self._include, obj["metadata"].get("resourceVersion", ""))
            )
        return partial(obj, self._form.version)

    def _versioned(self, made: Obj) -> Obj:
        made["apiVersion"] = f"meta.k8s.io/{self._form.version}"
        return made

    async def _table(self, kind: Kind, listing: Listing) -> tuple[bytes, list[bytes]]:
        """The rows are made in slices: each is parsed and printed."""
        items, now = listing.items, self._now()
        rows: list[bytes] = []
        for start in range(0, len(items), SLICE):
            objects = [orjson.loads(json) for json in items[start : start + SLICE]]
            rows.append(orjson.dumps(table(kind, objects, now, self._include)["rows"])[1:-1])
            await asyncio.sleep(0)
        whole = self._versioned(table(kind, [], now, self._include, str(listing.resource_version), listing.continue_,
                                      listing.remaining or None))  # fmt: skip
        del whole["rows"]
        head = orjson.dumps(whole)[:-1] + b',"rows":['
        return head, rows

    async def _partial(self, items: Sequence[bytes]) -> list[bytes]:
        made: list[bytes] = []
        for start in range(0, len(items), SLICE):
            made += [
                orjson.dumps(partial(orjson.loads(json), self._form.version)) for json in items[start : start + SLICE]
            ]
            await asyncio.sleep(0)
        return made

    def frame(self, kind: Kind, type: str, json: bytes, first: bool) -> bytes:
        """The event of a watch in the form that was asked for."""
        if self._form.media == "protobuf":
            return protobuf.watch_frame(type, self._framed(type, json))
        if type == "ERROR":
            return b'{"type":"ERROR","object":%b}\n' % json
        obj = orjson.loads(json)
        if self._form.transform == "Table":
            objects = [] if type == "BOOKMARK" else [obj]
            version = obj["metadata"].get("resourceVersion", "")
            made = self._versioned(table(kind, objects, self._now(), self._include, version, headers=first))
            if type == "BOOKMARK":
                made["rows"] = [{"cells": [], "object": partial(obj)}]
        else:
            made = partial(obj, self._form.version)
        return b'{"type":"%b","object":%b}\n' % (type.encode(), orjson.dumps(made))

    def _framed(self, type: str, json: bytes) -> bytes:
        if self._form.transform and type != "ERROR":
            return protobuf.encode(partial(orjson.loads(json), self._form.version))
        return ENCODINGS.of(json).body


def _is_status(json: bytes) -> bool:
    return json.startswith(b'{"kind":"Status"')


def _headers(content_type: str) -> dict[str, str]:
    return {"Content-Type": content_type, "Cache-Control": "no-cache, private"}


def fitting(warnings: Sequence[str]) -> list[str]:
    """As many as Kubernetes sends: each once, in full, or where that were too much, cut short until it is enough."""
    once = list(dict.fromkeys(warnings))
    if sum(map(len, once)) <= WARNINGS_SIZE:
        return once
    kept, size = [], 0
    for text in once:
        if size >= WARNINGS_SIZE:
            break
        kept.append(text[:WARNING_SIZE])
        size += len(kept[-1])
    return kept


def warning_header(text: str) -> str:
    """RFC 7234's form with code 299; control characters would end the header."""
    clean = "".join(character if character.isprintable() else " " for character in text)
    quoted = clean.replace("\\", "\\\\").replace('"', '\\"')
    return f'299 - "{quoted}"'


def _list_head(kind: Kind, listing: Listing, form: Form) -> Obj:
    """The list without its items."""
    metadata: Obj = {"resourceVersion": str(listing.resource_version)}
    if listing.continue_:
        metadata["continue"] = listing.continue_
    if listing.remaining:
        metadata["remainingItemCount"] = listing.remaining
    name, version = kind.list_kind or f"{kind.kind}List", kind.api_version
    if form.transform:
        name, version = "PartialObjectMetadataList", f"meta.k8s.io/{form.version}"
    return {"kind": name, "apiVersion": version, "metadata": metadata}


def _pieces(head: bytes, items: Sequence[bytes], separator: bytes, tail: bytes) -> Iterator[bytes]:
    """The bytes that end with the items and `tail`, in pieces that do not hold the loop."""
    current, size = [head], len(head)
    for number, item in enumerate(items):
        if number and separator:
            current.append(separator)
        current.append(item)
        size += len(item)
        if size >= PIECE:
            yield b"".join(current)
            current, size = [], 0
    current.append(tail)
    yield b"".join(current)
