"""A SPDY connection with its streams, over anything that carries bytes: a socket, or the messages of a WebSocket.

The peer (kubectl) opens all streams; this side answers. A stream whose reader is slow holds back the whole connection
once its buffer is full, as there is no flow control to be had (see spdy.py).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from services.apiserver.streams import spdy
from services.apiserver.streams.spdy import Framer, Headers
from services.foundation import log

logger = log.get(__name__)

BUFFER = 1 << 20  # bytes of one stream that may wait for its reader
CHUNK = 32 * 1024  # bytes of one DATA frame
STREAMS = 1024  # open at a time

Receive = Callable[[], Awaitable[bytes]]  # b"" when the peer is gone
Send = Callable[[bytes], Awaitable[None]]


class Stream:
    """Half-closes in either direction. Methods raise ConnectionResetError once the stream or connection broke."""

    def __init__(self, session: Session, id: int, headers: Headers) -> None:
        self.id = id
        self.headers = headers
        self._session = session
        self._received: deque[bytes] = deque()
        self._waiting = 0
        self._peer_done = False
        self._broken = False
        self._closed = False
        self._changed = asyncio.Event()

    async def read(self) -> bytes:
        """What has come, b"" when the peer has closed its direction."""
        while not self._received:
            if self._broken:
                raise ConnectionResetError("the stream was reset")
            if self._peer_done:
                return b""
            await self._change()
        data = self._received.popleft()
        self._waiting -= len(data)
        self._announce()
        return data

    async def write(self, data: bytes) -> None:
        view = memoryview(data)
        for start in range(0, len(data), CHUNK):
            self._check()
            await self._session.send(spdy.Data(self.id, bytes(view[start : start + CHUNK])))

    async def close(self) -> None:
        """Closes this side's direction; does nothing when it is closed already or the stream broke."""
        if not self._closed and not self._broken:
            self._closed = True
            await self._session.send(spdy.Data(self.id, b"", fin=True))
            self._session.forget(self)

    async def reset(self) -> None:
        """Gives the stream up in both directions."""
        if not self._broken and not self.finished:
            self.broke()
            await self._session.send(spdy.Reset(self.id, spdy.CANCEL))
            self._session.forget(self)

    @property
    def finished(self) -> bool:
        return self._broken or (self._closed and self._peer_done)

    async def feed(self, data: bytes, fin: bool) -> None:
        """From the session; waits while the reader is behind."""
        if data and not self._peer_done:
            self._received.append(data)
            self._waiting += len(data)
        self._peer_done = self._peer_done or fin
        self._announce()
        while self._waiting > BUFFER and not self._broken:
            await self._change()

    def broke(self) -> None:
        self._broken = True
        self._announce()

    def _check(self) -> None:
        if self._broken or self._closed:
            raise ConnectionResetError("the stream is closed")

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _announce(self) -> None:
        self._changed.set()


class Session:
    """`run` reads until the peer is gone; streams that it opens come out of `accept`."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._framer = Framer()
        self._sending = asyncio.Lock()
        self._streams: dict[int, Stream] = {}
        self._opened: asyncio.Queue[Stream | None] = asyncio.Queue()
        self._last = 0

    async def accept(self) -> Stream | None:
        """The next stream that the peer opened; None when there will be none any more."""
        stream = await self._opened.get()
        if stream is None:
            self._opened.put_nowait(None)
        return stream

    async def run(self) -> None:
        """Until the peer is gone or says what makes no sense."""
        try:
            while data := await self._receive():
                for frame in self._framer.feed(data):
                    await self._handle(frame)
        except spdy.ProtocolError as error:
            logger.info("a SPDY connection made no sense", why=str(error))
            await self.send(spdy.GoAway(self._last, spdy.PROTOCOL_ERROR))
        except ConnectionError:
            pass  # the peer is gone, which is how most of these connections end
        finally:
            self._opened.put_nowait(None)
            for stream in tuple(self._streams.values()):
                stream.broke()
            self._streams.clear()

    async def send(self, frame: spdy.Frame) -> None:
        # Frames leave in the order they are encoded in: header compression depends on it.
        async with self._sending:
            await self._send(self._framer.encode(frame))

    async def go_away(self) -> None:
        await self.send(spdy.GoAway(self._last))

    def forget(self, stream: Stream) -> None:
        if stream.finished:
            self._streams.pop(stream.id, None)

    async def _handle(self, frame: spdy.Frame) -> None:
        match frame:
            case spdy.Data(id, data, fin):
                stream = self._streams.get(id)
                if stream is not None:
                    await stream.feed(data, fin)
                    self.forget(stream)
            case spdy.SynStream(id, headers, fin):
                await self._open(id, headers, fin)
            case spdy.Ping(id):
                # Ours would be even; the peer's are odd and are echoed.
                if id % 2:
                    await self.send(frame)
            case spdy.Reset(id, _):
                stream = self._streams.pop(id, None)
                if stream is not None:
                    stream.broke()
            case spdy.GoAway():
                self._opened.put_nowait(None)

    async def _open(self, id: int, headers: Headers, fin: bool) -> None:
        if id <= self._last or id % 2 == 0:
            raise spdy.ProtocolError(f"stream {id} after stream {self._last}")
        self._last = id
        if len(self._streams) >= STREAMS:
            await self.send(spdy.Reset(id, spdy.REFUSED_STREAM))
            return
        stream = self._streams[id] = Stream(self, id, headers)
        await self.send(spdy.SynReply(id, {}))
        if fin:
            await stream.feed(b"", True)
        self._opened.put_nowait(stream)
