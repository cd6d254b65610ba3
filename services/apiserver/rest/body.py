"""Bodies of requests: read up to a limit, JSON, YAML or protobuf, into objects."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

import orjson
import yaml
from aiohttp import web

from services.objects.errors import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from services.objects.schema import duplicate_fields
from services.objects.wire import protobuf

LIMIT = 3 << 20
# From here on YAML is parsed in a thread: it takes a millisecond per 4 kB or so.
_LARGE_YAML = 16 << 10
_MOST_VALUES = 500_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_JSON = frozenset({"", "application/json", "text/json", "application/octet-stream", "*/*"})
_YAML = frozenset({"application/yaml", "application/x-yaml", "text/yaml"})


class Body(NamedTuple):
    obj: Any
    text: bytes

    def duplicates(self, media: str) -> tuple[str, ...]:
        """What a JSON text says twice."""
        return tuple(duplicate_fields(self.text, self.obj)) if media in _JSON else ()


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


async def parse(media: str, text: bytes) -> Body:
    """Raises BadRequest, UnsupportedMediaType."""
    if media in _JSON:
        try:
            return Body(orjson.loads(text), text)
        except orjson.JSONDecodeError as error:
            raise BadRequest(f"the object provided is unrecognized (must be of type JSON or YAML): {error}") from None
    if media in _YAML:
        try:
            if len(text) > _LARGE_YAML:
                return Body(await asyncio.to_thread(_yaml, text), text)
            return Body(_yaml(text), text)
        except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
            raise BadRequest(f"the object provided is unrecognized (must be of type JSON or YAML): {error}") from None
    if media == protobuf.MEDIA_TYPE:
        return Body(protobuf.decode(text), text)
    raise UnsupportedMediaType(
        "the body of the request was in an unknown format - accepted media types include: application/json, "
        f"application/yaml, {protobuf.MEDIA_TYPE}"
    )


class _Loader(_LOADER):  # type: ignore[misc]
    """Timestamps stay the text that they are in JSON."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in _LOADER.yaml_implicit_resolvers.items()
    }


def _yaml(text: bytes) -> Any:
    parsed = yaml.load(text, _Loader)
    # Aliases of aliases can stand for more than there is memory.
    if _count(parsed, _MOST_VALUES) <= 0:
        raise ValueError("the document has too many values")
    # Through JSON: what comes out has only JSON's types, and keys are strings.
    return orjson.loads(orjson.dumps(parsed, option=orjson.OPT_NON_STR_KEYS))


def _count(value: Any, left: int) -> int:
    """How many more values there might be."""
    left -= 1
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return left
    for item in value:
        if left <= 0:
            break
        left = _count(item, left)
    return left
