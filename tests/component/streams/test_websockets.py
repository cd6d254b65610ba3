"""WebSocket clients that are not kubectl: v4 and v1 channels, logs in messages, ports in channels; and bad ones."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest
import pytest_asyncio
from aiohttp import web

from services.foundation import tls
from tests.component.streams.conftest import Cluster

DEADLINE = 20
BASE = "/api/v1/namespaces/default/pods/web"
SPDY = {"Connection": "Upgrade", "Upgrade": "SPDY/3.1"}
CHANNELS = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Protocol": "v4.channel.k8s.io"}


@pytest_asyncio.fixture
async def http(cluster: Cluster, pod: Any) -> AsyncIterator[aiohttp.ClientSession]:
    context = tls.client_context(cluster.pki.identity("admin"))
    connector = aiohttp.TCPConnector(ssl=context)
    async with aiohttp.ClientSession(f"https://127.0.0.1:{cluster.port}", connector=connector) as session:
        yield session


async def everything(ws: aiohttp.ClientWebSocketResponse) -> dict[int, bytes]:
    """What came on each channel until the end."""
    got: dict[int, bytes] = {}
    async with asyncio.timeout(DEADLINE):
        async for message in ws:
            got[message.data[0]] = got.get(message.data[0], b"") + message.data[1:]
    return got


def command(*parts: str, **flags: str) -> list[tuple[str, str]]:
    return [("command", part) for part in parts] + list({"stdout": "true", "stderr": "true", **flags}.items())


async def test_v4_has_a_status_and_no_closings(http: aiohttp.ClientSession) -> None:
    query = command("sh", "-c", "echo out; echo err >&2; exit 3")
    async with http.ws_connect(f"{BASE}/exec", params=query, protocols=("v4.channel.k8s.io",)) as ws:
        assert ws.protocol == "v4.channel.k8s.io"
        got = await everything(ws)
    assert (got[1], got[2], set(got)) == (b"out\n", b"err\n", {1, 2, 3})
    assert orjson.loads(got[3])["details"]["causes"] == [{"reason": "ExitCode", "message": "3"}]


async def test_v4_takes_input(http: aiohttp.ClientSession) -> None:
    query = command("head", "-c", "5", stdin="true")
    async with http.ws_connect(f"{BASE}/exec", params=query, protocols=("v4.channel.k8s.io",)) as ws:
        await ws.send_bytes(b"\0hello")
        got = await everything(ws)
    assert got[1] == b"hello"


async def test_v1_has_no_status_when_all_went_well(http: aiohttp.ClientSession) -> None:
    async with http.ws_connect(f"{BASE}/exec", params=command("echo", "x"), protocols=("channel.k8s.io",)) as ws:
        assert await everything(ws) == {1: b"x\n"}
    async with http.ws_connect(f"{BASE}/exec", params=command("false"), protocols=("channel.k8s.io",)) as ws:
        assert b"non-zero exit code" in (await everything(ws))[3]


async def test_v5_is_preferred(http: aiohttp.ClientSession) -> None:
    protocols = ("channel.k8s.io", "v4.channel.k8s.io", "v5.channel.k8s.io")
    async with http.ws_connect(f"{BASE}/exec", params=command("true"), protocols=protocols) as ws:
        assert ws.protocol == "v5.channel.k8s.io"


async def test_logs_in_messages(http: aiohttp.ClientSession, cluster: Cluster) -> None:
    for line in (b"one\n", b"two\n", None):
        cluster.agent.logs.put_nowait(line)
    async with http.ws_connect(f"{BASE}/log", protocols=("binary.k8s.io",)) as ws:
        async with asyncio.timeout(DEADLINE):
            assert b"".join([message.data async for message in ws]) == b"one\ntwo\n"


async def test_logs_in_messages_end_with_their_reader(http: aiohttp.ClientSession, cluster: Cluster) -> None:
    async with http.ws_connect(f"{BASE}/log", params={"follow": "true"}) as ws:
        cluster.agent.logs.put_nowait(b"one\n")
        assert (await ws.receive()).data == b"one\n"
    await asyncio.wait_for(cluster.agent.log_left.wait(), DEADLINE)


async def test_ports_in_channels(http: aiohttp.ClientSession) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readexactly(5)).upper())
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        query = {"ports": f"{port},1"}
        async with http.ws_connect(f"{BASE}/portforward", params=query, protocols=("v4.channel.k8s.io",)) as ws:
            async with asyncio.timeout(DEADLINE):
                begun = [(await ws.receive()).data for _ in range(4)]
                assert begun == [bytes([n]) + struct.pack("<H", (port, 1)[n // 2]) for n in range(4)]
                await ws.send_bytes(b"\0hello")
                got = {(data := (await ws.receive()).data)[0]: data[1:] for _ in range(2)}
    assert got[0] == b"HELLO"
    assert b"refused" in got[3].lower() or b"connect" in got[3].lower()


@pytest.mark.parametrize(
    ("path", "headers", "code", "message"),
    [
        ("exec?command=x&stdout=1", {}, 400, "Upgrade request required"),
        ("exec?stdout=1", {}, 400, "you must specify at least 1 command for the container"),
        ("exec?command=x", SPDY, 400, "at least 1 of stdin, stdout, stderr"),
        ("exec?command=x&stdout=1", {"Connection": "Upgrade", "Upgrade": "h2c"}, 400, "unknown protocol"),
        ("exec?command=x&stdout=1", SPDY, 403, "unable to negotiate"),
        ("exec?command=x&stdout=1&container=no", SPDY, 400,
         "container no is not valid for pod web"),
        ("portforward", CHANNELS, 400, '"ports" is required'),
        ("log?tailLines=-1", {}, 422, "tailLines: Invalid value: -1: must be greater than or equal to 0"),
        ("log?limitBytes=0", {}, 422, "limitBytes: Invalid value: 0: must be greater than 0"),
        ("log?tailLines=x", {}, 400, 'parsing "x"'),
        ("log?sinceSeconds=5&sinceTime=2026-01-01T00:00:00Z", {}, 422, "at most one of `sinceTime` or `sinceSeconds`"),
        ("log?sinceTime=yesterday", {}, 400, "invalid sinceTime"),
    ],
)  # fmt: skip
async def test_refusals(
    http: aiohttp.ClientSession, path: str, headers: dict[str, str], code: int, message: str
) -> None:
    async with http.get(f"{BASE}/{path}", headers=headers) as response:
        status = await response.json()
    assert (response.status, status["code"]) == (code, code)
    assert message in status["message"]


async def test_a_container_that_waits_explains_itself(http: aiohttp.ClientSession, cluster: Cluster) -> None:
    waiting = [{"name": "a", "state": {"waiting": {"reason": "ContainerCreating"}}, "ready": False, "restartCount": 0,
                "image": "x", "imageID": ""}]  # fmt: skip
    await cluster.client.pods("default").patch("web", {"status": {"containerStatuses": waiting}}, subresource="status")
    cluster.agent.refusal = {"kind": "Status", "code": 404, "reason": "NotFound", "message": "no such container"}
    async with http.get(f"{BASE}/log") as response:
        status = await response.json()
    assert (response.status, status["message"]) == (
        400, 'container "a" in pod "web" is waiting to start: ContainerCreating')  # fmt: skip


async def test_a_pod_without_a_node_has_empty_logs(http: aiohttp.ClientSession, cluster: Cluster) -> None:
    spec = {"containers": [{"name": "a", "image": "x"}]}
    await cluster.client.pods("default").create({"metadata": {"name": "new"}, "spec": spec})
    async with http.get("/api/v1/namespaces/default/pods/new/log") as response:
        assert (response.status, await response.read()) == (200, b"")
    async with http.get("/api/v1/namespaces/default/pods/none/log") as response:
        assert response.status == 404


async def test_a_node_that_is_away_is_unavailable(
    http: aiohttp.ClientSession, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.apiserver.streams.nodes.ABSENCE", 0.1)
    spec = {"containers": [{"name": "a", "image": "x"}], "nodeName": "away"}
    await cluster.client.pods("default").create({"metadata": {"name": "new"}, "spec": spec})
    async with http.get("/api/v1/namespaces/default/pods/new/log") as response:
        assert (response.status, (await response.json())["message"]) == (503, 'node "away" is not connected')


async def test_an_exec_whose_node_breaks_ends_with_a_status(http: aiohttp.ClientSession, cluster: Cluster) -> None:
    query = command("sh", "-c", "echo ready; exec sleep 60")
    async with http.ws_connect(f"{BASE}/exec", params=query, protocols=("v5.channel.k8s.io",)) as ws:
        async with asyncio.timeout(DEADLINE):
            while (await ws.receive()).data != b"\1ready\n":
                pass
        cluster.agent.break_off()
        got = await everything(ws)
    assert "the connection to the node broke" in orjson.loads(got[3])["message"]


async def test_idle_connections_are_pinged(
    http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.apiserver.streams.upgrade.PING", 0.05)
    query = command("cat", stdin="true")
    protocols = ("v5.channel.k8s.io",)
    async with http.ws_connect(f"{BASE}/exec", params=query, protocols=protocols, autoping=False) as ws:
        async with asyncio.timeout(DEADLINE):
            while (await ws.receive()).type is not aiohttp.WSMsgType.PING:
                pass


async def test_a_user_who_does_not_read_is_waited_for(
    http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many pings go out behind what is not read, and none of them is answered: who sent them does not take it ill."""
    send, ping = web.WebSocketResponse.send_bytes, web.WebSocketResponse.ping
    stuck, unanswered = asyncio.Event(), asyncio.Semaphore(0)

    async def watched_send(ws: web.WebSocketResponse, data: Any, compress: int | None = None) -> None:
        sending = asyncio.ensure_future(send(ws, data, compress))
        if not (await asyncio.wait({sending}, timeout=0.2))[0]:
            stuck.set()
        await sending

    async def watched_ping(ws: web.WebSocketResponse, message: bytes = b"") -> None:
        await ping(ws, message)
        if stuck.is_set():
            unanswered.release()

    monkeypatch.setattr("services.apiserver.streams.upgrade.PING", 0.02)
    monkeypatch.setattr(web.WebSocketResponse, "send_bytes", watched_send)
    monkeypatch.setattr(web.WebSocketResponse, "ping", watched_ping)
    query = command("sh", "-c", "head -c 20000000 /dev/zero")
    async with http.ws_connect(f"{BASE}/exec", params=query, protocols=("v5.channel.k8s.io",)) as ws:
        async with asyncio.timeout(DEADLINE):
            for _ in range(10):
                await unanswered.acquire()
        got = await everything(ws)
    assert len(got[1]) == 20_000_000
    assert orjson.loads(got[3])["status"] == "Success"
