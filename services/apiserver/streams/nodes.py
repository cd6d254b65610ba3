"""The sessions that node agents keep with this process, and tunnels dialled through them.

Agents dial out, so a connection to a node begins as a question on its session (`Dial`), answered by a Tunnel call from
the agent. What a caller of `dial` gets is one end of a socket pair: everything that speaks over sockets (aiohttp,
asyncio streams) works over a tunnel unchanged. The other end is pumped by the Tunnel call's own handler, so no task
outlives its call.
"""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import BaseConnector

from services.objects.errors import NotFound, ServiceUnavailable, StatusError, Timeout
from services.objects.meta import Obj
from services.rpc.pinnace.v1 import node_pb2 as pb

DIAL_TIMEOUT = 15.0  # seconds
# How long a dial waits for a node whose session is away: agents come back within this after a server's restart.
ABSENCE = 3.0


class Accepted(NamedTuple):
    """What the handler of a Tunnel call pumps."""

    connection: socket.socket
    half_close: bool


class _Dialled(NamedTuple):
    node: str
    answer: asyncio.Future[socket.socket]
    half_close: bool


class NodeSession:
    """One agent's control channel; `outgoing` is what its handler has to send."""

    def __init__(self, node: str) -> None:
        self.node = node
        self.outgoing: asyncio.Queue[pb.ServerMessage] = asyncio.Queue()
        self.dials: set[str] = set()

    def send(self, message: pb.ServerMessage) -> None:
        self.outgoing.put_nowait(message)


async def _never(pod: Obj) -> None:
    await asyncio.Event().wait()


class NodeSessions:
    """All sessions of this process. A node that opens a second one has lost the first without noticing yet.

    `pod_ended(pod)` returns when the pod is over, which ends the streams that would not end by themselves
    (lifetime.pod_ended; never unless given).
    """

    def __init__(self, pod_ended: Callable[[Obj], Awaitable[None]] = _never) -> None:
        self.pod_ended = pod_ended
        self._sessions: dict[str, NodeSession] = {}
        self._dialled: dict[str, _Dialled] = {}
        self._arrivals: dict[str, asyncio.Event] = {}

    def connected(self, node: str) -> bool:
        return node in self._sessions

    @contextmanager
    def open(self, node: str) -> Iterator[NodeSession]:
        """The session of an agent, while its call lasts."""
        session = NodeSession(node)
        self._sessions[node] = session
        if arrival := self._arrivals.pop(node, None):
            arrival.set()
        try:
            yield session
        finally:
            if self._sessions.get(node) is session:
                del self._sessions[node]
            for tunnel in tuple(session.dials):
                self.failed(tunnel, node, "the node's session ended")

    async def dial(
        self, node: str, target: str, timeout: float = DIAL_TIMEOUT, *, half_close: bool = True
    ) -> socket.socket:
        """A connected, non-blocking socket to `target` as seen from the node (see node.proto); `timeout` in seconds.

        `half_close=False`: closing the socket ends the tunnel at once, and shutting down one direction does too.
        Raises ServiceUnavailable (no session, or the agent could not connect) and Timeout.
        """
        tunnel = uuid.uuid4().hex
        answer: asyncio.Future[socket.socket] = asyncio.get_running_loop().create_future()
        session: NodeSession | None = None
        try:
            async with asyncio.timeout(timeout):
                session = await self._session(node)
                self._dialled[tunnel] = _Dialled(node, answer, half_close)
                session.dials.add(tunnel)
                session.send(pb.ServerMessage(dial=pb.Dial(id=tunnel, target=target)))
                return await answer
        except TimeoutError:
            _discard(answer)
            raise Timeout(f'node "{node}" did not open a connection to {target} within {timeout:g} s') from None
        except BaseException:
            _discard(answer)
            raise
        finally:
            self._dialled.pop(tunnel, None)
            if session is not None:
                session.dials.discard(tunnel)

    async def _session(self, node: str) -> NodeSession:
        if node not in self._sessions:
            arrival = self._arrivals.setdefault(node, asyncio.Event())
            try:
                async with asyncio.timeout(ABSENCE):
                    await arrival.wait()
            except TimeoutError:
                raise ServiceUnavailable(f'node "{node}" is not connected') from None
        if node not in self._sessions:
            raise ServiceUnavailable(f'node "{node}" is not connected')
        return self._sessions[node]

    def accept(self, tunnel: str, node: str) -> Accepted:
        """The agent of `node` answers a dial. Raises NotFound when nobody waits for it (any more)."""
        dialled = self._dialled.get(tunnel)
        if dialled is None or dialled.node != node or dialled.answer.done():
            raise NotFound("nobody waits for this tunnel")
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        dialled.answer.set_result(theirs)
        return Accepted(ours, dialled.half_close)

    def failed(self, tunnel: str, node: str, why: str) -> None:
        """The agent of `node` could not connect."""
        dialled = self._dialled.get(tunnel)
        if dialled is not None and dialled.node == node and not dialled.answer.done():
            error: StatusError = ServiceUnavailable(why)
            dialled.answer.set_exception(error)


def _discard(answer: asyncio.Future[socket.socket]) -> None:
    """Nobody takes the connection any more."""
    if not answer.done():
        answer.cancel()
    elif not answer.cancelled() and answer.exception() is None:
        answer.result().close()


class _TunnelConnector(BaseConnector):
    """Connects aiohttp's client through tunnels instead of the network."""

    def __init__(self, connect: Callable[[], Awaitable[socket.socket]], **options: Any) -> None:
        super().__init__(**options)
        self._connect_tunnel = connect

    async def _create_connection(self, req: Any, traces: Any, timeout: Any) -> ResponseHandler:
        connection = await self._connect_tunnel()
        try:
            _, protocol = await self._loop.create_unix_connection(self._factory, sock=connection)
        except BaseException:
            connection.close()
            raise
        return protocol


def http(
    sessions: NodeSessions, node: str, target: str = "http", timeout: float = DIAL_TIMEOUT
) -> aiohttp.ClientSession:
    """An HTTP client whose connections end at `target` on the node; URLs name it `http://node/`.

    Connections are not kept: a tunnel costs one round trip and idle ones would keep sockets on both sides.
    """

    async def connect() -> socket.socket:
        return await sessions.dial(node, target, timeout, half_close=False)

    return aiohttp.ClientSession(
        connector=_TunnelConnector(connect, force_close=True, limit=0), auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=timeout),
    )  # fmt: skip
