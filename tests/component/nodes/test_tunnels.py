"""Tunnels: bytes both ways, half-close, back-pressure, failures, and HTTP through them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from services.apiserver.streams.nodes import http
from services.objects.errors import ServiceUnavailable, Timeout

DEADLINE = 10
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def target(handler: Handler) -> AsyncIterator[Any]:
    """`connect` for an agent, to a server that handles every target with `handler`."""
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def connect(name: str) -> Any:
        return await asyncio.open_connection("127.0.0.1", port)

    async with server:
        yield connect


async def streams(connection: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_unix_connection(sock=connection)


async def test_what_is_said_before_a_half_close_is_answered_after_it(face: Any, agent: Any) -> None:
    async def reverse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = await reader.read()
        writer.write(said[::-1])
        writer.close()

    async with target(reverse) as connect, agent(connect):
        reader, writer = await streams(await face.sessions.dial("one", "tcp:x:1", DEADLINE))
        writer.write(b"abc" * 1000)
        writer.write_eof()
        async with asyncio.timeout(DEADLINE):
            assert await reader.read() == b"cba" * 1000
        writer.close()


async def test_the_other_side_may_close_first(face: Any, agent: Any) -> None:
    got = asyncio.get_running_loop().create_future()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.write_eof()
        got.set_result(await reader.read())
        writer.close()

    async with target(greet) as connect, agent(connect):
        reader, writer = await streams(await face.sessions.dial("one", "tcp:x:1", DEADLINE))
        async with asyncio.timeout(DEADLINE):
            assert await reader.read() == b"hello"
            writer.write(b"still here")
            writer.close()
            assert await got == b"still here"


async def test_a_slow_reader_holds_the_writer_back(face: Any, agent: Any) -> None:
    written = 0
    total = 64 << 20

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        while written < total:
            writer.write(b"x" * 65536)
            await writer.drain()
            written += 65536
        writer.close()

    async with target(pour) as connect, agent(connect):
        connection = await face.sessions.dial("one", "tcp:x:1", DEADLINE)
        await _settled(lambda: written)
        assert written < 32 << 20, "buffers are bounded"
        reader, writer = await streams(connection)
        seen = 0
        async with asyncio.timeout(60):
            while data := await reader.read(1 << 20):
                seen += len(data)
        assert seen == total
        writer.close()


async def _settled(value: Callable[[], int]) -> None:
    """Until the value has moved and then not moved for a while, within the deadline."""
    last, still = 0, 0
    async with asyncio.timeout(DEADLINE):
        while still < 10:
            await asyncio.sleep(0.05)
            still = still + 1 if value() == last and last else 0
            last = value()


async def test_closing_ends_the_connection_at_the_target(face: Any, agent: Any) -> None:
    ended = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        ended.set()
        writer.close()

    async with target(listen) as connect, agent(connect):
        connection = await face.sessions.dial("one", "http", DEADLINE, half_close=False)
        connection.close()
        await asyncio.wait_for(ended.wait(), DEADLINE)


async def test_a_closed_socket_is_noticed_though_nothing_is_written(face: Any, agent: Any) -> None:
    heard, over = asyncio.Event(), asyncio.Event()
    near: list[asyncio.StreamWriter] = []

    async def ignore_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.read() == b"last words"
        heard.set()
        await over.wait()  # neither answers nor closes
        writer.close()

    async with target(ignore_the_end) as connect:

        async def connect_and_keep(name: str) -> Any:
            reader, writer = await connect(name)
            near.append(writer)
            return reader, writer

        async with agent(connect_and_keep):
            connection = await face.sessions.dial("one", "tcp:x:1", DEADLINE)
            connection.sendall(b"last words")
            connection.close()
            await asyncio.wait_for(heard.wait(), DEADLINE)
            await asyncio.wait_for(near[0].wait_closed(), DEADLINE)
            over.set()


async def test_a_target_that_breaks_ends_the_tunnel(face: Any, agent: Any) -> None:
    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        writer.transport.abort()

    async with target(break_off) as connect, agent(connect):
        reader, writer = await streams(await face.sessions.dial("one", "tcp:x:1", DEADLINE))
        writer.write(b"x")
        async with asyncio.timeout(DEADLINE):
            assert await reader.read() == b""
        writer.close()


async def test_a_refused_connection_is_told_in_its_own_words(face: Any, agent: Any) -> None:
    async def refuse(name: str) -> Any:
        raise ConnectionRefusedError(f"nothing listens at {name}")

    async with agent(refuse):
        with pytest.raises(ServiceUnavailable, match="nothing listens at pod:ns/web:80"):
            await face.sessions.dial("one", "pod:ns/web:80", DEADLINE)


async def test_a_bug_in_one_dial_leaves_the_session_alone(face: Any, agent: Any) -> None:
    async def buggy(name: str) -> Any:
        raise KeyError(name)

    async with agent(buggy) as sessions:
        for _ in range(2):
            with pytest.raises(ServiceUnavailable, match="failed: KeyError"):
                await face.sessions.dial("one", "pod:ns/web:80", DEADLINE)
        assert sessions.connected


async def test_dials_have_deadlines(face: Any, agent: Any) -> None:
    async def never(name: str) -> Any:
        await asyncio.Event().wait()

    async with agent(never):
        with pytest.raises(Timeout):
            await face.sessions.dial("one", "http", 0.2)


async def test_a_node_without_a_session_is_unavailable(face: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.apiserver.streams.nodes.ABSENCE", 0.1)
    with pytest.raises(ServiceUnavailable, match='node "two" is not connected'):
        await face.sessions.dial("two", "http", DEADLINE)


async def test_http_goes_through_a_tunnel(face: Any, agent: Any) -> None:
    left = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"line\n")
                await asyncio.sleep(0.01)
        finally:
            left.set()

    async def echo(request: web.Request) -> web.Response:
        return web.Response(text=request.query["say"])

    app = web.Application()
    app.add_routes([web.get("/echo", echo), web.get("/endless", endless)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]

    async def connect(name: str) -> Any:
        return await asyncio.open_connection("127.0.0.1", port)

    async with agent(connect), http(face.sessions, "one") as client:
        for word in ("a", "b"):
            async with client.get("http://node/echo", params={"say": word}) as response:
                assert await response.text() == word
        async with client.get("http://node/endless") as response:
            assert await response.content.readline() == b"line\n"
        await asyncio.wait_for(left.wait(), DEADLINE)
    await runner.cleanup()
