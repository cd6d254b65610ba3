"""Bodies of requests: read up to a limit, JSON, YAML or protobuf, into objects."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from aiohttp import web

from services.objects.errors import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from services.objects.schema import duplicate_fields
from services.objects.wire import json, protobuf, yaml

LIMIT = 3 << 20
# From here on YAML is parsed in a thread: it takes a millisecond per 2 kB or so.
_LARGE_YAML = 16 << 10
# Protobuf takes a millisecond per 10 kB.
_LARGE_PROTOBUF = 64 << 10

_JSON = frozenset({"", "application/json", "text/json", "application/octet-stream", "*/*"})
_YAML = frozenset({"application/yaml", "application/x-yaml", "text/yaml"})
# Of a text that cannot be read, the refusal shows so many bytes.
_SHOWN = 30


class Body(NamedTuple):
    """`yaml_duplicates` are the YAML parser's; those of JSON are found when asked for."""

    obj: Any
    text: bytes = b""
    yaml_duplicates: tuple[str, ...] = ()

    def duplicates(self) -> tuple[str, ...]:
        """What the text says twice, as Kubernetes words it. To be asked before the object is changed."""
        return tuple(duplicate_fields(self.text, self.obj)) if self.text else self.yaml_duplicates


def media_type(request: web.BaseRequest) -> str:
    """Without parameters, lower case; "" when there is none."""
    value = request.headers.get("Content-Type", "")
    return value if value == "application/json" else value.partition(";")[0].strip().lower()


async def read(request: web.BaseRequest) -> bytes:
    """Raises RequestEntityTooLarge."""
    length = request.content_length
    if length is not None and length > LIMIT:
        raise RequestEntityTooLarge(f"Request entity too large: limit is {LIMIT}")
    if not request.body_exists:
        return b""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer itself has not begun
    chunks, size = [], 0
    while True:
        chunk = await request.content.readany()
        if not chunk:
            break
        size += len(chunk)
        if size > LIMIT:
            raise RequestEntityTooLarge(f"Request entity too large: limit is {LIMIT}")
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def parse(media: str, text: bytes, kind: str, in_protobuf: bool = True) -> Body:
    """`kind` is what the body should be; custom resources do not come in protobuf. Raises BadRequest,
    UnsupportedMediaType."""
    if media in _JSON:
        try:
            return Body(json.load(text), text)
        except json.NotJSON as error:
            raise _unrecognized(kind, f"couldn't get version/kind; json parse error: {error}", text) from None
    if media in _YAML:
        try:
            found = await _in_turn(yaml.load, text, _LARGE_YAML)
        except yaml.NotYAML as error:
            raise _unrecognized(kind, str(error), text) from None
        return Body(found.value, b"", found.duplicates)
    if media == protobuf.MEDIA_TYPE and in_protobuf:
        return Body(await _in_turn(protobuf.decode, text, _LARGE_PROTOBUF))
    accepted = ["application/json", "application/yaml", *([protobuf.MEDIA_TYPE] if in_protobuf else [])]
    raise UnsupportedMediaType(
        f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}"
    )


async def _in_turn(parser: Any, text: bytes, large: int) -> Any:
    """Large texts are parsed in a thread, so that they hold nobody else up."""
    return await asyncio.to_thread(parser, text) if len(text) > large else parser(text)


def _unrecognized(kind: str, why: str, text: bytes) -> BadRequest:
    return BadRequest(f"the object provided is unrecognized (must be of type {kind}): {why} ({_summary(text)})")


def _summary(text: bytes) -> str:
    """What is no JSON is shown in hexadecimal."""
    if not text:
        return "<empty>"
    shown = text[:_SHOWN].decode(errors="replace") if text[:1] == b"{" else text[:_SHOWN].hex()
    return shown + (" ..." if len(text) > _SHOWN else "")
