"""Kubelet-style HTTP on a Unix socket in the state folder; only tunnels (and root) reach it.

A TCP port was rejected: a node needs no inbound port, so there is none to guard.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiodocker
import orjson
from aiohttp import web

from services.foundation import log
from services.node_agent.engine.docker import DockerEngine
from services.node_agent.roster import Roster
from services.node_agent.server import logs, streams
from services.node_agent.server.lookup import ENGINE, ROSTER
from services.objects.errors import InternalError, StatusError

logger = log.get(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(roster: Roster, engine: DockerEngine) -> web.Application:
    app = web.Application(middlewares=[_errors])
    app[ROSTER], app[ENGINE] = roster, engine
    app.add_routes([
        web.get("/healthz", _healthz),
        web.get("/pods", _pods),
        web.get("/containerLogs/{namespace}/{pod}/{container}", logs.handle),
        web.get("/exec/{namespace}/{pod}/{container}", streams.exec_),
        web.get("/attach/{namespace}/{pod}/{container}", streams.attach),
    ])  # fmt: skip
    return app


@asynccontextmanager
async def serve(socket: Path, roster: Roster, engine: DockerEngine) -> AsyncIterator[None]:
    """Serves while the context is open; a socket left by a crash is replaced."""
    # Cancelling handlers ends a followed log as soon as its reader has gone.
    runner = web.AppRunner(make_app(roster, engine), access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        socket.unlink(missing_ok=True)  # noqa: ASYNC240
        await web.UnixSite(runner, str(socket)).start()
        socket.chmod(0o600)  # noqa: ASYNC240
        yield
    finally:
        await runner.cleanup()
        socket.unlink(missing_ok=True)  # noqa: ASYNC240


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals become Status objects with their code."""
    try:
        return await handler(request)
    except StatusError as error:
        return _status(error)
    except aiodocker.DockerError as error:
        return _status(InternalError(f"Internal error occurred: {error.message}"))


def _status(error: StatusError) -> web.Response:
    return web.Response(status=error.code, body=orjson.dumps(error.status()), content_type="application/json")


async def _healthz(request: web.Request) -> web.Response:
    return web.Response(text="ok")


async def _pods(request: web.Request) -> web.Response:
    pods = {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": request.app[ROSTER].pods()}
    return web.Response(body=orjson.dumps(pods), content_type="application/json")
