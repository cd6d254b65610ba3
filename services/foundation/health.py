"""A process tells how it is: /healthz, /readyz and /metrics over plain HTTP, on loopback unless told otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import prometheus_client
from aiohttp import web

Check = Callable[[], str]


@asynccontextmanager
async def serve(address: str, port: int, ready: Check) -> AsyncIterator[None]:
    """Serves while the context is open. `ready` returns "" or one sentence that says what is not ready yet."""

    async def healthz(request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def readyz(request: web.Request) -> web.Response:
        problem = ready()
        return web.Response(text=problem or "ok", status=503 if problem else 200)

    async def metrics(request: web.Request) -> web.Response:
        return web.Response(body=prometheus_client.generate_latest(), headers={"Content-Type": "text/plain"})

    app = web.Application()
    app.add_routes(
        [
            web.get("/healthz", healthz),
            web.get("/livez", healthz),
            web.get("/readyz", readyz),
            web.get("/metrics", metrics),
        ]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, address, port).start()
        yield
    finally:
        await runner.cleanup()
