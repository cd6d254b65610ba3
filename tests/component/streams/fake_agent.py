"""An agent's HTTP server whose containers are processes of this machine: no Docker, real streams.

It speaks what node agents speak (paths, `v5.channel.k8s.io`), with a pseudo-terminal where one is asked for.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import struct
import termios
from typing import Any

import orjson
from aiohttp import WSMsgType, web

STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255


class FakeAgent:
    def __init__(self) -> None:
        self.logs: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.log_queries: list[dict[str, str]] = []
        self.log_left = asyncio.Event()
        self.refusal: dict[str, Any] | None = None
        self.attached = asyncio.Event()
        self._silent = False
        self.processes: list[asyncio.subprocess.Process] = []

    def break_off(self) -> None:
        """Every process dies and nobody says how it ended."""
        self._silent = True
        for process in self.processes:
            process.kill()

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes([
            web.get("/containerLogs/{namespace}/{pod}/{container}", self._logs),
            web.get("/exec/{namespace}/{pod}/{container}", self._exec),
            web.get("/attach/{namespace}/{pod}/{container}", self._attach),
        ])  # fmt: skip
        return app

    def _refused(self) -> web.Response | None:
        if self.refusal is None:
            return None
        return web.Response(status=self.refusal["code"], body=orjson.dumps(self.refusal))

    async def _logs(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused():
            return refused
        self.log_queries.append(dict(request.query))
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while (line := await self.logs.get()) is not None:
                await response.write(line)
        finally:
            self.log_left.set()
        return response

    async def _exec(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused():
            return refused
        command = request.query.getall("command")
        if "tty" in request.query:
            return await self._in_terminal(request, command)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe if "stdin" in request.query else asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
        )
        self.processes.append(process)
        ws = web.WebSocketResponse(protocols=("v5.channel.k8s.io",), max_msg_size=0)
        await ws.prepare(request)

        async def output(channel: int, reader: asyncio.StreamReader) -> None:
            while data := await reader.read(65536):
                await ws.send_bytes(bytes([channel]) + data)

        async def finish() -> None:
            assert process.stdout is not None
            assert process.stderr is not None
            await asyncio.gather(output(STDOUT, process.stdout), output(STDERR, process.stderr))
            code = await process.wait()
            if not self._silent:
                await ws.send_bytes(bytes([ERROR]) + orjson.dumps(status(code)))
            await ws.close()

        finishing = asyncio.create_task(finish())
        try:
            async for message in ws:
                assert message.type is WSMsgType.BINARY
                if process.stdin is None:
                    continue
                if message.data[0] == STDIN:
                    process.stdin.write(message.data[1:])
                    await process.stdin.drain()
                elif message.data == bytes([CLOSE, STDIN]):
                    process.stdin.close()
        finally:
            await ended(process, finishing)
        return ws

    async def _in_terminal(self, request: web.Request, command: list[str]) -> web.StreamResponse:
        ours, theirs = pty.openpty()
        process = await asyncio.create_subprocess_exec(
            *command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        ws = web.WebSocketResponse(protocols=("v5.channel.k8s.io",), max_msg_size=0)
        await ws.prepare(request)

        async def finish() -> None:
            try:
                while data := await asyncio.to_thread(os.read, ours, 4096):
                    await ws.send_bytes(bytes([STDOUT]) + data)
            except OSError:
                pass  # the terminal is gone with its last process
            await ws.send_bytes(bytes([ERROR]) + orjson.dumps(status(await process.wait())))
            await ws.close()

        finishing = asyncio.create_task(finish())
        try:
            async for message in ws:
                if message.data[0] == STDIN:
                    os.write(ours, message.data[1:])
                elif message.data[0] == RESIZE:
                    size = orjson.loads(message.data[1:])
                    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", size["Height"], size["Width"], 0, 0))
        finally:
            await ended(process, finishing)
            os.close(ours)
        return ws

    async def _attach(self, request: web.Request) -> web.StreamResponse:
        ws = web.WebSocketResponse(protocols=("v5.channel.k8s.io",), max_msg_size=0)
        await ws.prepare(request)
        self.attached.set()
        await ws.send_bytes(bytes([STDOUT]) + b"attached\n")
        async for message in ws:
            if message.data[0] == STDIN:
                await ws.send_bytes(bytes([STDOUT]) + message.data[1:].upper())
            elif message.data == bytes([CLOSE, STDIN]):
                await ws.send_bytes(bytes([ERROR]) + orjson.dumps(status(0)))
                await ws.close()
        return ws


async def ended(process: asyncio.subprocess.Process, finishing: asyncio.Task[None]) -> None:
    """A loop does not close while one of its processes runs, not even when a request was cancelled."""
    if process.returncode is None and not finishing.done():
        process.kill()
    await process.wait()
    await asyncio.gather(finishing, return_exceptions=True)


def status(code: int) -> dict[str, Any]:
    if not code:
        return {"metadata": {}, "status": "Success"}
    return {"metadata": {}, "status": "Failure", "reason": "NonZeroExitCode", "code": 500,
            "message": f"command terminated with non-zero exit code: exit code {code}",
            "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]}}  # fmt: skip
