from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable

import pytest

from services.load.http import Connection, HttpError, Parser, Requests, connect


class Collected:
    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = []
        self.parser = Parser(self.head, self.data, self.end)
        self.status, self.body = 0, b""

    def head(self, status: int) -> None:
        self.status, self.body = status, b""

    def data(self, data: bytes) -> None:
        self.body += data

    def end(self) -> None:
        self.answers.append((self.status, self.body))


PLAIN = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\ncontent-length: 5\r\n\r\nhello"
CHUNKED = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
           b"5\r\nhello\r\n1;name=value\r\n \r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n")  # fmt: skip
EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
CONTINUED = b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
CASES = [
    (PLAIN, [(201, b"hello")]),
    (CHUNKED, [(200, b"hello 0123456789")]),
    (EMPTY, [(200, b"")]),
    (CONTINUED, [(201, b"hello")]),
    (NO_CONTENT, [(204, b"")]),
    (PLAIN + CHUNKED + EMPTY + PLAIN, [(201, b"hello"), (200, b"hello 0123456789"), (200, b""), (201, b"hello")]),
]


@pytest.mark.parametrize(("data", "answers"), CASES)
@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
def test_answers_however_they_are_cut(data: bytes, answers: list[tuple[int, bytes]], size: int) -> None:
    collected = Collected()
    for start in range(0, len(data), size):
        collected.parser.feed(data[start : start + size])
    assert collected.answers == answers


def test_a_stream_flows_before_it_ends() -> None:
    collected = Collected()
    collected.parser.feed(CHUNKED[:-30])
    assert collected.answers == []
    assert collected.body.startswith(b"hello")


@pytest.mark.parametrize(
    "data",
    [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 2x0 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", b"x" * 70_000],
)  # fmt: skip
def test_what_is_no_http(data: bytes) -> None:
    with pytest.raises(HttpError):
        Collected().parser.feed(data)


def test_requests_are_whole() -> None:
    requests = Requests("host:6443", "/k8s", {"Authorization": "Bearer t"})
    assert requests.make("GET", "/api") == (
        b"GET /k8s/api HTTP/1.1\r\nHost: host:6443\r\nUser-Agent: pinnace-load\r\nAuthorization: Bearer t\r\n"
        b"Accept: application/json\r\n\r\n"
    )
    assert requests.make("PATCH", "/x", b"{}", "application/merge-patch+json").endswith(
        b"Content-Type: application/merge-patch+json\r\nContent-Length: 2\r\n\r\n{}"
    )


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]


@pytest.fixture
async def server() -> AsyncIterator[int]:
    """Answers each request by its path; /close hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
                if path == b"/close":
                    break
                writer.write(CHUNKED if path == b"/chunked" else PLAIN)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


async def opened(port: int, context: ssl.SSLContext | None = None) -> Connection:
    return await connect("127.0.0.1", port, context)


async def test_a_connection_is_kept_alive(server: int) -> None:
    connection = await opened(server)
    requests = Requests("x")
    assert await connection.request(requests.make("GET", "/")) == (201, b"hello")
    assert await connection.request(requests.make("GET", "/chunked")) == (200, b"hello 0123456789")
    parts: list[bytes] = []
    assert await connection.stream(requests.make("GET", "/chunked"), parts.append) == (200, b"")
    connection.close()
    await connection.lost
    assert b"".join(parts) == b"hello 0123456789"


async def test_a_hang_up_is_an_error(server: int) -> None:
    connection = await opened(server)
    with pytest.raises(HttpError, match="the connection was closed"):
        await connection.request(Requests("x").make("GET", "/close"))
    with pytest.raises(HttpError, match="the connection is closed"):
        connection.request(b"")
