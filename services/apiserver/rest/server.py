"""The HTTPS listener: aiohttp's low-level server over TLS that asks for, but does not demand, a client certificate."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

# Connections that wait to be accepted while the loop is busy.
BACKLOG = 1024
# What streams may take to notice that the server stops.
DRAIN = 2.0


@asynccontextmanager
async def serve(handler: Handler, address: str, port: int, context: ssl.SSLContext | None) -> AsyncIterator[int]:
    """Serves while the context is open; yields the port, which is chosen by the system when it was 0."""
    loop = asyncio.get_running_loop()
    if context is not None:
        context.set_alpn_protocols(["http/1.1"])
    # A handler whose client is gone is cancelled: a watch would otherwise wait for an event to find out.
    # The face logs what goes wrong in handlers; what is left to aiohttp is rubbish from clients, answered with 400.
    quiet = logging.getLogger("services.apiserver.rest.http")
    quiet.setLevel(logging.CRITICAL)
    server = web.Server(handler, access_log=None, logger=quiet, handler_cancellation=True, keepalive_timeout=180.0,
                        max_line_size=65536, max_field_size=65536, lingering_time=1.0)  # fmt: skip
    listener = await loop.create_server(server, address, port, ssl=context, backlog=BACKLOG, reuse_address=True)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        server.pre_shutdown()
        await server.shutdown(DRAIN)
