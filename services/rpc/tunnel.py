"""The bytes of one tunnel: a local connection carried by the two streams of a Tunnel call.

Both ends of a tunnel run the same `relay`. What is buffered is bounded by the connection's own buffers and HTTP/2's
windows: nobody reads ahead of who writes. The `close` flag half-closes a direction; the end of the call closes both,
because gRPC lets only the caller half-close.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import AsyncIterable, Awaitable, Callable

from services.rpc.pinnace.v1 import node_pb2 as pb

TUNNEL_ID = "tunnel-id"  # metadata of a Tunnel call: which Dial it answers
CHUNK = 64 * 1024
HANG_UP = 1.0  # seconds between looks at a half-closed connection

Send = Callable[[pb.TunnelData], Awaitable[None]]


async def _hung_up(writer: asyncio.StreamWriter) -> None:
    """Returns when the connection's other end, which has said all it had to say, does not listen either.

    Only a write would tell, and there may never be one: so the kernel is asked, once a second and of half-closed
    connections only.
    """
    poller = select.poll()
    poller.register(writer.get_extra_info("socket").fileno(), 0)
    while not any(event & select.POLLHUP for _, event in poller.poll(0)):  # noqa: ASYNC110  asyncio has no event for it
        await asyncio.sleep(HANG_UP)


async def relay(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, incoming: AsyncIterable[pb.TunnelData], send: Send, *,
    server: bool, half_close: bool = True,
) -> None:  # fmt: skip
    """Returns when both directions have ended or the connection broke, which ends both; closes the connection.

    The `server` of the call ends it, and its client reads on until it does: a client that stopped reading would cancel
    the call, and drop what it has just written. Without `half_close` the end of what the connection says is the end of
    all, as with an HTTP client: it never half-closes, but leaves.
    """
    closed = False  # by the peer

    async def outward() -> None:
        while data := await reader.read(CHUNK):
            await send(pb.TunnelData(data=data))
        if half_close:
            await send(pb.TunnelData(close=True))
        if server and (closed or not half_close):
            inwards.cancel()
        elif server:
            waiting = tasks.create_task(_hung_up(writer))
            waiting.add_done_callback(lambda _: inwards.cancel())
            inwards.add_done_callback(lambda _: waiting.cancel())

    async def inward() -> None:
        nonlocal closed
        async for message in incoming:
            if message.data:
                writer.write(message.data)
                await writer.drain()
            if message.close:
                closed = True
                if writer.can_write_eof():
                    writer.write_eof()
                if server and outwards.done():
                    return
        outwards.cancel()

    try:
        async with asyncio.TaskGroup() as tasks:
            outwards, inwards = tasks.create_task(outward()), tasks.create_task(inward())
    except* ConnectionError:
        pass  # a connection that breaks is one that ended
    finally:
        writer.close()
