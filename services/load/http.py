"""HTTP/1.1 as a load generator needs it: requests made beforehand, and a parser that only finds where answers end.

The generator shares its machine with the server it measures, so a client library's cost per request (aiohttp: 200 µs)
would be measured as well; this takes a tenth of it. It speaks only what API servers answer with: Content-Length,
chunked, or nothing at all.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import NamedTuple, cast

Sink = Callable[[bytes], None]
LONGEST_HEAD = 64 << 10
JSON = "application/json"


class HttpError(Exception):
    """The peer does not speak HTTP/1.1, or went away in the middle of an answer."""


class Response(NamedTuple):
    status: int
    body: bytes


class Parser:
    """Bytes in, calls out: `on_head(status)`, `on_data(bytes)`, `on_end()`. Raises HttpError for what is no HTTP."""

    def __init__(self, on_head: Callable[[int], None], on_data: Sink, on_end: Callable[[], None]) -> None:
        self._on_head, self._on_data, self._on_end = on_head, on_data, on_end
        self._buffer = bytearray()
        self._state: Callable[[], bool] = self._head
        self._left = 0

    def feed(self, data: bytes) -> None:
        self._buffer += data
        while self._buffer and self._state():
            pass

    def _head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > LONGEST_HEAD:
                raise HttpError("no end of the headers in sight")
            return False
        head = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        if not head.startswith(b"HTTP/1.") or not head[9:12].isdigit():
            raise HttpError(f"not an HTTP answer: {head[:60]!r}")
        status = int(head[9:12])
        if status < 200:  # 100 Continue and its like
            return True
        headers = head.lower()
        self._on_head(status)
        if _has(headers, b"transfer-encoding", b"chunked"):
            self._state = self._chunk_size
        else:
            self._left = 0 if status in (204, 304) else _length(headers)
            self._state = self._body
            if self._left == 0:
                self._finish()
        return True

    def _body(self) -> bool:
        self._take()
        if self._left == 0:
            self._finish()
        return True

    def _take(self) -> None:
        part = bytes(self._buffer[: self._left])
        del self._buffer[: self._left]
        self._left -= len(part)
        self._on_data(part)

    def _chunk_size(self) -> bool:
        line = self._line()
        if line is None:
            return False
        try:
            self._left = int(line.partition(b";")[0], 16)
        except ValueError:
            raise HttpError(f"not the size of a chunk: {line[:60]!r}") from None
        self._state = self._chunk if self._left else self._trailer
        return True

    def _chunk(self) -> bool:
        self._take()
        if self._left == 0:
            self._state = self._chunk_end
        return True

    def _chunk_end(self) -> bool:
        line = self._line()
        if line is None:
            return False
        if line:
            raise HttpError("a chunk is longer than it says")
        self._state = self._chunk_size
        return True

    def _trailer(self) -> bool:
        line = self._line()
        if line is None:
            return False
        if not line:
            self._finish()
        return True

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _finish(self) -> None:
        self._state = self._head
        self._on_end()


def _header(headers: bytes, name: bytes) -> bytes | None:
    """`headers` is in lower case."""
    start = headers.find(b"\r\n" + name + b":")
    if start < 0:
        return None
    end = headers.find(b"\r\n", start + 2)
    return headers[start + len(name) + 3 : end if end >= 0 else len(headers)].strip()


def _has(headers: bytes, name: bytes, value: bytes) -> bool:
    return value in (_header(headers, name) or b"")


def _length(headers: bytes) -> int:
    text = _header(headers, b"content-length")
    if text is None or not text.isdigit():
        raise HttpError("an answer without a length")
    return int(text)


class Connection(asyncio.Protocol):
    """One kept-alive connection, one request at a time. With a sink, the body of the next answer flows there."""

    def __init__(self) -> None:
        self._parser = Parser(self._head, self._data, self._end)
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Response] | None = None
        self._status = 0
        self._parts: list[bytes] = []
        self._sink: Sink | None = None
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def request(self, data: bytes) -> asyncio.Future[Response]:
        """Sends a whole request. Cancelling what it returns leaves the connection unusable."""
        if self._transport is None or self._transport.is_closing():
            raise HttpError("the connection is closed")
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        return self._waiting

    def stream(self, data: bytes, sink: Sink) -> asyncio.Future[Response]:
        """Sends a request whose answer has no end; resolves with its head, and feeds `sink` if that is a success."""
        self._sink = sink
        return self.request(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are not of asyncio's class

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed(data)
        except HttpError as error:
            self._fail(error)
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(HttpError(f"the connection was closed{f': {exc}' if exc else ''}"))
        if not self.lost.done():
            self.lost.set_result(None)

    def _fail(self, error: HttpError) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)

    def _head(self, status: int) -> None:
        self._status = status
        if self._sink is not None and status == 200:
            self._answer(b"")

    def _data(self, data: bytes) -> None:
        if self._sink is not None and self._status == 200:
            self._sink(data)
        else:
            self._parts.append(data)

    def _end(self) -> None:
        body = b"".join(self._parts)
        self._parts.clear()
        self._answer(body)

    def _answer(self, body: bytes) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(Response(self._status, body))


async def connect(host: str, port: int, context: ssl.SSLContext | None, server_name: str = "") -> Connection:
    """Raises OSError, or TimeoutError after 10 s."""
    loop = asyncio.get_running_loop()
    name = (server_name or host) if context is not None else None
    async with asyncio.timeout(10):
        _, connection = await loop.create_connection(Connection, host, port, ssl=context, server_hostname=name)
    return connection


class Requests:
    """Makes the bytes of requests to one server."""

    def __init__(self, authority: str, prefix: str = "", headers: Mapping[str, str] | None = None) -> None:
        more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        self._prefix = prefix
        self._common = f"Host: {authority}\r\nUser-Agent: pinnace-load\r\n{more}"

    def make(self, method: str, path: str, body: bytes = b"", type: str = JSON, *, accept: str = JSON) -> bytes:
        content = f"Content-Type: {type}\r\nContent-Length: {len(body)}\r\n" if body else ""
        head = f"{method} {self._prefix}{path} HTTP/1.1\r\n{self._common}Accept: {accept}\r\n{content}\r\n"
        return head.encode() + body
