"""pods/portforward: many connections to ports of a pod over one connection of the user.

Each forwarded connection is a pair of SPDY streams (headers `streamtype` data or error, `port`, `requestid`), over SPDY
itself or over SPDY inside a WebSocket (KEP-4006). A connection that fails says so on its error stream and leaves the
others alone.
"""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import web

from services.apiserver.request import Caller, Target
from services.apiserver.streams import channels, lifetime, upgrade
from services.apiserver.streams.containers import node_of
from services.apiserver.streams.nodes import NodeSessions
from services.apiserver.streams.spdy_session import Session, Stream
from services.foundation import log
from services.objects.errors import BadRequest, StatusError
from services.objects.meta import Obj, name_of, namespace_of, uid_of

logger = log.get(__name__)

PROTOCOL = "portforward.k8s.io"
TUNNELLED = f"{upgrade.SPDY}+{PROTOCOL}"
CONNECT_TIMEOUT = 15.0  # seconds to connect to a port of the pod
PAIR_TIMEOUT = 30.0  # seconds for the second stream of a pair
CHUNK = 64 * 1024


async def handle(
    request: web.BaseRequest, caller: Caller, target: Target, pod: Obj, sessions: NodeSessions
) -> web.StreamResponse:
    upgrade.check(request)
    node = node_of(pod)
    if upgrade.wants_websocket(request):
        known = (TUNNELLED, channels.PROTOCOL)
        protocol = upgrade.negotiate(request, "Sec-WebSocket-Protocol", known)
        ports = channels.ports_of(request) if protocol == channels.PROTOCOL else []
        async with upgrade.websocket(request, known) as ws:
            if ports:
                work = channels.forward(ws, ports, node, f"{namespace_of(pod)}/{name_of(pod)}", sessions)
            else:
                work = Forwarding(upgrade.spdy_in_websocket(ws), pod, node, sessions).run()
            await lifetime.until(work, sessions.pod_ended(pod))
        return ws
    async with upgrade.spdy(request, (PROTOCOL,)) as session:
        await lifetime.until(Forwarding(session, pod, node, sessions).run(), sessions.pod_ended(pod))
    return upgrade.Switched()


class Forwarding:
    """All forwarded connections of one user's connection."""

    def __init__(self, session: Session, pod: Obj, node: str, sessions: NodeSessions) -> None:
        self._session = session
        self._pod = pod
        self._node = node
        self._sessions = sessions
        self._halves: dict[str, asyncio.Future[Stream]] = {}

    async def run(self) -> None:
        """Until the user's connection ends; the forwarded ones end with it."""
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(self._session.run())
            forwarded: set[asyncio.Task[None]] = set()
            while (stream := await self._session.accept()) is not None:
                task = tasks.create_task(self._stream(stream))
                forwarded.add(task)
                task.add_done_callback(forwarded.discard)
            await asyncio.wait({running})
            for task in forwarded:
                task.cancel()

    async def _stream(self, stream: Stream) -> None:
        """A stream waits for the other of its pair; the later one carries on with both."""
        try:
            pair = await self._pair(stream)
            if pair is not None:
                await self._forward(*pair)
        except ConnectionError as error:
            logger.debug("a forwarded connection lost its user", why=str(error))
        except (BadRequest, TimeoutError) as error:
            logger.info("a stream of a port-forward makes no sense", why=str(error), headers=dict(stream.headers))
            with contextlib.suppress(ConnectionError):  # who sent it has gone, and need not be told
                await stream.reset()

    async def _pair(self, stream: Stream) -> tuple[Stream, Stream] | None:
        """(data, error) for the later stream of the two, None for the earlier. Raises BadRequest, TimeoutError."""
        kind = stream.headers.get("streamtype", "")
        if kind not in ("data", "error"):
            raise BadRequest(f"invalid stream type {kind!r}")
        # Clients older than request ids open the error stream first and the data stream right after it.
        request = stream.headers.get("requestid") or str(stream.id if kind == "error" else stream.id - 2)
        waiting = self._halves.pop(request, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(stream)
            return None
        other: asyncio.Future[Stream] = asyncio.get_running_loop().create_future()
        self._halves[request] = other
        try:
            async with asyncio.timeout(PAIR_TIMEOUT):
                second = await other
        finally:
            self._halves.pop(request, None)
        return (stream, second) if kind == "data" else (second, stream)

    async def _forward(self, data: Stream, error: Stream) -> None:
        try:
            port = _port(data)
            where = f"pod:{namespace_of(self._pod)}/{name_of(self._pod)}:{port}"
            connection = await self._sessions.dial(self._node, where, CONNECT_TIMEOUT)
        except StatusError as problem:
            await error.write(self._problem(data.headers.get("port", ""), problem.message).encode())
            await error.close()
            await data.close()
            return
        reader, writer = await asyncio.open_unix_connection(sock=connection)
        try:
            await _copy(data, reader, writer)
        finally:
            writer.close()
        await error.close()
        await data.close()

    def _problem(self, port: str, why: str) -> str:
        return f"error forwarding port {port} to pod {name_of(self._pod)}, uid {uid_of(self._pod)}: {why}"


def _port(stream: Stream) -> int:
    text = stream.headers.get("port", "")
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise BadRequest(f"invalid port {text!r}")
    return int(text)


async def _copy(stream: Stream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Both directions, each to its own end; when the pod has said all, what the user still says is dropped."""

    async def inward() -> None:
        while data := await stream.read():
            writer.write(data)
            await writer.drain()
        writer.write_eof()

    async def outward() -> None:
        while data := await reader.read(CHUNK):
            await stream.write(data)
        await stream.close()
        inwards.cancel()

    try:
        async with asyncio.TaskGroup() as tasks:
            inwards = tasks.create_task(inward())
            tasks.create_task(outward())
    except* ConnectionError as group:
        logger.debug("a forwarded connection broke", why=str(group.exceptions[0]))
        await stream.reset()
