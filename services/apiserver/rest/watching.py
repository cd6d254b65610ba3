"""A watch over HTTP: lines of JSON, or messages of protobuf behind their lengths.

Chunked, and written as they come until the client or the timeout ends it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

from aiohttp import web

from services.apiserver.rest.negotiation import Form
from services.apiserver.rest.output import Writer
from services.apiserver.watching.item import Batch
from services.foundation import log
from services.objects.kinds.kind import Kind

logger = log.get(__name__)

# Frames made in a form of their own before others get their turn.
SLICE = 50
# Seconds in which a client has to take what is sent to it.
STUCK = 60.0


async def respond(request: web.BaseRequest, batches: AsyncIterator[Batch], kind: Kind, form: Form,
                  writer: Writer) -> web.StreamResponse:  # fmt: skip
    streamed = f"{form.content_type};stream=watch" if form.media == "protobuf" else "application/json"
    response = web.StreamResponse(
        headers={"Content-Type": streamed, "Cache-Control": "no-cache, private", "X-Accel-Buffering": "no"}
    )
    response.enable_chunked_encoding()
    await response.prepare(request)
    # Headers go out at once: a client waits for them before it reads events.
    await response.write(b"")
    source: Any = batches
    first = True
    try:
        async with aclosing(source):
            async for batch in source:
                plain = not form.transform and form.media != "protobuf"
                for chunk in (batch.chunk,) if plain else _chunks(batch, kind, writer, first):
                    async with asyncio.timeout(STUCK):
                        await response.write(chunk)
                first = False
        await response.write_eof()
    except ConnectionError:
        raise
    except TimeoutError:
        _abort(request)
    except Exception:
        # The answer has begun: no error can follow, and the connection's end tells the client to list again.
        logger.exception("watch failed", path=request.raw_path)
        _abort(request)
    return response


def _chunks(batch: Batch, kind: Kind, writer: Writer, first: bool) -> Iterator[bytes]:
    """The frames as the watcher wants them, a slice at a time."""
    for start in range(0, len(batch), SLICE):
        yield b"".join([writer.frame(kind, frame.type, frame.json, first and not start and not number)
                        for number, frame in enumerate(batch[start : start + SLICE])])  # fmt: skip


def _abort(request: web.BaseRequest) -> None:
    """A client that takes nothing any more would otherwise hold its connection for ever."""
    if request.transport is not None:
        request.transport.abort()
