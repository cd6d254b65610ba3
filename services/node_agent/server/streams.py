"""Exec and attach: a WebSocket of `v5.channel.k8s.io` on one side, Docker's hijacked connection on the other.

Every message begins with its channel: 0 stdin, 1 stdout, 2 stderr, 3 the closing Status, 4 a new size of the terminal,
255 the end of another channel. https://kep.k8s.io/4006
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiodocker
import orjson
from aiodocker.stream import Stream
from aiohttp import WSMsgType, web

from services.foundation import log
from services.node_agent.server.lookup import ENGINE, container, flag, running
from services.objects.errors import BadRequest, InternalError
from services.objects.meta import Obj

logger = log.get(__name__)

PROTOCOL = "v5.channel.k8s.io"
STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255
SUCCESS: Obj = {"metadata": {}, "status": "Success"}

Resize = Callable[[int, int], Awaitable[Any]]


async def exec_(request: web.Request) -> web.StreamResponse:
    """GET /exec?command=...&stdin&stdout&stderr&tty"""
    id = running(request)
    command = request.query.getall("command", [])
    if not command:
        raise BadRequest("you must specify at least 1 command for the container")
    docker = request.app[ENGINE].docker
    tty = flag(request, "tty")
    session = await docker.containers.container(id).exec(
        command, stdin=flag(request, "stdin"), stdout=flag(request, "stdout"),
        stderr=flag(request, "stderr") and not tty, tty=tty,
    )  # fmt: skip
    socket = await _accept(request)
    try:
        stream = session.start(detach=False)
        await _relay(socket, stream, lambda width, height: session.resize(h=height, w=width))
        status = await _exit_status(session)
    except aiodocker.DockerError as error:
        problem = InternalError("Internal error occurred: error executing command in container: " + error.message)
        status = problem.status()
    return await _finish(socket, status)


async def attach(request: web.Request) -> web.StreamResponse:
    """GET /attach?stdin&stdout&stderr: the container's own streams, from now on."""
    id = running(request)
    spec = container(request).spec
    handle = request.app[ENGINE].docker.containers.container(id)
    stdin = flag(request, "stdin") and bool(spec.get("stdin"))
    socket = await _accept(request)
    stream = handle.attach(stdin=stdin, stdout=flag(request, "stdout"),
                           stderr=flag(request, "stderr") and not spec.get("tty"))  # fmt: skip
    try:
        await _relay(socket, stream, lambda width, height: handle.resize(h=height, w=width))
        status = SUCCESS
    except aiodocker.DockerError as error:
        status = InternalError("Internal error occurred: error attaching to container: " + error.message).status()
    return await _finish(socket, status)


async def _accept(request: web.Request) -> web.WebSocketResponse:
    # No heartbeat: a ping waits behind what a slow user has not read. The tunnel beneath has gRPC's keepalive.
    socket = web.WebSocketResponse(protocols=(PROTOCOL,), max_msg_size=0)
    await socket.prepare(request)
    return socket


async def _finish(socket: web.WebSocketResponse, status: Obj) -> web.WebSocketResponse:
    if not socket.closed:
        try:
            await socket.send_bytes(bytes([ERROR]) + orjson.dumps(status))
            await socket.close()
        except ConnectionError as error:
            logger.debug("the client left before the end", error=str(error))
    return socket


async def _relay(socket: web.WebSocketResponse, stream: Stream, resize: Resize) -> None:
    """Until the process has said all it has to say, or the client has gone."""
    async with stream:
        outward = asyncio.create_task(_to_client(socket, stream))
        inward = asyncio.create_task(_to_container(socket, stream, resize, outward))
        try:
            await asyncio.wait({outward})
            if not outward.cancelled():
                outward.result()
        except ConnectionError as error:
            logger.debug("the client has gone", error=str(error))
        finally:
            outward.cancel()
            inward.cancel()
            await asyncio.gather(inward, outward, return_exceptions=True)


async def _to_client(socket: web.WebSocketResponse, stream: Stream) -> None:
    while (message := await stream.read_out()) is not None:
        await socket.send_bytes(bytes([STDERR if message.stream == STDERR else STDOUT]) + message.data)


async def _to_container(
    socket: web.WebSocketResponse, stream: Stream, resize: Resize, outward: asyncio.Task[None]
) -> None:
    """Until the client has gone, which ends the other direction too."""
    async for message in socket:
        if message.type is not WSMsgType.BINARY or not message.data:
            continue
        channel, data = message.data[0], message.data[1:]
        try:
            if channel == STDIN:
                await stream.write_in(data)
            elif channel == RESIZE:
                await _resize(resize, data)
            elif channel == CLOSE and data[:1] == bytes([STDIN]):
                _end_input(stream)
        except (ConnectionError, RuntimeError) as error:
            logger.debug("the process takes no input any more", error=str(error))
    outward.cancel()


async def _resize(resize: Resize, data: bytes) -> None:
    try:
        size = orjson.loads(data)
        await resize(int(size["Width"]), int(size["Height"]))
    except (ValueError, KeyError, TypeError, aiodocker.DockerError) as error:
        # A process that is starting or ending has no terminal to resize; the next size will fit.
        logger.debug("terminal not resized", error=str(error))


def _end_input(stream: Stream) -> None:
    """Half-closes: the process reads its end of input, and its answer still comes. aiodocker can only close both."""
    connection = stream._resp.connection if stream._resp is not None else None
    transport = connection.transport if connection is not None else None
    if transport is not None and transport.can_write_eof():
        transport.write_eof()


async def _exit_status(session: Any) -> Obj:
    """What the command came to; Docker may know a moment after the streams have ended."""
    for _ in range(50):
        detail = await session.inspect()
        if not detail["Running"]:
            break
        await asyncio.sleep(0.02)
    code = detail["ExitCode"]
    if not code:
        return SUCCESS
    return {
        "metadata": {}, "status": "Failure", "reason": "NonZeroExitCode", "code": 500,
        "message": f"command terminated with non-zero exit code: error executing command, exit code {code}",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }  # fmt: skip
