"""A watch over HTTP: lines of JSON, chunked, written as they come until the client or the timeout ends it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from aiohttp import web

from services.apiserver.rest.negotiation import Form
from services.apiserver.rest.output import Writer
from services.apiserver.watching.item import Batch
from services.objects.kinds.kind import Kind


async def respond(request: web.BaseRequest, batches: AsyncIterator[Batch], kind: Kind, form: Form,
                  writer: Writer) -> web.StreamResponse:  # fmt: skip
    response = web.StreamResponse(
        headers={"Content-Type": "application/json", "Cache-Control": "no-cache, private", "X-Accel-Buffering": "no"}
    )
    response.enable_chunked_encoding()
    await response.prepare(request)
    # Headers go out at once: a client waits for them before it reads events.
    await response.write(b"")
    source: Any = batches
    first = True
    async with aclosing(source):
        async for batch in source:
            if not form.transform:
                await response.write(batch.chunk)
                continue
            lines = []
            for frame in batch:
                lines.append(writer.frame(kind, frame.type, frame.json, first))
                first = False
            await response.write(b"".join(lines))
    await response.write_eof()
    return response
