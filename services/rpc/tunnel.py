"""The bytes of one tunnel: a local connection carried by the two streams of a Tunnel call.

Both ends of a tunnel run the same `relay`. What is buffered is bounded by the connection's own buffers and HTTP/2's
windows: nobody reads ahead of who writes. The `close` flag half-closes a direction; the end of the call closes both,
because gRPC lets only the caller half-close.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable

from services.rpc.pinnace.v1 import node_pb2 as pb

TUNNEL_ID = "tunnel-id"  # metadata of a Tunnel call: which Dial it answers
CHUNK = 64 * 1024

Send = Callable[[pb.TunnelData], Awaitable[None]]


async def relay(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, incoming: AsyncIterable[pb.TunnelData], send: Send, *,
    half_close: bool = True,
) -> None:  # fmt: skip
    """Returns when both directions have ended or the connection broke, which ends both; closes the connection.

    Without `half_close` the end of what the connection says is the end of all, as with an HTTP client: it never
    half-closes, but leaves.
    """

    async def outward() -> None:
        while data := await reader.read(CHUNK):
            await send(pb.TunnelData(data=data))
        if half_close:
            await send(pb.TunnelData(close=True))
        else:
            inwards.cancel()

    async def inward() -> None:
        async for message in incoming:
            if message.data:
                writer.write(message.data)
                await writer.drain()
            if message.close:
                if writer.can_write_eof():
                    writer.write_eof()
                return
        outwards.cancel()

    try:
        async with asyncio.TaskGroup() as tasks:
            outwards, inwards = tasks.create_task(outward()), tasks.create_task(inward())
    except* ConnectionError:
        pass  # a connection that breaks is one that ended
    finally:
        writer.close()
