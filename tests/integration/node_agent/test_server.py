"""Logs, exec and attach over the agent's own HTTP server, and connections into pods, on the real engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from services.node_agent.connect import Connector
from services.node_agent.server.app import serve
from services.objects.errors import BadRequest, NotFound

V5 = "v5.channel.k8s.io"


@pytest.fixture
async def http(bench: Any, tmp_path: Any) -> AsyncIterator[aiohttp.ClientSession]:
    socket = tmp_path / "agent.sock"
    async with (
        serve(socket, bench.roster, bench.node.engine),
        aiohttp.ClientSession("http://agent", connector=aiohttp.UnixConnector(str(socket))) as session,
    ):
        yield session


async def test_logs(bench: Any, pods: Any, containers: Any, http: aiohttp.ClientSession) -> None:
    pod = pods(containers=[containers(script="echo ü; for i in 1 2 3; do echo line $i; done; sleep 1000")])
    bench.apply(pod)
    await bench.running(pod)
    path = "/containerLogs/default/web/main"
    async with asyncio.timeout(10), http.get(path, params={"follow": "1"}) as response:
        while await response.content.readline() != b"line 3\n":
            pass
    async with http.get(path) as response:
        assert response.status == 200
        body = await response.read()
        assert b"line 1\nline 2\nline 3\n" in body
        assert "ü\n".encode() in body
    async with http.get(path, params={"tailLines": "2", "timestamps": "true"}) as response:
        lines = (await response.read()).splitlines()
        assert len(lines) == 2
        assert lines[0].startswith(b"20")
    async with http.get(path, params={"limitBytes": "5", "tailLines": "1"}) as response:
        assert await response.read() == b"line "
    async with http.get(path, params={"sinceTime": "2099-01-01T00:00:00Z"}) as response:
        assert await response.read() == b""


async def test_followed_logs_end_with_the_container(
    bench: Any, pods: Any, containers: Any, http: aiohttp.ClientSession
) -> None:
    script = "echo begin; while ! [ -e /stop ]; do sleep 0.1; done; echo end"
    pod = pods(containers=[containers(script=script)], restartPolicy="Never")
    bench.apply(pod)
    id = await bench.running(pod)
    async with asyncio.timeout(15), http.get("/containerLogs/default/web/main", params={"follow": "1"}) as response:
        assert await response.content.readline() == b"begin\n"
        await bench.node.engine.run(id, ["touch", "/stop"], 5)
        assert await response.content.read() == b"end\n"


async def test_refusals_are_statuses(bench: Any, pods: Any, containers: Any, http: aiohttp.ClientSession) -> None:
    bench.apply(pods(containers=[containers(), containers("none", imagePullPolicy="Never", image="x/none")]))
    await bench.notebook.until(lambda: any(event.reason == "Failed" for event in bench.notebook.events))

    async def refused(path: str, **params: str) -> tuple[int, str]:
        async with http.get(path, params=params) as response:
            status = await response.json()
            assert status["kind"] == "Status"
            return response.status, status["message"]

    assert await refused("/containerLogs/default/no/main") == (404, 'pods "no" not found')
    assert await refused("/containerLogs/default/web/zz") == (400, "container zz is not valid for pod web")
    assert await refused("/containerLogs/default/web/none") == (
        400, 'container "none" in pod "web" is waiting to start: ErrImageNeverPull')  # fmt: skip
    assert await refused("/containerLogs/default/web/main", previous="1") == (
        400, 'previous terminated container "main" in pod "web" not found')  # fmt: skip
    assert await refused("/exec/default/web/none", command="ls") == (404, 'container not found ("none")')


async def test_previous_logs(bench: Any, pods: Any, containers: Any, http: aiohttp.ClientSession) -> None:
    pod = pods(containers=[containers(script="echo i am $HOSTNAME; exit 1")])
    bench.apply(pod)
    await bench.notebook.until(lambda: bench.container(pod).get("restartCount") == 2)
    async with http.get("/containerLogs/default/web/main", params={"previous": "1"}) as response:
        assert await response.read() == b"i am web\n"


async def received(socket: Any) -> tuple[dict[int, bytes], dict[str, Any]]:
    """What came on each channel until the end, and the closing Status."""
    channels: dict[int, bytes] = {}
    async with asyncio.timeout(15):
        async for message in socket:
            channels[message.data[0]] = channels.get(message.data[0], b"") + message.data[1:]
    return channels, json.loads(channels.pop(3))


async def test_exec(bench: Any, pods: Any, http: aiohttp.ClientSession) -> None:
    pod = pods()
    bench.apply(pod)
    await bench.running(pod)

    def run(*command: str, **flags: int) -> Any:
        params = [("command", word) for word in command] + [(name, str(value)) for name, value in flags.items()]
        return http.ws_connect("/exec/default/web/main", protocols=(V5,), params=params)

    async with run("sh", "-c", "echo out; echo err >&2; exit 3", stdout=1, stderr=1) as socket:
        assert socket.protocol == V5
        channels, status = await received(socket)
    assert channels == {1: b"out\n", 2: b"err\n"}
    assert status["reason"] == "NonZeroExitCode"
    assert status["details"]["causes"] == [{"reason": "ExitCode", "message": "3"}]

    async with run("wc", "-c", stdin=1, stdout=1) as socket:
        await socket.send_bytes(b"\x00" + b"x" * 100_000)
        await socket.send_bytes(bytes([255, 0]))
        channels, status = await received(socket)
    assert channels == {1: b"100000\n"}
    assert status["status"] == "Success"

    # The size travels beside the input, not before it: the command waits for it.
    script = 'until [ "$(stty size)" = "17 91" ]; do sleep 0.02; done; read line; echo sized'
    async with run("sh", "-c", script, stdin=1, stdout=1, tty=1) as socket:
        await socket.send_bytes(b'\x04{"Width":91,"Height":17}')
        await socket.send_bytes(b"\x00go\n")
        channels, status = await received(socket)
    assert b"sized" in channels[1]
    assert status["status"] == "Success"


async def test_attach(bench: Any, pods: Any, containers: Any, http: aiohttp.ClientSession) -> None:
    pod = pods(containers=[containers(script="read line; echo got $line", stdin=True)], restartPolicy="Never")
    bench.apply(pod)
    await bench.running(pod)
    params = {"stdin": "1", "stdout": "1"}
    async with http.ws_connect("/attach/default/web/main", protocols=(V5,), params=params) as socket:
        await socket.send_bytes(b"\x00hello\n")
        channels, status = await received(socket)
    assert channels == {1: b"got hello\n"}
    assert status["status"] == "Success"


async def test_connections_into_a_pod(bench: Any, pods: Any, containers: Any, tmp_path: Any) -> None:
    pod = pods(containers=[containers(script="echo inside | nc -l -p 7000; sleep 1000")])
    bench.apply(pod)
    await bench.running(pod)
    connector = Connector(tmp_path / "agent.sock", bench.node.engine)
    connector.roster = bench.roster
    async with asyncio.timeout(10):
        while True:
            try:
                reader, writer = await connector.connect("pod:default/web:7000")
                break
            except ConnectionRefusedError:  # it does not listen yet
                await asyncio.sleep(0.1)
        assert await reader.readline() == b"inside\n"
        writer.close()
        await writer.wait_closed()
    with pytest.raises(ConnectionRefusedError):
        await connector.connect("pod:default/web:7001")
    with pytest.raises(NotFound):
        await connector.connect("pod:default/none:7001")
    with pytest.raises(BadRequest):
        await connector.connect("file:/etc/passwd")
