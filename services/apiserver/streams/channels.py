"""Port-forwarding in the channels of a WebSocket: what clients other than kubectl use (`v4.channel.k8s.io`).

The query names the ports; port number i has channel 2i for data and 2i+1 for errors, and the server begins each channel
with the port in two bytes, little-endian. There is one connection to each port.
"""

from __future__ import annotations

import asyncio
import struct

from aiohttp import WSMsgType, web

from services.apiserver.streams.nodes import NodeSessions
from services.objects.errors import BadRequest, StatusError

PROTOCOL = "v4.channel.k8s.io"
CONNECT_TIMEOUT = 15.0  # seconds to connect to a port of the pod
CHUNK = 64 * 1024
CHANNELS = 256
BUFFER = 64  # messages of one channel that may wait for the pod


def ports_of(request: web.BaseRequest) -> list[int]:
    """Raises BadRequest."""
    texts = [part for value in request.query.getall("ports", []) for part in value.split(",")]
    if not texts:
        raise BadRequest('query parameter "ports" is required')
    if len(texts) * 2 > CHANNELS:
        raise BadRequest(f"at most {CHANNELS // 2} ports can be forwarded over one connection")
    for text in texts:
        if not text.isdecimal() or not 0 < int(text) < 65536:
            raise BadRequest(f'query parameter "ports" cannot be parsed: {text!r}')
    return [int(text) for text in texts]


async def forward(ws: web.WebSocketResponse, ports: list[int], node: str, pod: str, sessions: NodeSessions) -> None:
    """Until the user is gone; `pod` is NAMESPACE/NAME."""
    inboxes: list[asyncio.Queue[bytes]] = [asyncio.Queue(BUFFER) for _ in ports]
    for place, port in enumerate(ports):
        for channel in (2 * place, 2 * place + 1):
            await ws.send_bytes(bytes([channel]) + struct.pack("<H", port))
    async with asyncio.TaskGroup() as tasks:
        carrying = [
            tasks.create_task(_carry(ws, 2 * place, inboxes[place], sessions, node, f"pod:{pod}:{port}"))
            for place, port in enumerate(ports)
        ]
        async for message in ws:
            if message.type is WSMsgType.BINARY and message.data:
                channel = message.data[0]
                if channel % 2 == 0 and channel < 2 * len(ports):
                    await inboxes[channel // 2].put(message.data[1:])
        for task in carrying:
            task.cancel()


async def _carry(
    ws: web.WebSocketResponse, channel: int, inbox: asyncio.Queue[bytes], sessions: NodeSessions, node: str, target: str
) -> None:  # fmt: skip
    async def inward(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(await inbox.get())
            await writer.drain()

    async def outward(reader: asyncio.StreamReader) -> None:
        while data := await reader.read(CHUNK):
            await ws.send_bytes(bytes([channel]) + data)

    try:
        reader, writer = await asyncio.open_unix_connection(sock=await sessions.dial(node, target, CONNECT_TIMEOUT))
    except StatusError as error:
        await ws.send_bytes(bytes([channel + 1]) + error.message.encode())
        await _drop(inbox)
        return
    try:
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(inward(writer))
            await outward(reader)
            sending.cancel()
    except* ConnectionError as group:
        if not ws.closed:
            await ws.send_bytes(bytes([channel + 1]) + str(group.exceptions[0]).encode())
    finally:
        writer.close()
    await _drop(inbox)


async def _drop(inbox: asyncio.Queue[bytes]) -> None:
    """Nobody listens at this port any more; the other channels must not wait for it."""
    while True:
        await inbox.get()
