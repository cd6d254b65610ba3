"""From an HTTP request to a two-way stream: WebSocket, and SPDY/3.1, which aiohttp does not know.

For SPDY the 101 is written by hand and the transport given another protocol. aiohttp's own protocol then hears nothing
of the connection any more, so the response that a handler returns must send nothing (`Switched`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from aiohttp import WSMsgType, hdrs, web

from services.apiserver.streams.spdy_session import Session
from services.foundation import log
from services.objects.errors import BadRequest, Forbidden

logger = log.get(__name__)

SPDY = "SPDY/3.1"
PROTOCOL_HEADER = "X-Stream-Protocol-Version"
PING = 30.0  # seconds between pings, which keep middle boxes from forgetting an idle connection
CLOSE_TIMEOUT = 10.0  # seconds a peer has to take the last bytes


class Switched(web.StreamResponse):
    """What is left to answer on a connection that speaks another protocol by now: nothing."""

    def __init__(self) -> None:
        super().__init__(status=101)
        self.force_close()

    async def prepare(self, request: web.BaseRequest) -> Any:
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        return None


def wants_websocket(request: web.BaseRequest) -> bool:
    return request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"


def wants_spdy(request: web.BaseRequest) -> bool:
    return request.headers.get(hdrs.UPGRADE, "").lower() == SPDY.lower()


def check(request: web.BaseRequest) -> None:
    """Raises BadRequest for a request that does not ask for an upgrade we know."""
    if "upgrade" not in request.headers.get(hdrs.CONNECTION, "").lower():
        raise BadRequest("Upgrade request required")
    if not wants_websocket(request) and not wants_spdy(request):
        raise BadRequest(f"unable to upgrade: unknown protocol {request.headers.get(hdrs.UPGRADE, '')!r}")


def negotiate(request: web.BaseRequest, header: str, known: Sequence[str]) -> str:
    """The first protocol of ours that the client offers too. Raises Forbidden (as Kubernetes does) without one."""
    offered = [part.strip() for value in request.headers.getall(header, []) for part in value.split(",")]
    for protocol in known:
        if protocol in offered:
            return protocol
    raise Forbidden(f"unable to upgrade: unable to negotiate protocol: client supports {offered}, server accepts "
                    f"{list(known)}")  # fmt: skip


@contextmanager
def switched() -> Iterator[None]:
    """After the switch nothing can be answered any more: an error ends the connection and stands in the log."""
    try:
        yield
    except ConnectionError as error:
        logger.debug("a stream lost its user", why=str(error))
    except Exception:
        logger.exception("a stream failed")


@asynccontextmanager
async def websocket(request: web.BaseRequest, known: Sequence[str]) -> AsyncIterator[web.WebSocketResponse]:
    """An open WebSocket, closed at the end; its `ws_protocol` is one of `known`, or nothing when that is empty."""
    protocols = (negotiate(request, hdrs.SEC_WEBSOCKET_PROTOCOL, known),) if known else ()
    # No heartbeat of aiohttp's: it takes a user who has stopped the terminal for dead, since the answer to a ping waits
    # behind what is not read. TCP's own keepalive finds the dead.
    ws = web.WebSocketResponse(protocols=protocols, max_msg_size=0, compress=False, timeout=CLOSE_TIMEOUT)
    await ws.prepare(request)
    with switched():
        pinging = asyncio.create_task(_ping(ws))
        try:
            yield ws
        finally:
            pinging.cancel()
            await ws.close()


async def _ping(ws: web.WebSocketResponse) -> None:
    with switched():
        while True:
            await asyncio.sleep(PING)
            await ws.ping()


@asynccontextmanager
async def spdy(request: web.BaseRequest, known: Sequence[str]) -> AsyncIterator[Session]:
    """A session over the request's own connection, which is closed at the end. The caller runs it."""
    protocol = negotiate(request, PROTOCOL_HEADER, known)
    reader, writer = _switch(request, protocol)

    async def receive() -> bytes:
        return await reader.read(65536)

    async def send(data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    with switched():
        try:
            yield Session(receive, send)
        finally:
            writer.close()


def _switch(request: web.BaseRequest, protocol: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Answers 101 and takes the connection away from aiohttp."""
    transport: Any = request.transport
    if transport is None or transport.is_closing():
        raise ConnectionResetError("the client is gone")
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 18, loop=loop)
    streams = asyncio.StreamReaderProtocol(reader, loop=loop)
    answer = (f"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {SPDY}\r\n"
              f"{PROTOCOL_HEADER}: {protocol}\r\n\r\n")  # fmt: skip
    transport.set_protocol(streams)
    streams.connection_made(transport)
    transport.write(answer.encode())
    return reader, asyncio.StreamWriter(transport, streams, reader, loop)


def spdy_in_websocket(ws: web.WebSocketResponse) -> Session:
    """SPDY whose bytes travel in binary messages (kubectl's port-forward since 1.31)."""

    async def receive() -> bytes:
        while True:
            message = await ws.receive()
            if message.type is WSMsgType.BINARY:
                if message.data:
                    return bytes(message.data)
            elif message.type is not WSMsgType.TEXT:
                return b""

    return Session(receive, ws.send_bytes)
