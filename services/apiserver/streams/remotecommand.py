"""Remote commands: a user's WebSocket or SPDY connection on one side, the agent's WebSocket on the other.

In between everything is a message of `v5.channel.k8s.io` (KEP-4006): the channel's number, then its bytes; channel 255
closes the channel that its one byte names. That is what the agent speaks, so a v5 user costs no translation.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

import aiohttp
import orjson
from aiohttp import WSMsgType, web

from services.apiserver.request import Target
from services.apiserver.streams import agent, queries, upgrade
from services.apiserver.streams.containers import chosen, node_of
from services.apiserver.streams.nodes import NodeSessions
from services.apiserver.streams.spdy_session import Session, Stream
from services.foundation import log
from services.objects.errors import BadRequest, InternalError
from services.objects.meta import Obj

logger = log.get(__name__)

STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255
V5, V4, V1 = "v5.channel.k8s.io", "v4.channel.k8s.io", "channel.k8s.io"
CHANNELS = {"stdin": STDIN, "stdout": STDOUT, "stderr": STDERR, "error": ERROR, "resize": RESIZE}
STREAMS_TIMEOUT = 30.0  # seconds a client has to open the streams it wants


class User(Protocol):
    """The user's end."""

    async def receive(self) -> bytes | None:
        """The next message; None when the user is gone."""

    async def send(self, message: bytes) -> None: ...


async def handle(request: web.BaseRequest, target: Target, pod: Obj, sessions: NodeSessions) -> web.StreamResponse:
    """Exec and attach alike. The agent is asked first: what it refuses can still be an HTTP status."""
    upgrade.check(request)
    container, node, query = chosen(pod, request.query.get("container", "")), node_of(pod), _query(request)
    path = f"/{target.subresource}/{target.namespace}/{target.name}/{container}"
    known = (V5, V4, V1) if upgrade.wants_websocket(request) else (V4,)
    header = "Sec-WebSocket-Protocol" if upgrade.wants_websocket(request) else upgrade.PROTOCOL_HEADER
    upgrade.negotiate(request, header, known)
    async with agent.websocket(sessions, node, path, query) as far:
        if upgrade.wants_websocket(request):
            async with upgrade.websocket(request, known) as ws:
                user = WebSocketUser(ws)
                await user.greet(query)
                await relay(user, far)
            return ws
        async with upgrade.spdy(request, known) as session:
            await _serve_spdy(session, far, query)
        return upgrade.Switched()


def _query(request: web.BaseRequest) -> list[tuple[str, str]]:
    """What the agent is asked. Raises BadRequest."""
    wanted = [name for name in ("stdin", "stdout", "stderr", "tty") if queries.flag(request.query, name)]
    if "tty" in wanted and "stderr" in wanted:
        # A terminal has one output; Kubernetes drops stderr as well.
        wanted.remove("stderr")
    if not {"stdin", "stdout", "stderr"} & set(wanted):
        raise BadRequest("you must specify at least 1 of stdin, stdout, stderr")
    return [(name, "1") for name in wanted] + [("command", part) for part in request.query.getall("command", [])]


async def relay(user: User, far: aiohttp.ClientWebSocketResponse) -> None:
    """Until the agent has said the last word, or the user is gone. The user always gets a Status at the end."""
    ended = False

    async def inward() -> None:
        while (message := await user.receive()) is not None:
            await far.send_bytes(message)
        outwards.cancel()

    async def outward() -> None:
        nonlocal ended
        async for message in far:
            if message.type is WSMsgType.BINARY and message.data:
                ended = ended or message.data[0] == ERROR
                await user.send(message.data)
        if not ended:
            problem = InternalError("Internal error occurred: the connection to the node broke")
            await user.send(bytes([ERROR]) + orjson.dumps(problem.status()))
        inwards.cancel()

    try:
        async with asyncio.TaskGroup() as tasks:
            inwards, outwards = tasks.create_task(inward()), tasks.create_task(outward())
    except* ConnectionError as group:
        logger.debug("a remote command lost its user or its node", why=str(group.exceptions[0]))


class WebSocketUser:
    """v5 as it is; v4 knows no closing of channels; v1 has its errors as text, and none when all went well."""

    def __init__(self, ws: web.WebSocketResponse) -> None:
        self._ws = ws
        self._closes = ws.ws_protocol == V5
        self._texts = ws.ws_protocol == V1

    async def greet(self, query: list[tuple[str, str]]) -> None:
        """An empty message tells clients that the connection stands (they wait for it)."""
        wanted = [CHANNELS[name] for name, _ in query if name in ("stdout", "stderr")]
        await self._ws.send_bytes(bytes([*wanted, ERROR][:1]))

    async def receive(self) -> bytes | None:
        while True:
            message = await self._ws.receive()
            if message.type is WSMsgType.BINARY:
                if message.data and (self._closes or message.data[0] != CLOSE):
                    return bytes(message.data)
            elif message.type is not WSMsgType.TEXT:
                return None

    async def send(self, message: bytes) -> None:
        if message[0] == CLOSE and not self._closes:
            return
        if message[0] == ERROR and self._texts:
            status = orjson.loads(message[1:])
            if status.get("status") == "Success":
                return
            message = bytes([ERROR]) + status.get("message", "").encode()
        await self._ws.send_bytes(message)


class SpdyUser:
    """Streams named by their header `streamtype`, opened by the user."""

    def __init__(self, session: Session, streams: dict[int, Stream]) -> None:
        self._session = session
        self._streams = streams
        self._inbox: asyncio.Queue[bytes | None] = asyncio.Queue(1)

    async def receive(self) -> bytes | None:
        return await self._inbox.get()

    async def send(self, message: bytes) -> None:
        channel = message[1] if message[0] == CLOSE and len(message) > 1 else message[0]
        stream = self._streams.get(channel)
        if stream is None:
            return
        if message[0] == CLOSE:
            await stream.close()
        else:
            await stream.write(message[1:])

    async def watch(self, running: asyncio.Task[None]) -> None:
        """Feeds `receive`; ends it when the connection ends. `running` is the session's own task."""
        async with asyncio.TaskGroup() as tasks:
            for channel, pump in ((STDIN, self._stdin), (RESIZE, self._resize)):
                if channel in self._streams:
                    tasks.create_task(pump(self._streams[channel]))
            await asyncio.wait({running})
        await self._inbox.put(None)

    async def _stdin(self, stream: Stream) -> None:
        try:
            while data := await stream.read():
                await self._inbox.put(bytes([STDIN]) + data)
            await self._inbox.put(bytes([CLOSE, STDIN]))
        except ConnectionError:
            pass  # the user is gone, as `watch` will say

    async def _resize(self, stream: Stream) -> None:
        """One JSON object a line, however the frames cut them."""
        rest = b""
        try:
            while data := await stream.read():
                *lines, rest = (rest + data).split(b"\n")
                if rest.endswith(b"}"):
                    lines, rest = [*lines, rest], b""
                for line in filter(None, lines):
                    await self._inbox.put(bytes([RESIZE]) + line)
        except ConnectionError:
            pass  # the user is gone, as `watch` will say

    async def finish(self) -> None:
        """All that was written is told to be all; the user closes the connection then."""
        for stream in self._streams.values():
            await stream.close()
        await self._session.go_away()


async def _serve_spdy(session: Session, far: aiohttp.ClientWebSocketResponse, query: list[tuple[str, str]]) -> None:
    wanted = {CHANNELS[name] for name, _ in query if name in CHANNELS} | {ERROR}
    if ("tty", "1") in query:
        wanted.add(RESIZE)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(session.run())
        streams = await _opened(session, wanted)
        if streams is not None:
            user = SpdyUser(session, streams)
            watching = tasks.create_task(user.watch(running))
            await relay(user, far)
            await _finish(user, running)
            watching.cancel()
        running.cancel()


async def _opened(session: Session, wanted: set[int]) -> dict[int, Stream] | None:
    """The streams by their channels; None when the user left or took too long."""
    streams: dict[int, Stream] = {}
    try:
        async with asyncio.timeout(STREAMS_TIMEOUT):
            while wanted - streams.keys():
                stream = await session.accept()
                if stream is None:
                    return None
                channel = CHANNELS.get(stream.headers.get("streamtype", ""))
                if channel is None:
                    await stream.reset()
                else:
                    streams[channel] = stream
    except TimeoutError:
        logger.info("a client did not open its streams", wanted=sorted(wanted), opened=sorted(streams))
        return None
    return streams


async def _finish(user: SpdyUser, running: asyncio.Task[None]) -> None:
    """Lets the user read the end before the connection goes."""
    try:
        await user.finish()
    except ConnectionError:
        return  # it is gone already
    await asyncio.wait({running}, timeout=upgrade.CLOSE_TIMEOUT)
